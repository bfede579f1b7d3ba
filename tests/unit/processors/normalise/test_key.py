"""One key per interaction: what tells of it keeps its order, on any number of partitions."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import product
from pathlib import Path

import pytest

from processors.normalise.email import check_email, normalise_email
from processors.normalise.key import key_of
from processors.normalise.result import Company
from processors.normalise.vcon import normalise_vcon
from schemas.errors import InvalidEvent
from schemas.events import Body, Channel, Event, Format, Kind, Payload

NOW = datetime(2026, 11, 3, tzinfo=UTC)
COMPANY = Company(domains=("northwind.example",))
DATA = Path(
    os.environ.get("THREADLINE_DATA", Path(__file__).parents[5] / "shared" / "data")
)  # tests find real material by it


def payload(
    data: bytes,
    form: Format = Format.EMAIL,
    source: str = "mail",
    *,
    id: str = "p",
    tenant: str = "acme",
) -> Payload:
    return Payload(payload=form, id=id, tenant=tenant, source=source, name="file", data=data)


def mail(text: str = "Hello", **headers: str) -> bytes:
    written = EmailMessage()
    fields = {"From": "ana@example.com", "To": "help@northwind.example", "Subject": "Invoice"}
    for name, value in {**fields, **headers}.items():
        if value:
            written[name.replace("_", "-")] = value
    written.set_content(text)
    return written.as_bytes()


def vcon(**fields: object) -> bytes:
    dialog = {"type": "text", "start": "2026-11-02T10:00:00Z", "parties": [0], "body": "hello"}
    whole = {"vcon": "0.0.1", "parties": [{"tel": "+12025550143"}], "dialog": [dialog], **fields}
    return json.dumps(whole).encode()


MAILS = (
    mail(Message_ID="<1@example.com>"),
    mail(Message_ID="<2@example.com>", In_Reply_To="<1@example.com>"),
    mail(Message_ID="<3@example.com>", References="<1@example.com> <2@example.com>"),
    mail(Message_ID="<4@example.com>", Subject="Another"),
    mail(Message_ID="<5@example.com>", Subject="Re: Invoice"),
    mail(Message_ID="<6@example.com>", Subject="AW: Re: invoice"),
    mail(),
    mail("Another text"),
    mail(Subject=""),
    mail("Another text", Subject=""),
    mail(Subject="Re: Invoice", To="billing@northwind.example"),
)


def interaction(data: bytes) -> str:
    return normalise_email(payload(data), COMPANY, received_at=NOW).facts[0].interaction


def test_mails_have_one_key_exactly_when_they_are_of_one_interaction() -> None:
    for one, other in product(MAILS, MAILS):
        together = interaction(one) == interaction(other)
        assert (key_of(payload(one)) == key_of(payload(other))) is together
    assert len({interaction(one) for one in MAILS}) > 4


def test_real_mails_have_one_key_exactly_when_they_are_of_one_interaction() -> None:
    folder = DATA / "channels/email-spamassassin"
    if not folder.is_dir():
        pytest.skip("THREADLINE_DATA has no channels/email-spamassassin")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pairs = set()
    for path in files[::8]:
        try:
            check_email(path.read_bytes())
        except InvalidEvent:
            continue
        pairs.add((key_of(payload(path.read_bytes())), interaction(path.read_bytes())))
    assert len({key for key, _ in pairs}) == len({place for _, place in pairs}) == len(pairs)
    assert len(pairs) > 50


def test_a_copy_of_a_mail_in_another_mailbox_has_the_key_of_the_first() -> None:
    copies = [payload(MAILS[0], source=source, id=source) for source in ("support", "archive")]
    assert key_of(copies[0]) == key_of(copies[1])


def test_editions_of_a_vcon_have_one_key_and_other_vcons_another() -> None:
    first = vcon(uuid="u-1", updated_at="2026-11-02T10:00:00Z")
    later = vcon(uuid="u-1", updated_at="2026-11-02T11:00:00Z", subject="mended")
    other = vcon(uuid="u-2")
    keys = [
        key_of(payload(data, Format.VCON, source, id=source))
        for data, source in ((first, "a"), (later, "b"), (other, "a"))
    ]
    assert keys[0] == keys[1] != keys[2]
    (fact, *_) = normalise_vcon(payload(first, Format.VCON), COMPANY, received_at=NOW).facts
    assert fact.reference == "u-1"


def test_vcons_without_a_uuid_are_known_by_their_content() -> None:
    keys = {key_of(payload(vcon(subject=one), Format.VCON)) for one in ("a", "a", "b")}
    assert len(keys) == 2


def test_tenants_and_formats_never_share_a_key() -> None:
    keys = {key_of(payload(MAILS[0], tenant=tenant)) for tenant in ("acme", "umbra")}
    assert len(keys) == 2
    assert key_of(payload(b"x", Format.EMAIL)) != key_of(payload(b"x", Format.VCON))


def test_what_nobody_can_read_is_keyed_by_its_id() -> None:
    broken = [payload(b"{}", Format.VCON, id=id) for id in ("a", "a", "b")]
    keys = [key_of(one) for one in broken]
    assert keys[0] == keys[1] != keys[2]


def test_an_event_has_the_key_of_its_interaction_at_its_source() -> None:
    event = Event(
        id="m1", tenant="acme", source="chat", channel=Channel.CHAT, kind=Kind.MESSAGE,
        interaction="c-1", occurred_at=NOW, body=Body(text="hello"),
    )  # fmt: skip
    assert key_of(event) == "acme/chat/c-1"
