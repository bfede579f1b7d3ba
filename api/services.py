"""What the API needs of the rest, passed in by the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from infra.admission import Door
from infra.blobs import BlobStore
from infra.lookup import Lookup
from processors.normalise.result import Company
from schemas.identity import Evidence


class StageStatus(NamedTuple):
    """How far a stage is: records delivered since the start, and records waiting."""

    stage: str
    delivered: int
    waiting: int


@dataclass(frozen=True)
class Services:
    """Everything that routes and pages may touch.

    `lookup` gives the calling thread its own readers. `backlog` counts the inputs that wait to be
    normalised; above `backlog_limit` new ones get 429. `evidence` reads what identity is computed
    from, per tenant. `token` is empty where none is configured: then only loopback may call.
    `last_error` says why the pipeline stands still, without any customer's data; empty while it
    runs.
    """

    lookup: Callable[[], Lookup]
    door: Door
    blobs: BlobStore
    status: Callable[[], list[StageStatus]]
    backlog: Callable[[], int]
    evidence: Callable[[str], list[Evidence]]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    backlog_limit: int = 20_000
    token: str = ""
    companies: dict[str, Company] = field(default_factory=dict)
    last_error: Callable[[], str] = lambda: ""

    def company(self, tenant: str) -> Company:
        """Tell who a tenant is."""
        return self.companies.get(tenant, Company())
