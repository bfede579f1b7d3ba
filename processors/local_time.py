"""In which time zones a customer may live, by what their record or their telephone numbers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import phonenumbers
from phonenumbers import timezone

_NO_ZONE = "Etc/Unknown"
MOST_ZONES = 12
"""A number that lies in more zones, such as a mobile of a large country, tells nothing."""


def zones_of(identifiers: Iterable[str], profile: Mapping[str, str]) -> tuple[str, ...]:
    """List IANA time zones; the customer's record outranks their numbers."""
    stated = profile.get("timezone") or profile.get("time_zone")
    if stated:
        return (stated,)
    found: dict[str, None] = {}
    for identifier in sorted(identifiers):
        if identifier.startswith("phone:"):
            found |= dict.fromkeys(_zones(identifier.removeprefix("phone:")))
    return tuple(found)


def _zones(number: str) -> tuple[str, ...]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    zones: tuple[str, ...] = timezone.time_zones_for_number(parsed)
    return zones if _NO_ZONE not in zones and len(zones) <= MOST_ZONES else ()
