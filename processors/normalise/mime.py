"""Read a mail's MIME tree: its words, its attachments, and whether all of it is there."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect, MessageError
from email.message import Message

from processors.normalise.html import html_to_text
from processors.normalise.mail_headers import decode_header_text, header_text, mailbox_start
from processors.normalise.text import clean_text, decode_text
from schemas.errors import InvalidEvent

# What the standard library's mail parser is known to raise on hostile headers and bodies.
MAIL_FAILURES = (MessageError, LookupError, ValueError, TypeError, AttributeError, binascii.Error)

_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_KNOWN = re.compile(
    rb"^(?:from|to|cc|bcc|subject|date|message-id|received|return-path|delivered-to|sender|reply-to"
    rb"|mime-version|content-type|in-reply-to|references|resent-from|x-mailer)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_MARKUP = re.compile(r"\s*(?:<!doctype html|<html\b|<body\b)", re.IGNORECASE)
_ROOM_FOR_ERROR = 1.5
_BASE64_SIGN = re.compile(rb"[A-Za-z0-9+/]")


@dataclass(frozen=True)
class Body:
    """A mail's words as plain text, and its attachments as `name (type)`."""

    text: str
    attachments: tuple[str, ...]


def parse_mail(data: bytes) -> Message:
    """Parse a mail that is all there.

    Raises:
        InvalidEvent: `empty_mail`, `not_mail` (no header block), `truncated_mail` (a multipart
            that is never closed, base64 that stops inside a byte, fewer bytes than two thirds of
            what Content-Length announces) or `nested_mail` (too many mails inside each other).
    """
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not data.strip():
        raise InvalidEvent("empty_mail", "the mail is empty")
    data = data[mailbox_start(data) :]
    head = re.split(rb"\r?\n\r?\n|\r\r", data, maxsplit=1)[0]
    if not _HEADER.match(head) or not _KNOWN.search(head.replace(b"\r", b"\n")):
        raise InvalidEvent("not_mail", "there is no mail header block at its start")
    try:
        mail = message_from_bytes(data, policy=policy.compat32)
        _check_complete(mail, data[len(head) :])
    except RecursionError as error:
        raise InvalidEvent("nested_mail", "mails are nested too deeply inside it") from error
    except MAIL_FAILURES as error:
        raise InvalidEvent("not_mail", f"its structure cannot be read: {error}") from error
    return mail


def _check_complete(mail: Message, body: bytes) -> None:
    announced = str(mail.get("Content-Length", "")).strip()
    length = int(announced) if re.fullmatch("[0-9]{1,15}", announced) else 0
    if length > len(body) * _ROOM_FOR_ERROR + 64:
        raise InvalidEvent(
            "truncated_mail", f"Content-Length announces {length} bytes, there are {len(body)}"
        )
    for part in mail.walk():
        if any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in part.defects):
            raise InvalidEvent("truncated_mail", "a multipart boundary is never closed")
    # Inside a multipart, a boundary that closes tells that all of the base64 is there.
    encoded = not mail.is_multipart() and _transfer_encoding(mail) == "base64"
    if encoded and b"=" not in body and len(_BASE64_SIGN.findall(body)) % 4 == 1:
        raise InvalidEvent("truncated_mail", "its base64 stops in the middle of a byte")


def read_body(mail: Message) -> Body:
    """Read the words of a mail: plain text where there is any, HTML as text elsewhere.

    Attached mails count as attachments. Nothing here raises: what cannot be decoded is shown with
    U+FFFD in its place.
    """
    texts: list[str] = []
    attachments: list[str] = []
    for part in _leaves(mail):
        name = _file_name(part)
        kind = part.get_content_type()
        if name or _disposition(part) == "attachment" or not kind.startswith("text/"):
            if not _is_structure(part, name):
                attachments.append(f"{name or 'unnamed'} ({kind})")
            continue
        if kind == "text/rfc822-headers":
            continue
        text = _part_text(part)
        if text.strip():
            texts.append(text.strip("\n"))
    return Body(text="\n\n".join(texts), attachments=tuple(attachments))


def _leaves(mail: Message) -> Iterator[Message]:
    """Walk to the parts a reader is shown: of alternatives only one, of attached mails none."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        parts = _parts(part)
        if not parts or part.get_content_maintype() == "message":
            yield part
        elif part.get_content_type() == "multipart/alternative":
            waiting.extend(_alternative(parts))
        else:
            waiting.extend(reversed(parts))


def _parts(part: Message) -> list[Message]:
    # Asking a part that is no multipart would decode it by the charset that it claims.
    payload = part.get_payload() if part.is_multipart() else ()
    return [inner for inner in payload if isinstance(inner, Message)]


def _alternative(parts: list[Message]) -> list[Message]:
    """Choose plain text with words in it, else the last alternative, as RFC 2046 has it."""
    for part in parts:
        if part.get_content_type() == "text/plain" and _part_text(part).strip():
            return [part]
    readable = [
        part for part in parts if part.get_content_type() == "text/html" or part.is_multipart()
    ]
    return (readable or parts)[-1:]


def _is_structure(part: Message, name: str) -> bool:
    """Tell whether a part is an empty body or a delivery report, not something attached."""
    if name:
        return False
    if part.get_content_type() == "message/delivery-status":
        return True
    return part.get_content_maintype() == "multipart"


def _part_text(part: Message) -> str:
    data = part_bytes(part)
    text = clean_text(decode_text(data, part_charset(part)))
    if part.get_content_type() == "text/html" or _MARKUP.match(text):
        return html_to_text(text)
    if str(part.get_param("format", "") or "").lower() == "flowed":
        return _unflow(text, delsp=str(part.get_param("delsp", "") or "").lower() == "yes")
    return text


def part_bytes(part: Message) -> bytes:
    """Undo a part's transfer encoding as far as it can be undone."""
    try:
        data = part.get_payload(decode=True)
    except MAIL_FAILURES:
        data = b""
    return data if isinstance(data, bytes) else b""


def part_charset(part: Message) -> str | None:
    """Read the charset a part claims, whether it exists or not."""
    try:
        return part.get_content_charset()
    except MAIL_FAILURES:
        return None


def _transfer_encoding(part: Message) -> str:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower()


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except MAIL_FAILURES:
        name = None
    if not name and part.get_content_type() == "message/rfc822":
        attached = _parts(part)
        if attached:
            name = f"{header_text(attached[0], 'Subject')}.eml"
    return decode_header_text(name)[:200] if name else ""


def _unflow(text: str, *, delsp: bool) -> str:
    """Join the soft line ends of format=flowed (RFC 3676), outside of quotes."""
    lines: list[str] = []
    open_line = False
    for line in text.split("\n"):
        flows = line.endswith(" ") and not line.startswith(">") and line != "-- "
        if open_line and not line.startswith(">") and line != "-- ":
            lines[-1] += line.removeprefix(" ")
        else:
            lines.append(line if line.startswith(">") else line.removeprefix(" "))
        if flows and delsp:
            lines[-1] = lines[-1][:-1]
        open_line = flows
    return "\n".join(lines)
