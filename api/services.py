"""What the API needs of the rest, passed in by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from infra.admission import Door
from infra.blobs import BlobStore
from infra.lookup import Lookup
from infra.muting import MutedCopies
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from processors.normalise.result import Company


class StageStatus(NamedTuple):
    """How far a stage is: records delivered since the start, and records waiting."""

    stage: str
    delivered: int
    waiting: int


@dataclass(frozen=True)
class Services:
    """Everything that routes and pages may touch.

    `lookup` gives the calling thread its own readers. `backlog` counts the inputs that wait to be
    normalised; above `backlog_limit` new ones get 429. `nearby` reads what identity knows around
    some identifiers of a tenant, and `identity` are its rules. What somebody does is waited for
    `patience_s` until customers show it. `token` is empty where none is configured: then only
    loopback may call. Who has `token_unredacted` may hear what is muted for others, nobody where it
    is empty; `muted` keeps the copies that the others hear. `last_error` says why the pipeline
    stands still, without any customer's data; empty while it runs.
    """

    lookup: Callable[[], Lookup]
    door: Door
    blobs: BlobStore
    muted: MutedCopies
    status: Callable[[], list[StageStatus]]
    backlog: Callable[[], int]
    nearby: Callable[[str, Sequence[str]], Nearby]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    identity: Rules = field(default_factory=Rules)
    backlog_limit: int = 20_000
    patience_s: float = 5.0
    token: str = ""
    token_unredacted: str = ""
    companies: dict[str, Company] = field(default_factory=dict)
    last_error: Callable[[], str] = lambda: ""

    def company(self, tenant: str) -> Company:
        """Tell who a tenant is."""
        return self.companies.get(tenant, Company())
