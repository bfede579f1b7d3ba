from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from datetime import date
from hashlib import sha256
from mailbox import mbox
from pathlib import Path

import msgspec
import pytest

from processors.identity.clusters import clusters
from processors.identity.linkage.proposals import propose
from processors.identity.rules import Rules
from processors.normalise.email import check_email
from processors.normalise.event import normalise_event
from processors.normalise.event_line import check_event, parse_events_line
from processors.normalise.vcon_reader import check_vcon, read_vcon
from schemas.events import Channel, Event, Kind, Party, Role, decode_inbound
from threadline.demo.company import Manifest, write_company

ENDS_ON = date(2026, 3, 28)
FICTIONAL_NUMBER = re.compile(r"\+1\d{3}55501\d\d")
KEPT_FOR_EXAMPLES = re.compile(r"(\w+\.)*(example|test|example\.(com|net|org))")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return write_company(tmp_path_factory.mktemp("company"), ends_on=ENDS_ON)


@pytest.fixture(scope="module")
def events(company: Manifest) -> list[Event]:
    lines = company.folder.joinpath("events.jsonl").read_bytes().splitlines()
    return [parse_events_line(line) for line in lines]


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_and_day_write_the_same_bytes(company: Manifest, tmp_path: Path) -> None:
    again = write_company(tmp_path, ends_on=ENDS_ON)
    assert _hashes(tmp_path) == _hashes(company.folder)
    assert msgspec.structs.asdict(again.company) == msgspec.structs.asdict(company.company)
    assert again.people == company.people


def test_another_seed_tells_another_story(company: Manifest, tmp_path: Path) -> None:
    write_company(tmp_path, ends_on=ENDS_ON, seed=8)
    assert _hashes(tmp_path)["events.jsonl"] != _hashes(company.folder)["events.jsonl"]


def test_the_company_has_the_promised_size(company: Manifest, events: list[Event]) -> None:
    counts = company.counts
    assert counts["customers"] == len(company.people) == 300
    assert 2_500 <= counts["interactions"] <= 3_500
    assert all(counts[channel] >= 100 for channel in Channel)
    assert counts["events"] == len(events)
    assert len({event.id for event in events}) == len(events)


def test_every_line_is_an_event_that_holds_what_its_kind_needs(company: Manifest) -> None:
    lines = company.folder.joinpath("events.jsonl").read_bytes().splitlines()
    for line in lines:
        event = decode_inbound(line)
        assert isinstance(event, Event)
        check_event(event)


def test_every_day_of_the_four_weeks_has_contacts(company: Manifest, events: list[Event]) -> None:
    days = {event.occurred_at.date() for event in events if event.kind is Kind.MESSAGE}
    assert (company.ends_on - company.first_day).days == 27
    assert days == {date.fromordinal(company.first_day.toordinal() + n) for n in range(28)}


def test_the_outage_day_is_far_above_the_others(company: Manifest, events: list[Event]) -> None:
    segment = company.alert_segment.removeprefix("queue=")
    begun = [
        event.occurred_at.date()
        for event in events
        if event.kind is Kind.STARTED and event.attributes["queue"] == segment
    ]
    (worst, most), (_, second) = Counter(begun).most_common(2)
    assert worst == company.outage_day
    assert most > 3 * second


def test_all_mails_are_whole_and_counted(company: Manifest) -> None:
    folder = company.folder / "mail"
    saved = [path.read_bytes() for path in folder.glob("*.eml")]
    with closing(mbox(folder / "support.mbox", create=False)) as mails:
        stored = [mail.as_bytes() for mail in mails]
    for mail in saved + stored:
        check_email(mail)
    assert len(saved) + len(stored) == company.counts["mails"]


def test_the_star_has_been_in_touch_on_all_five_channels(
    company: Manifest, events: list[Event]
) -> None:
    own = {*company.star.profile(), company.star.cookie}
    seen = {
        event.channel
        for event in events
        if event.party and event.kind is Kind.STARTED and own & {*event.party.identifiers}
    }
    mails = b"".join(path.read_bytes() for path in company.folder.glob("mail/*.eml"))
    assert seen == {*Channel} - {Channel.EMAIL}
    assert company.star.email.removeprefix("email:").encode() in mails


