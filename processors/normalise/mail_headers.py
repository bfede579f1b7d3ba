"""Read a mail's header fields: words, addresses, dates, thread and who sent it automatically."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.headerregistry import AddressHeader, HeaderRegistry
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from processors.normalise.text import clean_text, decode_text

LONGEST_HEADER = 20_000
"""Characters of a header field that are read; the standard library's parser is slow on more."""

_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_BARE_ID = re.compile(r"[^\s<>()]{1,400}@[^\s<>()]{1,400}")
_SIMPLE_MAILBOX = re.compile(
    r"\s*(?:\"?(?P<name>[\w .'+-]*)\"?\s*<(?P<address>[\w.+-]+@[\w.-]+)>"
    r"|(?P<bare>[\w.+-]+@[\w.-]+))\s*",
    re.ASCII,
)
_REPLY_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|antw|antwort|sv|vs|ref|rif|res|r|odp|vb|ynt|re-?\s?zv|回复|回覆|返信|답장)"
    r"(?:\s*[\[(]\d+[\])]|\^\d+)?\s*[::]\s*)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|abwesenheitsnotiz|automatische antwort|réponse automatique|respuesta automática"
    r"|risposta automatica|resposta automática|automatisch antwoord)\b",
    re.IGNORECASE,
)
_FAILURES = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError)
_EARLIEST = 1980
_REGISTRY = HeaderRegistry()


class Mailbox(NamedTuple):
    """A person in an address header: the address is empty where it is malformed."""

    name: str
    address: str


class Moment(NamedTuple):
    """When a mail was written, and what says so: `header`, `received` or `arrival`."""

    at: datetime
    told_by: str


def mailbox_start(data: bytes) -> int:
    """Give the length of the "From ana@example.com Mon ..." line that mbox puts before a mail."""
    if data.startswith((b"From ", b">From ")):
        return data.find(b"\n") + 1
    return 0


def header_text(mail: Message, name: str) -> str:
    """Read a header field as one line of text, empty where there is none."""
    return decode_header_text(next(iter(raw_fields(mail, name)), ""))


def raw_fields(mail: Message, name: str) -> list[str]:
    """List every field of a name as it came: the parser's own reading loses 8-bit bytes."""
    wanted = name.lower()
    return [str(value) for field, value in mail.raw_items() if field.lower() == wanted]


def decode_header_text(raw: str) -> str:
    """Decode RFC 2047 words and 8-bit bytes of a header field; never raises."""
    raw = raw[:LONGEST_HEADER]
    if "=?" not in raw:
        return _one_line(_from_bytes(raw))
    try:
        pieces: Sequence[tuple[bytes | str, str | None]] = decode_header(_from_bytes(raw))
    except (HeaderParseError, *_FAILURES):
        return _one_line(_from_bytes(raw))
    return _one_line(
        "".join(
            piece if isinstance(piece, str) else _decode_piece(piece, charset)
            for piece, charset in pieces
        )
    )


def _decode_piece(piece: bytes, charset: str | None) -> str:
    # decode_header writes what is not encoded as raw-unicode-escape, whatever was in it.
    return decode_text(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")


def mailboxes(mail: Message, name: str) -> tuple[Mailbox, ...]:
    """List the people of an address header, those of a group one by one."""
    found: list[Mailbox] = []
    for value in raw_fields(mail, name):
        raw = " ".join(value[:LONGEST_HEADER].split())
        simple = _SIMPLE_MAILBOX.fullmatch(raw)
        if simple:
            address = simple["address"] or simple["bare"]
            found.append(Mailbox((simple["name"] or "").strip(), address))
        elif raw:
            found.extend(_parsed_mailboxes(raw))
    return tuple(found)


def _parsed_mailboxes(raw: str) -> list[Mailbox]:
    text = _from_bytes(raw)
    try:
        # RFC 2047 words are decoded by us: the parser stumbles over a charset it does not know.
        header = None if "=?" in text else _REGISTRY("to", text)
        # Names that stand in comments, as in "ana@example.com (Ana)", are known to the older one.
        if isinstance(header, AddressHeader) and "(" not in text:
            listed = [(a.display_name, a.addr_spec) for a in header.addresses]
        else:
            listed = getaddresses([text])
    except _FAILURES:
        listed = getaddresses([text])
    read = [
        Mailbox(decode_header_text(name).strip("\"' "), address if "@" in address else "")
        for name, address in listed
        if name or address
    ]
    if any(mailbox.address for mailbox in read) or text.rstrip().endswith(":;"):
        return [mailbox for mailbox in read if mailbox.name or mailbox.address]
    return [Mailbox(decode_header_text(text)[:200], "")]


def message_ids(mail: Message, name: str) -> tuple[str, ...]:
    """List the message ids of References, In-Reply-To or Message-ID, without brackets."""
    raw = " ".join(value[:LONGEST_HEADER] for value in raw_fields(mail, name))
    raw = clean_text(raw)
    found = _MESSAGE_ID.findall(raw)
    return tuple(found) if found else tuple(_BARE_ID.findall(raw))


def written_at(mail: Message, received_at: datetime) -> Moment:
    """Tell when a mail was written: Date, else the last Received, else `received_at`.

    The offset of the header is kept. A date before 1980, or more than a day after `received_at`,
    is a broken clock's.
    """
    for value in raw_fields(mail, "Date"):
        date = _read_date(value, received_at)
        if date:
            return Moment(date, "header")
    for value in raw_fields(mail, "Received"):
        date = _read_date(value.rpartition(";")[2], received_at)
        if date:
            return Moment(date, "received")
    return Moment(received_at, "arrival")


def _read_date(raw: str, received_at: datetime) -> datetime | None:
    try:
        date = parsedate_to_datetime(raw[:200])
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        plausible = _EARLIEST <= date.year < 9000 and date <= received_at + timedelta(days=1)
    except (*_FAILURES, OverflowError):
        return None
    return date if plausible else None


def automatic(mail: Message) -> str | None:
    """Tell what sent a mail by itself: `bounce`, `reply`, `list`, or None for a person."""
    submitted = header_text(mail, "Auto-Submitted").lower()
    sender = header_text(mail, "From").lower()
    kind = mail.get_content_type()
    if kind == "multipart/report" or "mailer-daemon@" in sender:
        return "bounce"
    precedence = header_text(mail, "Precedence").lower()
    replied = submitted.startswith("auto-replied") or precedence == "auto_reply"
    if replied or any(name in mail for name in ("X-Autoreply", "X-Autorespond")):
        return "reply"
    if _AWAY.match(header_text(mail, "Subject")):
        return "reply"
    if any(name in mail for name in ("List-Id", "List-Unsubscribe", "List-Post")):
        return "list"
    if precedence in ("bulk", "list", "junk") or submitted.startswith("auto-"):
        return "list"
    return None


def bare_subject(subject: str) -> tuple[str, bool]:
    """Cut reply prefixes off a subject and tell whether there were any; folded for comparison."""
    rest, replied = subject, False
    while match := _REPLY_PREFIX.match(rest):
        rest, replied = rest[match.end() :], True
    return " ".join(rest.casefold().split()), replied


def _from_bytes(text: str) -> str:
    """Read the 8-bit bytes that the parser kept as surrogates."""
    if text.isascii():
        return text
    try:
        return decode_text(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())
