"""Give the recorded calls to customers of the company: audio, sidecars, and one vCon."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha512
from pathlib import Path
from random import Random
from uuid import UUID

from infra.audio import probe
from schemas.events import Channel, Event, Party, Role
from schemas.ids import content_hash
from threadline.demo.emission import Told, agent_party, attributes_of, call_events
from threadline.demo.outage import at_utc
from threadline.demo.people import SUPPORT_NUMBER, Person, agent_named
from threadline.demo.scripts import SCRIPTS, Script

AUDIO = Path(__file__).with_name("audio")
IN_VCON = "call-07"
"""This call comes from a partner's shop, as a vCon with the audio inside."""


def starts_at(script: Script, ends_on: date) -> datetime:
    """Tell the time of a call's first sample, in UTC."""
    return datetime.combine(ends_on - timedelta(days=script.day), at_utc(script.clock))


def write_calls(
    rng: Random, people: Mapping[str, Person], ends_on: date, folder: Path
) -> list[Event]:
    """Copy the audio, write sidecars and the vCon, and give the events around the calls."""
    events: list[Event] = []
    for script in SCRIPTS:
        person = people[script.customer]
        if script.name == IN_VCON:
            _write_vcon(script, person, ends_on, folder)
            continue
        audio = AUDIO / f"{script.name}.wav"
        # Only what the audio is: its file times and rights stay behind.
        shutil.copyfile(audio, folder / audio.name)
        _write_sidecar(script, person, ends_on, folder)
        told = Told(Channel.VOICE, script.name, attributes_of(person, script.queue))
        at = starts_at(script, ends_on)
        length = probe(audio).duration_s
        call_events(rng, told, _parties(script, person)[::-1], at, length, script.mood)
        events += told.events
    return events


def _parties(script: Script, person: Person) -> tuple[Party, Party]:
    """Name agent and customer; the agent has asked callers on a shared line who they are."""
    seen = (person.phone, person.crm) if person.shares else (person.phone,)
    customer = Party(role=Role.CUSTOMER, name=person.name, identifiers=seen)
    return agent_party(agent_named(script.agent), Channel.VOICE), customer


def _write_sidecar(script: Script, person: Person, ends_on: date, folder: Path) -> None:
    parties = _parties(script, person)
    sidecar = {
        "id": f"recording-{script.name}",
        "interaction": script.name,
        "source": "telephony",
        "occurred_at": starts_at(script, ends_on).isoformat(),
        "parties": [
            {"role": str(party.role), "name": party.name, "identifiers": list(party.identifiers)}
            for party in parties
        ],
        "tracks": [0, 1],
        "attributes": attributes_of(person, script.queue),
    }
    text = json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n"
    folder.joinpath(f"{script.name}.json").write_text(text, "utf-8")


def _write_vcon(script: Script, person: Person, ends_on: date, folder: Path) -> None:
    """Write a vCon 0.4.0 with one stereo recording inside."""
    audio = AUDIO.joinpath(f"{script.name}.wav").read_bytes()
    at = starts_at(script, ends_on)
    agent = agent_named(script.agent)
    vcon = {
        "vcon": "0.4.0",
        # Version 8: any bits that stay the same for the same call.
        "uuid": str(UUID(hex=content_hash(audio)[:12] + "8" + "0" * 3 + "8" + "0" * 15)),
        "created_at": at.isoformat(),
        "subject": "Upgrade to a faster plan",
        "parties": [
            {"tel": SUPPORT_NUMBER, "mailto": agent.address, "name": agent.name, "role": "agent"},
            {"tel": person.phone.partition(":")[2], "name": person.name, "role": "customer"},
        ],
        "dialog": [
            {
                "type": "recording",
                "start": at.isoformat(),
                "duration": round(probe(AUDIO / f"{script.name}.wav").duration_s, 3),
                "parties": [0, 1],
                "originator": 1,
                "mediatype": "audio/x-wav",
                "filename": f"{script.name}.wav",
                "body": _base64url(audio),
                "encoding": "base64url",
                "content_hash": f"sha512-{_base64url(sha512(audio).digest())}",
            }
        ],
    }
    folder.joinpath(f"{script.name}.vcon").write_text(json.dumps(vcon, indent=1) + "\n", "utf-8")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
