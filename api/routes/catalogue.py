"""Every route of the HTTP API, in the order in which they are tried."""

from __future__ import annotations

from api.routes import (
    acts,
    contact_types,
    customers,
    events,
    health,
    identity,
    interactions,
    ledger,
    lists,
    proposals,
    recordings,
    remarks,
    sign_in,
    timeline,
)
from api.routes.openapi import with_openapi
from api.routes.operation import Operation

OPERATIONS: tuple[Operation, ...] = with_openapi(
    (
        *events.OPERATIONS,
        *recordings.OPERATIONS,
        *identity.OPERATIONS,
        *proposals.OPERATIONS,
        *acts.OPERATIONS,
        *timeline.OPERATIONS,
        *remarks.OPERATIONS,
        *customers.OPERATIONS,
        *interactions.OPERATIONS,
        *lists.OPERATIONS,
        *contact_types.OPERATIONS,
        *ledger.OPERATIONS,
        *health.OPERATIONS,
        *sign_in.OPERATIONS,
    )
)
