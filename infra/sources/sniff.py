"""Tell what a file is by its first bytes, and by its name only where they leave it open."""

from __future__ import annotations

import re
from enum import StrEnum

from infra.sources.mailbox import looks_like_mail, looks_like_mbox

HEAD = 64 * 1024


class Format(StrEnum):
    """What a file turned out to be."""

    AUDIO = "audio"
    JSON = "json"
    VCON = "vcon"
    MAIL = "mail"
    MBOX = "mbox"
    SMS = "sms"
    UNKNOWN = "unknown"


_AUDIO_SUFFIXES = frozenset(
    {
        ".wav",
        ".mp3",
        ".m4a",
        ".mp4",
        ".flac",
        ".ogg",
        ".opus",
        ".oga",
        ".aac",
        ".amr",
        ".au",
        ".wma",
    }
)
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_VCON_SUFFIXES = (".vcon", ".vcon.json", ".vcon.gz")
_SMS_NAME = re.compile(
    r"(?:[A-Za-z]*(?P<order>\d+)[ _-]+)?(?P<name>[^_+]+)[ _-]+(?P<number>\+[1-9]\d{6,14})\.txt"
)
_KNOWN_STARTS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"-----BEGIN", "a certificate or key"),
    (b"SQLite format 3", "an SQLite database"),
    (b"<?xml", "an XML document"),
    (b"\x7fELF", "a program"),
)


def sniff(name: str, head: bytes) -> Format:
    """Tell the format of a file from its first `HEAD` bytes and its name."""
    lower = name.lower()
    if _is_audio(head):
        return Format.AUDIO
    if lower.endswith(_VCON_SUFFIXES):
        return Format.VCON
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") or (text.startswith(b"[") and lower.endswith(_JSON_SUFFIXES)):
        return Format.JSON
    if looks_like_mbox(head):
        return Format.MBOX
    if lower.endswith(".eml") or looks_like_mail(head):
        return Format.MAIL
    if sms_name(name):
        return Format.SMS
    if any(lower.endswith(suffix) for suffix in _AUDIO_SUFFIXES):
        return Format.AUDIO
    return Format.JSON if lower.endswith(_JSON_SUFFIXES) else Format.UNKNOWN


def sms_name(name: str) -> tuple[int, str, str] | None:
    """Read order, sender's name and number from a name like `SMS1_Alice_+12345678901.txt`."""
    match = _SMS_NAME.fullmatch(name)
    if match is None:
        return None
    return int((match["order"] or "0")[-9:]), match["name"].strip(), match["number"]


def describe(name: str, head: bytes) -> str:
    """Say in a few words what an unknown file looks like."""
    for start, words in _KNOWN_STARTS:
        if head.startswith(start):
            return words
    if b"\0" in head[:4096]:
        return "binary data"
    first = head.lstrip().partition(b"\n")[0]
    if name.lower().endswith((".csv", ".tsv")) or first.count(b",") > 2:
        return "a table"
    return "plain text without mail headers or an event"


def _is_audio(head: bytes) -> bool:
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return True
    if head.startswith((b"ID3", b"fLaC", b"OggS", b"#!AMR", b".snd", b"caff", b"\x1a\x45\xdf\xa3")):
        return True
    if head[4:8] == b"ftyp":
        return True
    # An MPEG frame: eleven bits of sync, then a version, layer and rate that exist. Layer 0 is AAC;
    # layer I is left out, because nobody uses it and a UTF-16 byte order mark looks like it.
    return (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x18 != 0x08
        and head[1] & 0x06 != 0x06
        and (head[1] & 0x06 != 0 or head[1] & 0xF0 == 0xF0)
        and head[2] & 0xF0 != 0xF0
        and head[2] & 0x0C != 0x0C
    )
