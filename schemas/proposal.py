"""Customers who may be one person by their names, births and addresses: proposed, never merged."""

from __future__ import annotations

from datetime import datetime

from schemas.base import Contract


class Reason(Contract, frozen=True, kw_only=True):
    """How far one field agrees, and the bits that this says for (below 0: against) one person."""

    field: str
    level: str
    bits: float


class Proposal(Contract, frozen=True, kw_only=True):
    """Two customers, each named by its oldest identifier (a < b), who may be one person.

    `probability`, 0..1, is the model's. `id` is derived from the pair.
    """

    id: str
    tenant: str
    a: str
    b: str
    probability: float
    reasons: tuple[Reason, ...] = ()


class ProposalSet(Contract, frozen=True, kw_only=True):
    """All that one run proposes of a tenant; it takes the place of what was proposed before.

    What people have decided on is kept. `at` is when the run began; `customers`, `pairs` and
    `matches` say how many customers were looked at, how many pairs compared, and how many the model
    expects to be one person each.
    """

    tenant: str
    at: datetime | None = None
    proposals: tuple[Proposal, ...] = ()
    customers: int = 0
    pairs: int = 0
    matches: float = 0.0


class LinkageModel(Contract, frozen=True, kw_only=True):
    """What a run was fitted to, so that later customers are judged alike until the next run.

    Shares of the levels of each field among pairs of one person (`matched`) and of two (`random`);
    `prior` is the probability that any pair is one person. `rarity` has the bits that agreeing on a
    value adds. `described` counts what sources had said.
    """

    tenant: str
    described: int
    prior: float
    matched: tuple[tuple[float, ...], ...]
    random: tuple[tuple[float, ...], ...]
    rarity: tuple[dict[str, float], ...]


class Blocked(Contract, frozen=True, kw_only=True):
    """Under which keys a customer, named by an identifier, is found by customers like it.

    `sorting` orders the customers of a key that many have.
    """

    tenant: str
    identifier: str
    sorting: str
    keys: tuple[str, ...]


class LateProposals(Contract, frozen=True, kw_only=True):
    """What is proposed of customers who were described after the last run.

    It joins what that run proposed. `seen` names what was said of them, by identifier and id.
    """

    tenant: str
    proposals: tuple[Proposal, ...] = ()
    seen: tuple[tuple[str, str], ...] = ()
