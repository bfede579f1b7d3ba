"""Where people act on customers: what they do goes through the door, until customers show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from infra.admission import Door
from infra.lookup import Lookup
from processors.identity.acts import Does, Said, act_on, undo
from processors.identity.explain import Explanation, explain_customers, explain_near, is_named
from processors.identity.history import Act, act_id, history
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from processors.normalise.event import normalise_event
from processors.normalise.link import read_identifier
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Event
from schemas.identity import Customer


class Done(NamedTuple):
    """What was done: the acts by their ids, the identifiers they are about, and what was new."""

    acts: tuple[str, ...]
    about: tuple[str, ...]
    new: int


class IdentityDesk:
    """One tenant's desk, for one request."""

    def __init__(
        self,
        tenant: str,
        lookup: Lookup,
        nearby: Callable[[str, Sequence[str]], Nearby],
        company: Company,
        rules: Rules,
    ) -> None:
        self._tenant = tenant
        self._lookup = lookup
        self._nearby = nearby
        self._company = company
        self._rules = rules

    def near(self, *identifiers: str) -> Nearby:
        """Read the evidence around some identifiers."""
        return self._nearby(self._tenant, identifiers)

    def identifier(self, text: str, *, field: str | None = None) -> str:
        """Read an identifier; for a customer's id, the one that names the customer.

        Raises:
            InvalidEvent: `invalid_identifier` at `field`.
        """
        customer = self.by_id(text)
        if customer is None:
            return read_identifier(text, self._company.region, field=field)
        named = (one for one in customer.identifiers if is_named(customer, one))
        return next(named, customer.identifiers[0])

    def by_id(self, text: str) -> Customer | None:
        """Find a customer by id or former id; None where the text is something else."""
        found = self._lookup.customer(self._tenant, text)
        return found if found is not None and text in (found.id, *found.aliases) else None

    def explain(self, a: str, b: str) -> Explanation:
        """Say why two identifiers, or two customers by their ids, are one or are not."""
        one, other = self.by_id(a), self.by_id(b)
        if one is not None and other is not None:
            near = self.near(*one.identifiers, *other.identifiers)
            return explain_customers(near, one, other, self._rules)
        first, second = self.identifier(a, field="a"), self.identifier(b, field="b")
        return explain_near(self.near(first, second), first, second, self._rules)

    def history(self, customer: Customer) -> list[Act]:
        """List what people said of a customer, newest first."""
        near = self.near(*customer.identifiers)
        return history(near.statements, frozenset(customer.identifiers))

    def events(
        self,
        does: Does,
        a: str,
        b: str | None,
        act: str | None,
        said: Said,
        statement: str | None = None,
    ) -> list[Event]:
        """Make the events of an action; `undo` needs an act, everything else two identifiers.

        `withdraw` may be about one `statement` of a machine, by the id of its evidence.

        Raises:
            InvalidEvent: the action lacks something, or there is nothing to undo.
        """
        first = self.identifier(a, field="a")
        if does == "undo":
            if not act:
                raise InvalidEvent("missing_field", "say which act to undo", field="act")
            return undo(self.near(first), act, said, tenant=self._tenant)
        if not b:
            raise InvalidEvent("missing_field", "say of which two identifiers", field="b")
        second = self.identifier(b, field="b")
        near = self.near(first, second)
        return act_on(
            near,
            does,
            first,
            second,
            said,
            tenant=self._tenant,
            rules=self._rules,
            statement=statement,
        )

    def admit(self, door: Door, events: Sequence[Event]) -> Done:
        """Let the events in."""
        evidence = [one for e in events for one in normalise_event(e, self._company).evidence]
        outcomes = [outcome for _, outcome in door.admit(events)]
        return Done(
            acts=tuple(act_id(one) for one in evidence),
            about=tuple(dict.fromkeys(end for one in evidence for end in (one.a, one.b))),
            new=sum(outcome.value == "new" for outcome in outcomes),
        )

    def is_applied(self, done: Done) -> bool:
        """Tell whether customers show what was done."""
        known = {act.id for act in history(self.near(*done.about).statements)}
        return known.issuperset(done.acts)

    def customers(self, done: Done) -> tuple[str, ...]:
        """List the ids of the customers who have these identifiers now."""
        found = (self._lookup.customer(self._tenant, one) for one in done.about)
        return tuple(dict.fromkeys(one.id for one in found if one is not None))


def said_now(by: str, at: datetime, why: str | None) -> Said:
    """Say who acts, with a time as exact as the store keeps it (1 ms)."""
    return Said(by, at.replace(microsecond=at.microsecond // 1000 * 1000), why or None)
