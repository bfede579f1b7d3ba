"""Mails of every make become facts, utterances and evidence; only broken ones are refused."""

from __future__ import annotations

import os
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.normalise.email import check_email, normalise_email
from processors.normalise.result import Company, Normalised
from schemas.base import encode
from schemas.errors import InvalidEvent
from schemas.events import Format, Payload, Role
from schemas.interaction import Fact
from schemas.utterance import Utterance

NOW = datetime(2026, 11, 3, tzinfo=UTC)
COMPANY = Company(domains=("northwind.example",))
DATA = Path(
    os.environ.get("THREADLINE_DATA", Path(__file__).parents[5] / "shared" / "data")
)  # tests find measured material by it


def mail(body: str | bytes = "Hello", /, **headers: str) -> bytes:
    fields = {
        "From": "Ana Example <Ana@Example.com>",
        "To": "help@northwind.example",
        "Date": "Mon, 2 Nov 2026 10:14:03 +0100",
        "Message-ID": "<1@example.com>",
        "Subject": "Outage",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return head.encode("utf-8") + b"\r\n" + content


def read(data: bytes) -> Normalised:
    payload = Payload(payload=Format.EMAIL, id="p", source="mail", name="a.eml", data=data)
    result = normalise_email(payload, COMPANY, received_at=NOW)
    for record in (*result.facts, *result.utterances, *result.evidence):
        encode(record)
    return result


def fact(data: bytes) -> Fact:
    return read(data).facts[0]


def words(data: bytes) -> Utterance:
    return read(data).utterances[0]


def reason(data: bytes) -> str:
    with pytest.raises(InvalidEvent) as caught:
        check_email(data)
    return caught.value.reason


def read_or_refuse(data: bytes) -> None:
    try:
        check_email(data)
    except InvalidEvent:
        return
    assert read(data).facts


def parts(*bodies: str, kind: str = "mixed", end: str = "--b--\n") -> bytes:
    text = "".join(f"--b\n{body}\n" for body in bodies) + end
    return mail(text, Content_Type=f'multipart/{kind}; boundary="b"')


def test_a_mail_becomes_one_fact_and_one_utterance_with_its_parties() -> None:
    result = read(mail("It is down.\n\n> old", Cc='"Mia, Ode" <mia@example.org>'))
    (told,), (said,) = result.facts, result.utterances
    assert told.at == datetime(2026, 11, 2, 9, 14, 3, tzinfo=UTC)
    assert told.at.utcoffset() == timedelta(hours=1)
    assert [(p.role, p.name, p.identifiers) for p in told.parties] == [
        (Role.CUSTOMER, "Ana Example", ("email:ana@example.com",)),
        (Role.AGENT, None, ("email:help@northwind.example",)),
        (Role.CUSTOMER, "Mia, Ode", ("email:mia@example.org",)),
    ]
    assert (said.text, said.quoted, said.subject) == ("It is down.", "> old", "Outage")
    assert said.party == told.parties[0]
    assert (told.version, said.interaction) == (1, told.interaction)


def test_a_copy_that_has_lost_its_references_is_another_utterance_of_another_thread() -> None:
    whole, stripped = (read(mail(References=told)) for told in ("<0@example.com>", ""))
    assert whole.facts[0].interaction != stripped.facts[0].interaction
    assert whole.facts[0].id != stripped.facts[0].id
    assert whole.utterances[0].id != stripped.utterances[0].id


def test_no_two_people_of_a_mail_are_ever_linked() -> None:
    evidence = read(mail(Cc="mia@example.org, bo@example.org")).evidence
    assert {(e.a, e.b) for e in evidence} == {
        (text, text)
        for text in ("email:ana@example.com", "email:mia@example.org", "email:bo@example.org")
    }


@pytest.mark.parametrize("charset", ["x-no-such", "rot13", "idna", "unicode_escape", "\x00", "é"])
def test_a_bogus_charset_does_not_raise(charset: str) -> None:
    data = mail("Grüße", Content_Type=f"text/plain; charset={charset}")
    assert words(data).text == "Grüße"


def test_a_charset_that_lies_is_read_with_replacement_characters() -> None:
    data = mail("caf\xe9!".encode("latin-1"), Content_Type="text/plain; charset=utf-8")
    assert words(data).text == "caf�!"
    assert words(mail("caf\xe9!".encode("latin-1"))).text == "café!"


def test_html_alone_is_read_without_what_nobody_sees() -> None:
    html = (
        "<html><head><style>p {color: red}</style></head><body><p>It is <b>d</b>own &amp; out</p>"
        '<div style="display: none">preheader</div><script>track()</script>'
        '<img src="https://example.com/pixel.gif"><table><tr><td>Order</td><td>17</td></tr></table>'
        "<blockquote>Is it on?<br>Mia</blockquote></body></html>"
    )
    said = words(mail(html, Content_Type="text/html; charset=utf-8"))
    assert said.text == "It is down & out\n\nOrder 17"
    assert said.quoted == "> Is it on?\n> Mia"


def test_plain_text_is_preferred_unless_it_is_empty() -> None:
    plain, html = "Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>markup</p>"
    assert words(parts(plain, html, kind="alternative")).text == "plain"
    blank = "Content-Type: text/plain\n\n \n"
    assert words(parts(blank, html, kind="alternative")).text == "markup"


def test_attachments_are_named_and_their_content_left_out() -> None:
    told = fact(
        parts(
            "Content-Type: text/plain\n\nsee",
            "Content-Type: application/pdf\nContent-Disposition: attachment;"
            " filename*=utf-8''Rechnung%20%C3%BC.pdf\n\nsecret",
            "Content-Type: message/rfc822\n\nFrom: bo@example.org\nSubject: Old bill\n\nold words",
        )
    )
    assert told.attributes["attachments"] == (
        "Rechnung ü.pdf (application/pdf), Old bill.eml (message/rfc822)"
    )
    assert len(told.parties) == 2


def test_flowed_lines_are_joined() -> None:
    data = mail("My router is \noffline.\n> a \n> b", Content_Type="text/plain; format=flowed")
    assert words(data).text == "My router is offline."


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("=?utf-8?Q?J=C3=BCrgen?= <j@example.com>", "Jürgen", "email:j@example.com"),
        ("=?x-none?B?SmltIEIu?= <j@example.com>", "Jim B.", "email:j@example.com"),
        ("Jürgen <j@example.com>", "Jürgen", "email:j@example.com"),
        ("j@example.com (Jay)", "Jay", "email:j@example.com"),
        ("<J@EXAMPLE.com>", None, "email:j@example.com"),
        ("Team: j@example.com;", None, "email:j@example.com"),
    ],
)
def test_senders_are_read_however_they_are_written(
    header: str, name: str | None, address: str
) -> None:
    party = words(mail(From=header)).party
    assert (party.identifiers, party.name) == ((address,), name)


