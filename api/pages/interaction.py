"""One interaction: a call to listen to, or a conversation to read, with the facts beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.auth import may_hear_all
from api.pages.frame import DEFAULT_TENANT, Page, customers_of, missing, tenant_of
from api.pages.transcript import lanes_of, lines_of, summary_rows
from infra.customer_history import NAMED_IN
from processors.customer_card import name_of
from processors.muting import hearing
from schemas.events import Segment
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.talk import TalkMetrics
from schemas.utterance import Tagged

BAR = 1000
"""Units of a bar's full width."""


class Slice(NamedTuple):
    """A part of a bar: what it stands for, its length in seconds, and where it is drawn."""

    name: str
    seconds: float
    x: float
    width: float
    detail: str | None = None


class Player(NamedTuple):
    """What can be heard: `query` for audio and peaks; `withheld` says why nothing can be.

    `marks` are the places (x and width of 1000) of the stretches that are silent, or would be for
    others where the caller hears the `original`.
    """

    query: str
    withheld: str
    may_change: bool
    marks: list[tuple[float, float]]
    stretches: int
    muted_s: float
    may_hear_all: bool
    original: bool


class InteractionPages(Page):
    """The page `/interactions/{id}`."""

    def page(self, request: Request) -> Response:
        """Answer `/interactions/{id}?t=`; `t` is the second to start from."""
        tenant = tenant_of(request)
        lookup = self.lookup
        interaction = lookup.views.interaction(tenant, request.path_params["id"])
        if interaction is None:
            return missing(
                request, "There is no such interaction.", "It may not have been assembled yet."
            )
        utterances = lookup.views.utterances(tenant, interaction.id)
        customers = customers_of(lookup, interaction)
        return self.render(
            request,
            "interaction.html",
            it=interaction,
            lines=lines_of(utterances),
            lanes=lanes_of(utterances),
            summary=summary_rows(interaction.summary, utterances),
            customers=[(one, name_of(one, (interaction,)) or self._name(one)) for one in customers],
            segments=segment_bar(interaction.segments, interaction.ended_at),
            talk=talk_bar(interaction.talk) if interaction.talk else [],
            lasted=_lasted(interaction),
            start_s=_second(request.query_params.get("t")),
            player=self._player(request, interaction, utterances) if interaction.media else None,
        )

    def _player(
        self, request: Request, interaction: Interaction, utterances: Sequence[Tagged]
    ) -> Player:
        tenant, id = tenant_of(request), interaction.id
        account = self.lookup.views.account(tenant, id)
        may = hearing((tagged.utterance for tagged in utterances), account)
        may_all = may_hear_all(request.scope)
        original = may_all and request.query_params.get("original") == "1"
        asked = {"tenant": tenant} if tenant != DEFAULT_TENANT else {}
        asked |= {"unredacted": "true"} if original else {}
        return Player(
            query=f"?{urlencode(asked)}" if asked else "",
            withheld="" if original else may.withheld,
            may_change=may.why == "transcribing",
            marks=_marks(may.muted, _lasted(interaction)),
            stretches=len(may.muted),
            muted_s=sum(end - start for start, end in may.muted),
            may_hear_all=may_all,
            original=original,
        )

    def _name(self, customer: Customer) -> str | None:
        views = self.lookup.views
        newest = views.timeline(customer.tenant, customer.held, None, NAMED_IN)
        return name_of(customer, newest)


def segment_bar(segments: Sequence[Segment], ended_at: datetime) -> list[Slice]:
    """Lay out the stretches of handling, in order; one that still lasts ends with the contact."""
    parts = []
    for one in sorted(segments, key=lambda segment: segment.started_at):
        seconds = ((one.ended_at or ended_at) - one.started_at).total_seconds()
        if seconds > 0:
            parts.append((one.state.value, seconds, one.queue))
    return _bar(parts)


def talk_bar(talk: TalkMetrics) -> list[Slice]:
    """Lay out who spoke for how long."""
    parts = (
        ("agent", talk.agent_s, None),
        ("customer", talk.customer_s, None),
        ("silence", talk.silence_s, None),
    )
    return _bar([part for part in parts if part[1] > 0])


def _bar(parts: Sequence[tuple[str, float, str | None]]) -> list[Slice]:
    total = sum(seconds for _, seconds, _ in parts)
    out, x = [], 0.0
    for name, seconds, detail in parts:
        width = BAR * seconds / total
        out.append(Slice(name, seconds, round(x, 1), round(width, 1), detail))
        x += width
    return out


def _marks(muted: Sequence[tuple[float, float]], lasted: float) -> list[tuple[float, float]]:
    """Lay muted stretches out over the length of the recording."""
    if lasted <= 0:
        return []
    spans = [(BAR * start / lasted, BAR * min(end, lasted) / lasted) for start, end in muted]
    return [(round(x, 1), round(max(end - x, 2.0), 1)) for x, end in spans if x < BAR]


def _lasted(interaction: Interaction) -> float:
    if interaction.duration_s is not None:
        return interaction.duration_s
    return (interaction.ended_at - interaction.started_at).total_seconds()


def _second(text: str | None) -> float | None:
    try:
        second = float(text or "")
    except ValueError:
        return None
    return second if 0 <= second < 1e6 else None
