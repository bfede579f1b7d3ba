"""Take mailboxes apart into mails: mbox files and Maildir folders, one mail in memory at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# "From ana@example.com Mon Nov  2 10:14:03 2026", as mail programs write it before each mail.
_SEPARATOR = re.compile(
    rb"From (?:\S+|\"[^\"\r\n]+\"\S*)?\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+)?"
    rb"(?:[A-Z][a-z]{2}\s+\d{1,2}|\d{1,2}\s+[A-Z][a-z]{2}).{0,40}\b\d{4}\b.{0,60}\r?\n?"
)
_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_ESCAPED = re.compile(rb">+From ")
_KNOWN = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|received|return-path|delivered-to|sender|reply-to"
    rb"|mime-version|in-reply-to|references|resent-from)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_BOM = b"\xef\xbb\xbf"
_LONGEST_LINE = 1 << 20


def looks_like_mail(head: bytes) -> bool:
    """Tell whether the first bytes of a file are a mail's header block.

    A "From " line of mbox may stand before it. All lines must be header fields or their
    continuation, and one must be a field that only mails have.
    """
    block = re.split(rb"\r?\n\r?\n", head.removeprefix(_BOM).lstrip(b"\r\n"), maxsplit=1)[0]
    whole = len(block) < len(head) - len(_BOM)
    lines = block.replace(b"\r\n", b"\n").split(b"\n")
    if _SEPARATOR.match(lines[0]) or lines[0].startswith(b">From "):
        lines = lines[1:]
    # The last line of a head without an empty line may be cut anywhere.
    checked = lines if whole else lines[:-1] or lines
    fields = [line for line in checked if line.strip() and line[:1] not in b" \t"]
    strange = sum(not _HEADER.match(line) for line in fields)
    # Real mails carry a broken line now and then.
    return bool(fields) and strange * 10 <= len(fields) and bool(_KNOWN.search(b"\n".join(fields)))


def looks_like_mbox(head: bytes) -> bool:
    """Tell whether the first bytes of a file are the "From " line of an mbox and a header."""
    first, _, rest = head.removeprefix(_BOM).lstrip(b"\r\n").partition(b"\n")
    return bool(_SEPARATOR.fullmatch(first + b"\n") and re.match(rb"(?:>From |[!-9;-~]+:)", rest))


def split_mailbox(path: Path) -> Iterator[tuple[str, bytes]]:
    """Split an mbox file (mbox, mboxrd) or a Maildir folder into mails, named `inbox.mbox#12`.

    Mails of an mbox count from 1; those of a Maildir are named by their file without its flags,
    because reading a mail changes them. Only one mail is held at a time.

    Raises:
        OSError: the file or folder cannot be read.
    """
    if path.is_dir():
        yield from _maildir(path)
        return
    with path.open("rb") as file:
        for count, mail in enumerate(_mbox(file), start=1):
            yield f"{path.name}#{count}", mail


def _maildir(path: Path) -> Iterator[tuple[str, bytes]]:
    found = [entry for folder in ("cur", "new") for entry in _files(path / folder)]
    for entry in sorted(found, key=lambda entry: entry.name.partition(":2,")[0]):
        unflagged, _, flags = entry.name.partition(":2,")
        # T is trashed and D a draft: neither was ever said to anybody.
        if not {"T", "D"} & set(flags):
            yield f"{path.name}#{unflagged}", entry.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (entry for entry in folder.iterdir() if entry.is_file() and entry.name[0] != ".")


def _mbox(file: BinaryIO) -> Iterator[bytes]:
    """Cut at "From " lines that stand first or under an empty line, and above a header field."""
    mail: list[bytes] = []
    separator = b""
    after_empty = True
    for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
        if separator:
            if _HEADER.match(line) or line.startswith(b">From "):
                yield from _finished(mail)
                mail = []
            else:
                mail.append(separator)
            separator = b""
        if after_empty and _SEPARATOR.fullmatch(line):
            separator = line
        else:
            mail.append(line[1:] if _ESCAPED.match(line) else line)
        after_empty = not line.strip()
    yield from _finished([*mail, separator] if separator else mail)


def _finished(lines: list[bytes]) -> Iterator[bytes]:
    mail = b"".join(lines)
    if mail.strip():
        yield mail