@pytest.mark.parametrize("header", ["Nobody at all", "a@b@c@d", "undisclosed", "<not an address>"])
def test_a_malformed_address_is_a_name_and_no_identifier(header: str) -> None:
    party = words(mail(From=header)).party
    assert party.identifiers == ()
    assert party.name


def test_an_undisclosed_group_is_nobody() -> None:
    assert len(fact(mail(To="undisclosed-recipients:;")).parties) == 1


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026", "Thu, 1 Jan 1970 00:00:00"])
def test_a_mail_without_a_usable_date_takes_the_last_server_that_saw_it(date: str) -> None:
    received = "from a by b; Mon, 2 Nov 2026 09:00:00 +0000"
    told = fact(mail(Date=date, Received=received))
    assert (told.at, told.attributes["date_from"]) == (
        datetime(2026, 11, 2, 9, tzinfo=UTC),
        "received",
    )
    told = fact(mail(Date=date))
    assert (told.at, told.attributes["date_from"]) == (NOW, "arrival")


def test_a_date_in_the_future_is_a_broken_clock() -> None:
    assert fact(mail(Date="Mon, 2 Nov 2037 10:00:00 +0000")).at == NOW


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, None),
        ({"Auto_Submitted": "no"}, None),
        ({"Auto_Submitted": "auto-replied"}, "reply"),
        ({"Subject": "Out of Office: gone fishing"}, "reply"),
        ({"List_Id": "<news.example.com>"}, "list"),
        ({"Precedence": "bulk"}, "list"),
        ({"From": "MAILER-DAEMON@example.com"}, "bounce"),
    ],
)
def test_mails_that_no_person_wrote_are_marked_and_kept(
    headers: dict[str, str], kind: str | None
) -> None:
    result = read(mail(**headers))
    assert result.facts[0].attributes.get("auto") == kind
    assert result.utterances[0].text == "Hello"


THREAD = (
    mail("first"),
    mail("second", Message_ID="<2@x.example>", In_Reply_To="<1@example.com>", Subject="Re: Outage"),
    mail("third", Message_ID="<3@x.example>", References="<1@example.com> <2@x.example>"),
)


def test_a_thread_is_one_interaction_named_by_its_first_mail() -> None:
    facts = [fact(data) for data in THREAD]
    assert {told.reference for told in facts} == {"1@example.com"}
    assert len({told.interaction for told in facts}) == 1
    assert len({told.id for told in facts}) == 3


