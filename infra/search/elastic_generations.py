"""Which indices there are, one per month and generation, and the aliases that say what for.

With the prefix `threadline`, generation 3 is `threadline-homes-3` and `threadline-utt-3-2026-11`
for every month. `threadline-live` points to the homes of the generation that is searched, and
`threadline-next` to those of one that is being built; `threadline-utt` is what searches read.
Every month is written through an alias of its own, so that no index comes about by writing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import elasticsearch

from infra.search.elastic_client import Place, fault, translated
from schemas.errors import ConfigError, Conflict

REMEMBERED_S = 0.5
"""For how long a writer goes on without looking which generations there are."""


@dataclass(frozen=True)
class Generation:
    """The indices of one generation, as they were when looked at."""

    prefix: str
    number: int
    live: bool
    homed: bool
    """Whether its homes say anything."""
    months: frozenset[str]

    @property
    def homes(self) -> str:
        """Name the index of homes."""
        return f"{self.prefix}-homes-{self.number}"

    @property
    def homes_used(self) -> str:
        """Name the alias that says that there are homes."""
        return f"{self.homes}-used"

    def index(self, month: str) -> str:
        """Name the index of a month."""
        return f"{self.prefix}-utt-{self.number}-{month}"

    def door(self, month: str) -> str:
        """Name the alias through which a month is written."""
        return f"{self.index(month)}-write"

    @property
    def indices(self) -> list[str]:
        """Name the indices of all months."""
        return [self.index(month) for month in sorted(self.months)]


@dataclass(frozen=True)
class Standing:
    """The generation that is searched and, while one is being built, the next."""

    live: Generation
    next: Generation | None

    @property
    def written(self) -> tuple[Generation, ...]:
        """List the generations that what comes in is written to."""
        return (self.live, self.next) if self.next else (self.live,)


class Generations:
    """Knows, creates, swaps and removes generations."""

    def __init__(self, place: Place) -> None:
        self._indices = place.client.indices
        self._prefix = place.prefix
        self._standing: Standing | None = None
        self._looked = 0.0

    @property
    def read(self) -> str:
        """Name the alias that searches read."""
        return f"{self._prefix}-utt"

    def standing(self, *, fresh: bool = False) -> Standing:
        """Tell which generations there are; at most half a second old, unless `fresh`.

        Raises:
            ConfigError: the index was never set up here.
        """
        now = time.monotonic()
        if fresh or self._standing is None or now - self._looked > REMEMBERED_S:
            aliases = self._aliases()
            live = self._pointed(aliases, "live")
            if live is None:
                raise ConfigError(f"there is no search index with the prefix {self._prefix!r}")
            self._standing = Standing(live, self._pointed(aliases, "next"))
            self._looked = now
        return self._standing

    def forget(self) -> None:
        """Look again before the next use."""
        self._standing = None

    def open_first(self) -> None:
        """Create the first generation, where there is none."""
        if self._pointed(self._aliases(), "live") is None:
            self._create(f"{self._prefix}-homes-1", [f"{self._prefix}-live"])
            self.forget()

    def open_next(self) -> Generation:
        """Create a generation to be built beside the live one; remove any left half built.

        Raises:
            Conflict: another rebuild began at the same time.
        """
        aliases = self._aliases()
        # Counted with what is removed: whoever was building that must not take ours for theirs.
        number = max(self._numbers(aliases)) + 1
        self.drop_all_but(self.standing(fresh=True).live)
        if not self._create(f"{self._prefix}-homes-{number}", [f"{self._prefix}-next"]):
            raise Conflict("another rebuild of the search index has begun")
        opened = self.standing(fresh=True).next
        if opened is None or opened.number != number:
            raise Conflict("another rebuild of the search index has begun")
        return opened

    def ensure(self, generation: Generation, months: Iterable[str]) -> None:
        """Create the indices of months that have none yet.

        Raises:
            Conflict: the generation was replaced.
        """
        missing = sorted(set(months) - generation.months)
        for month in missing:
            aliases = [generation.door(month)] + ([self.read] if generation.live else [])
            self._create(generation.index(month), aliases)
        if missing:
            standing = self.standing(fresh=True)
            if generation.number not in [one.number for one in standing.written]:
                self._drop([generation.index(month) for month in missing])
                raise Conflict("this generation of the search index was replaced")
            self._show(standing.live)

    def use_homes(self, generation: Generation) -> None:
        """Note that a generation has homes.

        Raises:
            Conflict: the generation is gone.
        """
        if not generation.homed:
            with translated():
                try:
                    self._indices.put_alias(index=generation.homes, name=generation.homes_used)
                except elasticsearch.NotFoundError as error:
                    raise Conflict("this generation of the search index is gone") from error
            self.forget()

    def swap(self, old: Generation, new: Generation) -> None:
        """Search the new generation instead of the old, in one step; close the old one's doors."""
        actions: list[dict[str, Any]] = [
            {"remove": {"index": old.homes, "alias": f"{self._prefix}-live"}},
            {"add": {"index": new.homes, "alias": f"{self._prefix}-live"}},
        ]
        if not new.live and self._has(new.homes, f"{self._prefix}-next"):
            actions.append({"remove": {"index": new.homes, "alias": f"{self._prefix}-next"}})
        for month in sorted(old.months):
            index = old.index(month)
            actions.append({"remove": {"index": index, "aliases": [self.read, old.door(month)]}})
        actions += [{"add": {"index": index, "alias": self.read}} for index in new.indices]
        with translated():
            self._indices.update_aliases(actions=actions)
        self._show(self.standing(fresh=True).live)

    def close(self, generation: Generation) -> None:
        """Let nothing more be written to a generation; what is under way is waited for."""
        for index in generation.indices:
            with translated():
                self._indices.add_block(index=index, block="write")
                self._indices.refresh(index=index)

    def drop_all_but(self, kept: Generation) -> None:
        """Remove every other generation."""
        pattern = re.compile(rf"{re.escape(self._prefix)}-(?:utt|homes)-{kept.number}(?:-.*)?")
        self._drop(index for index in self._aliases() if not pattern.fullmatch(index))

    def drop(self, generation: Generation) -> None:
        """Remove one generation."""
        months = f"{self._prefix}-utt-{generation.number}-"
        self._drop(x for x in self._aliases() if x.startswith(months) or x == generation.homes)

    def _drop(self, indices: Iterable[str]) -> None:
        for index in sorted(indices):
            with translated():
                self._indices.delete(index=index, ignore_unavailable=True)
        self.forget()

    def _show(self, live: Generation) -> None:
        """Let searches read every month of the generation: one may have come during a swap."""
        aliases = self._aliases()
        hidden = [index for index in live.indices if self.read not in aliases.get(index, ())]
        if hidden:
            with translated():
                self._indices.put_alias(index=hidden, name=self.read)

    def _aliases(self) -> dict[str, set[str]]:
        """List our indices with their aliases."""
        names = f"{self._prefix}-homes-*,{self._prefix}-utt-*"
        with translated():
            found = self._indices.get_alias(index=names, expand_wildcards="open")
        return {index: set(about["aliases"]) for index, about in found.items()}

    def _has(self, index: str, alias: str) -> bool:
        return alias in self._aliases().get(index, ())

    def _numbers(self, aliases: Iterable[str]) -> set[int]:
        pattern = re.compile(rf"{re.escape(self._prefix)}-(?:utt|homes)-(\d+)(?:-.*)?")
        return {int(found[1]) for index in aliases if (found := pattern.fullmatch(index))}

    def _pointed(self, aliases: dict[str, set[str]], pointer: str) -> Generation | None:
        for index, names in aliases.items():
            if f"{self._prefix}-{pointer}" in names:
                number = int(index.rpartition("-")[2])
                start = f"{self._prefix}-utt-{number}-"
                months = frozenset(
                    name.removeprefix(start)
                    for name, doors in aliases.items()
                    if name.startswith(start) and f"{name}-write" in doors
                )
                homed = f"{index}-used" in names
                return Generation(self._prefix, number, pointer == "live", homed, months)
        return None

    def _create(self, index: str, aliases: list[str]) -> bool:
        """Create an index; tell whether it was not there."""
        with translated():
            try:
                self._indices.create(index=index, aliases={alias: {} for alias in aliases})
            except elasticsearch.BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise fault(error) from error
                return False
        return True
