"""Real material goes in without a crash, and every file is accounted for."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.blobs import Blobs
from infra.sources.folder import Arrival, Rejection, SourceDefaults, read_paths
from processors.normalise.event import normalise_event
from processors.normalise.result import Company, Normalised
from processors.normalise.vcon import normalise_vcon
from schemas.events import Event, Format

DATA = Path(os.getenv("THREADLINE_DATA", Path(__file__).parents[5] / "shared" / "data"))
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
COMPANY = Company()


def outcomes_of(part: str, blobs: Path) -> tuple[list[Arrival | Rejection], int]:
    root = DATA / part
    if not root.is_dir():
        pytest.skip(f"THREADLINE_DATA has no {part}")
    defaults = SourceDefaults(tenant="t", source="data")
    outcomes = list(
        read_paths([root], defaults=defaults, blobs=Blobs(blobs), company=COMPANY, now=NOW)
    )
    return outcomes, sum(path.is_file() for path in root.rglob("*"))


def normalised(arrival: Arrival) -> Normalised | None:
    record = arrival.record
    if isinstance(record, Event):
        return normalise_event(record, COMPANY)
    if record.payload is Format.VCON:
        return normalise_vcon(record, COMPANY, received_at=NOW)
    return None


@pytest.mark.parametrize(
    "part",
    ["vcon/ietf/examples", "vcon/interop", "calls", "speech/odd-and-broken", "payloads"],
)
def test_every_file_has_one_outcome_and_what_came_in_normalises(
    part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes, files = outcomes_of(part, tmp_path)
    assert sum(outcome.inputs for outcome in outcomes) == files
    for outcome in outcomes:
        if isinstance(outcome, Arrival):
            result = normalised(outcome)
            assert result is None or result.facts
    reasons = Counter(o.reason if isinstance(o, Rejection) else "accepted" for o in outcomes)
    with capsys.disabled():
        print(f"\n{part}: {files} files, {dict(reasons)}")  # noqa: T201  # the figures are the point


def test_the_official_examples_fall_as_their_forms_say(tmp_path: Path) -> None:
    outcomes, _ = outcomes_of("vcon/ietf/examples", tmp_path)
    vcons = [outcome for outcome in outcomes if outcome.name.endswith(".vcon")]
    refused = {o.name: o.reason for o in vcons if isinstance(o, Rejection)}
    assert sorted(refused.values()) == ["encrypted_vcon", "not_vcon"]
    assert len(vcons) - len(refused) == 15


def test_every_call_of_the_public_set_has_its_audio_and_both_roles(tmp_path: Path) -> None:
    outcomes, _ = outcomes_of("calls/vcon-server", tmp_path)
    results = [normalised(o) for o in outcomes if isinstance(o, Arrival)]
    recordings = [recording for result in results if result for recording in result.recordings]
    assert len(recordings) == len(outcomes) == 23
    for recording in recordings:
        assert {party.role.value for party in recording.parties} == {"agent", "customer"}
        assert "media_missing" not in recording.attributes


def test_the_same_name_with_another_number_stays_two_people(tmp_path: Path) -> None:
    """Bob has one number in one pack and another in the other: nothing may join them."""
    numbers = set()
    for part in ("vcon/ietf/examples", "vcon/interop"):
        outcomes, _ = outcomes_of(part, tmp_path)
        for outcome in outcomes:
            result = normalised(outcome) if isinstance(outcome, Arrival) else None
            for item in result.evidence if result else ():
                numbers.update({item.a, item.b})
                assert item.a == item.b
    assert len([number for number in numbers if number.startswith("phone:")]) == 3