def test_nobody_has_an_address_that_could_be_real(company: Manifest, events: list[Event]) -> None:
    told = [party for event in events for party in (*event.parties, event.party) if party]
    for path in company.folder.glob("calls/*.json"):
        told += _parties(path)
    identifiers = {text for party in told for text in party.identifiers}
    identifiers |= set(company.company.identifiers)
    for kind, _, value in (text.partition(":") for text in identifiers):
        assert kind != "phone" or FICTIONAL_NUMBER.fullmatch(value)
        assert kind != "email" or KEPT_FOR_EXAMPLES.fullmatch(value.partition("@")[2])
        assert kind != "handle" or value.startswith("chirp:")


def test_no_mail_names_a_domain_that_could_be_real(company: Manifest) -> None:
    addresses = re.compile(r"[\w.+-]+@([\w.-]*\w)")
    for path in company.folder.joinpath("mail").iterdir():
        found = set(addresses.findall(path.read_text("utf-8")))
        assert found
        assert all(KEPT_FOR_EXAMPLES.fullmatch(domain) for domain in found)


def _parties(sidecar: Path) -> list[Party]:
    return msgspec.convert(json.loads(sidecar.read_text("utf-8"))["parties"], list[Party])


def test_every_call_has_a_sidecar_that_fits_it(company: Manifest) -> None:
    calls = company.folder / "calls"
    audio = sorted(path.stem for path in calls.glob("*.wav"))
    assert audio == sorted(path.stem for path in calls.glob("*.json"))
    assert len(audio) >= 12
    for name in audio:
        sidecar = json.loads(calls.joinpath(f"{name}.json").read_text("utf-8"))
        parties = _parties(calls / f"{name}.json")
        assert [parties[index].role for index in sidecar["tracks"]] == [Role.AGENT, Role.CUSTOMER]
        assert sidecar["interaction"] == name
        assert sidecar["occurred_at"].endswith("+00:00")


def test_calls_belong_to_customers_and_one_falls_on_the_outage(company: Manifest) -> None:
    by_name = {person.name: person for person in company.people}
    days = set()
    for path in company.folder.glob("calls/*.json"):
        _, customer = _parties(path)
        assert customer.name
        assert set(customer.identifiers) <= set(by_name[customer.name].profile())
        days.add(json.loads(path.read_text("utf-8"))["occurred_at"][:10])
    assert company.outage_day.isoformat() in days


def test_the_vcon_can_be_read_and_carries_its_audio(company: Manifest) -> None:
    (path,) = company.folder.glob("calls/*.vcon")
    check_vcon(path.read_bytes())
    (dialog,) = read_vcon(path.read_bytes()).dialogs
    assert isinstance(dialog.content, bytes)
    assert dialog.content.startswith(b"RIFF")


def test_households_tempt_identity_with_a_shared_number(company: Manifest) -> None:
    sizes = {name: len(people) for name, people in company.households.items()}
    assert sizes == {"student house": 6, "family": 3}
    for people in company.households.values():
        assert len({person.phone for person in people}) == 1
        assert len({person.crm for person in people}) == len(people)
    assert len({person.account for person in company.households["family"]}) == 1
    others = [person.phone for person in company.people if not person.shares]
    assert len(set(others)) == len(others)


def test_identity_finds_every_customer_where_accounts_count_as_shareable(
    company: Manifest, events: list[Event]
) -> None:
    rules = Rules(shareable=(*Rules().shareable, "account"))
    evidence = [e for event in events for e in normalise_event(event, company.company).evidence]
    owner = {i: group.id for group in clusters(evidence, rules) for i in group.identifiers}
    for person in company.people:
        assert owner[person.crm] == owner[person.email]
    assert len({owner[person.crm] for person in company.people}) == len(company.people)


def test_likeness_proposes_who_stands_in_two_systems_and_nobody_of_a_shared_line(
    company: Manifest, events: list[Event]
) -> None:
    told = [normalise_event(event, company.company) for event in events]
    customers = clusters((e for one in told for e in one.evidence), Rules())
    owner = {i: customer.id for customer in customers for i in customer.identifiers}
    found = propose("default", customers, (d for one in told for d in one.descriptions))
    likely = [one for one in found.proposals if one.probability >= 0.9]
    proposed = {frozenset((owner[one.a], owner[one.b])) for one in likely}
    wanted = {
        frozenset((owner[record.identifiers[0]], owner[record.of.crm]))
        for record in company.shop
        if record.of is not None
    }
    assert len(wanted) == 4
    assert all(len(pair) == 2 for pair in wanted)  # no machine has merged them
    assert proposed == wanted
