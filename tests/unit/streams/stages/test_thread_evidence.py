"""A customer who answers from a second address is one customer, in whatever order keys come."""

from __future__ import annotations

from infra.log.base import NewRecord
from processors.normalise.key import key_of
from schemas.base import decode, encode
from schemas.events import Format, Payload
from schemas.identity import Customer
from streams.pipeline import PipelineRules, pipeline
from streams.runners.driver import run_three_ways
from streams.topology import Topology

STAGES = ("normalise", "resolve")


def mail(n: int, sender: str, answers: int | None = None) -> NewRecord:
    lines = [
        f"From: {sender}",
        "To: help@northwind.example",
        "Subject: Router",
        f"Message-ID: <m{n}@example.com>",
        f"Date: Mon, 02 Nov 2026 10:0{n}:00 +0000",
    ]
    if answers is not None:
        lines.append(f"References: <m{answers}@example.com>")
    data = "\r\n".join([*lines, "", f"message {n}"]).encode()
    value = Payload(
        payload=Format.EMAIL, id=f"m{n}", tenant="acme", source="mail", name=f"{n}.eml", data=data
    )
    return NewRecord("inbound", key_of(value), value.id, 0, encode(value))


def test_two_addresses_of_one_writer_of_a_thread_are_one_customer() -> None:
    records = [
        mail(1, "Ana Lopez <ana@example.com>"),
        mail(2, "Ana Lopez <ana@home.example>", answers=1),
        mail(3, "Bo Lopez <bo@home.example>", answers=1),
        mail(4, "Ana Lopez <other@example.com>"),
    ]
    whole = pipeline(PipelineRules())
    topology = Topology(tuple(whole.stage(name) for name in STAGES))
    states = run_three_ways(topology, [records])
    first, *others = (state.rows["customers"] for state in states.values())
    assert all(other == first for other in others)
    found = {decode(data, Customer).identifiers for data in first.values()}
    assert ("email:ana@example.com", "email:ana@home.example") in found
    assert {("email:bo@home.example",), ("email:other@example.com",)} <= found
