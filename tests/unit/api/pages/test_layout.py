from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.pages.graph import BOX_HEIGHT, MOST_NODES, draw
from api.pages.interaction import BAR, segment_bar
from api.pages.overview import chart_of
from api.pages.search import histogram, pieces
from api.pages.why import chain_of, why
from infra.store.base import DayCount as Volume
from processors.identity.explain import explain
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from schemas.events import HandlingState, Segment
from schemas.identity import Customer, Evidence, Strength
from schemas.ids import derive
from schemas.search import DayCount

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def link(
    a: str, b: str, kind: str = "same", strength: Strength = Strength.STATED, **more: str
) -> Evidence:
    return Evidence(
        id=derive(a, b, kind),
        tenant="default",
        a=min(a, b),
        b=max(a, b),
        kind="same" if kind == "same" else "different",
        strength=strength,
        source="test",
        at=AT,
        said_by=more.get("said_by"),
    )


def customer(*identifiers: str) -> Customer:
    return Customer(id="c", tenant="default", identifiers=identifiers, since=AT, revision=1)


@given(st.text(max_size=1200), st.lists(st.tuples(st.integers(0, 1200), st.integers(1, 20))))
def test_pieces_keep_the_text_and_mark_only_the_hits(
    text: str, wanted: list[tuple[int, int]]
) -> None:
    highlights, at = [], 0
    for start, size in sorted(wanted):
        if start >= at and start + size <= len(text):
            highlights.append((start, start + size))
            at = start + size

    found = pieces(text, highlights)

    shown = "".join(piece.text for piece in found).removeprefix("… ").removesuffix(" …")
    assert shown in text or text in shown
    marked = [piece.text for piece in found if piece.is_hit]
    assert marked == [text[a:b] for a, b in highlights][: len(marked)]
    assert bool(marked) == bool(highlights)


def test_a_histogram_names_every_day_and_shows_a_week_at_least() -> None:
    days = histogram([DayCount(day=date(2026, 11, 5), count=3)])
    assert days[0] == ["2026-11-02", 0]
    assert days[3] == ["2026-11-05", 3]
    assert len(days) == 7
    assert histogram([]) == []


def test_volumes_have_a_place_for_days_without_contacts() -> None:
    chart = chart_of(
        [Volume("2026-11-01", "voice", 4, 1, -0.5), Volume("2026-11-03", "chat", 2, 0, None)]
    )
    assert chart["channels"] == {"voice": [4, 0, 0], "chat": [0, 0, 2]}
    assert chart["score"] == [-0.5, None, None]
    assert chart["negative"] == [1, 0, 0]


def test_segments_fill_the_bar_in_order_and_an_open_one_ends_with_the_contact() -> None:
    segments = (
        Segment(state=HandlingState.TALK, started_at=AT + timedelta(seconds=30)),
        Segment(
            state=HandlingState.QUEUE, started_at=AT, ended_at=AT + timedelta(seconds=30), queue="a"
        ),
    )
    bar = segment_bar(segments, AT + timedelta(seconds=120))
    assert [(one.name, one.seconds) for one in bar] == [("queue", 30.0), ("talk", 90.0)]
    assert bar[-1].x + bar[-1].width == BAR


def test_boxes_of_a_drawing_never_overlap_and_too_many_are_counted() -> None:
    names = [f"email:p{n}@example.com" for n in range(MOST_NODES + 9)]
    links = [link(names[n // 3], names[n]) for n in range(1, len(names))]

    drawing = draw(names, links)

    places = [(node.x, node.y) for node in drawing.nodes]
    assert len(places) == MOST_NODES
    assert drawing.left_out == 9
    for x in {x for x, _ in places}:
        column = sorted(y for at, y in places if at == x)
        assert all(b - a >= BOX_HEIGHT for a, b in pairwise(column))
    assert max(y for _, y in places) + BOX_HEIGHT <= drawing.height


def around(evidence: list[Evidence]) -> Nearby:
    return Nearby(tuple(evidence), (frozenset(end for one in evidence for end in (one.a, one.b)),))


def test_a_customer_is_explained_by_links_in_use_and_neighbours_kept_apart() -> None:
    evidence = [
        link("email:ana@example.com", "phone:+13035550111"),
        link("phone:+13035550111", "cookie:c-1", strength=Strength.OBSERVED),
        link(
            "email:ana@example.com",
            "email:bo@example.com",
            "different",
            Strength.MANUAL,
            said_by="Tom",
        ),
        link("email:cy@example.com", "phone:+13035550113"),
    ]
    ana = customer("email:ana@example.com", "phone:+13035550111", "cookie:c-1")

    answer = why(ana, around(evidence), Rules())

    assert [one.strength for one in answer.links] == [Strength.OBSERVED, Strength.STATED]
    assert answer.kept_apart == [("Tom said that these are other people", ["email:bo@example.com"])]
    assert [one.by for one in answer.acts] == ["Tom"]


def test_a_chain_is_listed_weakest_first_and_drawn_from_end_to_end() -> None:
    evidence = [
        link("email:ana@example.com", "phone:+13035550111"),
        link("phone:+13035550111", "cookie:c-1", strength=Strength.OBSERVED),
    ]
    chain = chain_of(explain(evidence, "email:ana@example.com", "cookie:c-1", Rules()))

    assert [one.strength for one in chain.links] == [Strength.OBSERVED, Strength.STATED]
    drawn = sorted(chain.graph.nodes, key=lambda node: node.x)
    assert [node.identifier.whole for node in drawn] == [
        "email:ana@example.com",
        "phone:+13035550111",
        "cookie:c-1",
    ]


def test_a_shared_line_is_named_as_the_reason() -> None:
    line = "phone:+13035550100"
    evidence = [link(line, f"email:p{n}@example.com") for n in range(5)]

    answer = why(customer(line), around(evidence), Rules())

    ((reason, fars),) = answer.kept_apart
    assert "used by several people" in reason
    assert len(fars) == 5
