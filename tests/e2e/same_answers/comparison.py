"""Compare what two systems answered, and say where they differ without saying what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tests.e2e.same_answers.answers import Answers

SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """How one table differs. `places` count the fields that differ, over all that do."""

    table: str
    number: int
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reordered: bool = False
    places: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.missing or self.added or self.changed or self.reordered)

    def lines(self) -> Iterator[str]:
        """Write the difference for people."""
        verdict = "DIFFERENT" if self else "equal"
        yield f"{self.table:16} {self.number:>8,}  {verdict}"
        if not self:
            return
        for what, names in (
            ("only in the first", self.missing),
            ("only in the second", self.added),
            ("with other content", self.changed),
        ):
            if names:
                yield f"    {len(names):,} {what}: {', '.join(names[:SHOWN])}"
        for place, count in self.places.most_common(SHOWN * 2):
            yield f"      {count:>6,} at {place}"
        if self.reordered:
            yield "    in another order"


def compared(one: Answers, other: Answers) -> list[Difference]:
    """Compare table by table; names, contents and their order."""
    return [_table(name, one.get(name, {}), other.get(name, {})) for name in {**one, **other}]


def _table(name: str, one: dict[str, bytes], other: dict[str, bytes]) -> Difference:
    both = [key for key in one if key in other]
    changed = tuple(key for key in both if one[key] != other[key])
    places: Counter[str] = Counter()
    for key in changed:
        places.update(
            set(differing(msgspec.json.decode(one[key]), msgspec.json.decode(other[key])))
        )
    return Difference(
        table=name,
        number=len(one),
        missing=tuple(key for key in one if key not in other),
        added=tuple(key for key in other if key not in one),
        changed=changed,
        reordered=both != [key for key in other if key in one],
        places=places,
    )


def differing(one: object, other: object, place: str = "$") -> Iterator[str]:
    """Name the places at which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from differing(one.get(name), other.get(name), f"{place}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from differing(a, b, f"{place}[]")
    elif one != other:
        yield place
    elif type(one) is not type(other):
        yield f"{place} (as {type(one).__name__} and {type(other).__name__})"