def test_without_headers_a_thread_is_known_by_subject_and_parties() -> None:
    bare = mail("again", Message_ID="", Subject="Outage")
    answer = mail(
        "yes",
        Message_ID="<9@x.example>",
        Subject="AW: Re: outage",
        From="help@northwind.example",
        To="ana@example.com",
    )
    other = mail("yes", Message_ID="<9@x.example>", Subject="Re: outage", From="bo@example.com")
    assert fact(bare).interaction == fact(answer).interaction
    assert fact(other).interaction != fact(answer).interaction
    assert fact(mail()).interaction != fact(mail(Message_ID="<2@example.com>")).interaction


@given(st.permutations([*THREAD, mail("x", Message_ID=""), mail("y", Subject="Re: Outage")]))
def test_the_order_of_arrival_changes_no_id(mails: list[bytes]) -> None:
    told = {data: fact(data) for data in mails}
    assert [told[data].interaction for data in THREAD] == [fact(THREAD[0]).interaction] * 3
    assert {one.id for one in told.values()} == {fact(data).id for data in sorted(mails)}


def test_two_mails_with_one_message_id_are_two_and_a_copy_is_one() -> None:
    copy = b"Received: from a by b; Mon, 2 Nov 2026 11:00:00 +0000\r\n" + mail()
    assert words(copy).id == words(mail()).id
    assert words(mail("Something else")).id != words(mail()).id
    assert words(mail(From="bo@example.com")).id != words(mail()).id


def test_a_copy_in_an_mbox_is_the_same_mail() -> None:
    inside = b"From ana@example.com Mon Nov  2 10:14:03 2026\r\n" + mail() + b"\r\n"
    assert read(inside) == read(mail())


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\xef\xbb\xbf\n"])
def test_an_empty_mail_is_refused(data: bytes) -> None:
    assert reason(data) == "empty_mail"


@pytest.mark.parametrize(
    "data", [b"Hello there", b"%PDF-1.7\n", b"Note: buy milk\n\nnow", b"\x00\x01\x02", b": x\n\n"]
)
def test_what_has_no_mail_header_is_refused(data: bytes) -> None:
    assert reason(data) == "not_mail"


def test_a_mail_that_stops_in_the_middle_is_refused() -> None:
    plain = "Content-Type: text/plain\n\nwords"
    assert reason(parts(plain, end="")) == "truncated_mail"
    assert reason(mail("short", Content_Length="4000")) == "truncated_mail"
    encoded = b64encode(b"x" * 300).decode()[:-3].rstrip("=")
    cut = encoded[: len(encoded) // 4 * 4 + 1]
    assert reason(mail(cut, Content_Transfer_Encoding="base64")) == "truncated_mail"
    check_email(parts(plain))
    check_email(mail("words", Content_Length="4"))


def test_mails_nested_without_end_are_refused() -> None:
    assert reason(b"Subject: a\nContent-Type: message/rfc822\n\n" * 3000) == "nested_mail"


@given(st.binary(max_size=600))
def test_random_bytes_never_raise_anything_else(data: bytes) -> None:
    for candidate in (data, mail(data), mail() + data, b"From: " + data + b"\n\n" + data):
        read_or_refuse(candidate)


HOSTILE_FIELDS = [
    *("From", "To", "Date", "Subject", "Content-Type", "Content-Disposition", "References"),
    *("Received", "Message-ID", "Content-Transfer-Encoding"),
]
HOSTILE = st.text(
    st.sampled_from(" \t\n:;,.<>@\"()=?[]\\/*%-'")
    | st.sampled_from("abB8qQ=_é\ud800\x00")
    | st.characters(),
    max_size=120,
).map(lambda text: text.replace("\n", " ").encode("utf-8", "surrogatepass"))


@given(
    st.sampled_from(HOSTILE_FIELDS),
    HOSTILE,
    st.sampled_from(["", "=?utf-8?B?", "=?utf-7?Q?", "text/plain; charset*=", "multipart/mixed; "]),
)
def test_hostile_headers_never_raise_anything_else(name: str, value: bytes, start: str) -> None:
    data = name.encode() + b": " + start.encode() + value + b"\n" + mail("=41 words")
    read_or_refuse(data)


@pytest.mark.parametrize(
    ("folder", "refused"),
    [("email-spamassassin", {"truncated_mail": 1}), ("email-mime", {"truncated_mail": 1})],
)
def test_real_mails_are_read_and_few_refused(folder: str, refused: dict[str, int]) -> None:
    root = DATA / "channels" / folder
    if not root.is_dir():
        pytest.skip(f"channels/{folder} is absent: THREADLINE_DATA")
    reasons: Counter[str] = Counter()
    accepted = 0
    for path in root.rglob("*.*"):
        if path.suffix in (".eml", ".txt"):
            try:
                read(path.read_bytes())
                accepted += 1
            except InvalidEvent as error:
                reasons[error.reason] += 1
    assert dict(reasons) == refused
    assert accepted > 100
