"""Draw the evidence that makes one person of several identifiers, as a tree from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.pages.wording import Identifier, identifier
from schemas.identity import Evidence

COLUMN, ROW, BOX_WIDTH, BOX_HEIGHT = 272, 58, 212, 44
MOST_NODES = 30
_LONGEST = 24


class Node(NamedTuple):
    """A box; `x` and `y` are its upper left corner, in px."""

    identifier: Identifier
    text: str
    x: int
    y: int


class Edge(NamedTuple):
    """A line between two boxes, from (x1, y1) to (x2, y2), in px."""

    evidence: Evidence
    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def path(self) -> str:
        """Give the curve as SVG path data."""
        middle = (self.x1 + self.x2) // 2
        return f"M{self.x1} {self.y1}C{middle} {self.y1} {middle} {self.y2} {self.x2} {self.y2}"


class Graph(NamedTuple):
    """A drawing of `width` x `height` px; `left_out` identifiers did not fit."""

    nodes: list[Node]
    edges: list[Edge]
    width: int
    height: int
    left_out: int


def draw(
    identifiers: Sequence[str], links: Sequence[Evidence], *, first: str | None = None
) -> Graph:
    """Lay out a forest: the identifier with most links leads, its neighbours stand to the right.

    With `first` this one leads: a chain then goes from left to right.
    """
    beside: dict[str, list[tuple[str, Evidence]]] = {one: [] for one in identifiers}
    for link in links:
        beside[link.a].append((link.b, link))
        beside[link.b].append((link.a, link))
    places: dict[str, tuple[int, int]] = {}
    edges: list[Edge] = []
    row = 0
    for root in sorted(beside, key=lambda one: (one != first, -len(beside[one]), one)):
        if root not in places and len(places) < MOST_NODES:
            row = _place(root, 0, row, beside, places, edges)
    nodes = [
        Node(identifier(one), _short(identifier(one).value), x, y) for one, (x, y) in places.items()
    ]
    width = max((node.x for node in nodes), default=0) + BOX_WIDTH
    return Graph(nodes, edges, width, row * ROW, len(beside) - len(places))


def _place(
    here: str,
    depth: int,
    row: int,
    beside: dict[str, list[tuple[str, Evidence]]],
    places: dict[str, tuple[int, int]],
    edges: list[Edge],
) -> int:
    """Place an identifier and all behind it; give the first free row."""
    y = row * ROW + (ROW - BOX_HEIGHT) // 2
    places[here] = (depth * COLUMN, y)
    free = row
    for far, link in beside[here]:
        if far in places or len(places) >= MOST_NODES:
            continue
        after = _place(far, depth + 1, free, beside, places, edges)
        x2, y2 = places[far]
        half = BOX_HEIGHT // 2
        edges.append(Edge(link, depth * COLUMN + BOX_WIDTH, y + half, x2, y2 + half))
        free = after
    return max(free, row + 1)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
