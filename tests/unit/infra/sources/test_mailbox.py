"""Mailboxes come apart into their mails, and mails are known by their first bytes."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from infra.sources.mailbox import looks_like_mail, looks_like_mbox, split_mailbox

FIRST = b"From ana@example.com Mon Nov  2 10:14:03 2026\n"
MAIL = b"From: ana@example.com\nSubject: Outage\n\nIt is down.\n"


def test_an_mbox_is_split_at_its_from_lines(tmp_path: Path) -> None:
    box = tmp_path / "inbox.mbox"
    box.write_bytes(FIRST + MAIL + b"\n" + FIRST + b"Subject: b\n\nyes\n" + b"\n")
    names, mails = zip(*split_mailbox(box), strict=True)
    assert names == ("inbox.mbox#1", "inbox.mbox#2")
    assert [mail.strip() for mail in mails] == [MAIL.strip(), b"Subject: b\n\nyes"]


def test_from_inside_a_mail_does_not_split_it(tmp_path: Path) -> None:
    box = tmp_path / "a.mbox"
    body = b"From here on it is slow.\n\nFrom x Mon Nov  2 10:14:03 2026\n\nwords\n"
    box.write_bytes(FIRST + MAIL + body + b"\n>From now on\n>>From then\n")
    ((_, mail),) = split_mailbox(box)
    assert mail == MAIL + body + b"\nFrom now on\n>From then\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_line_ends_of_either_kind_split_alike(tmp_path: Path, line_end: bytes) -> None:
    box = tmp_path / "a.mbox"
    box.write_bytes(((FIRST + MAIL + b"\n") * 3).replace(b"\n", line_end))
    assert len(list(split_mailbox(box))) == 3


def test_an_empty_mbox_has_no_mails(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(b"\n\n")
    assert list(split_mailbox(tmp_path / "a.mbox")) == []


def test_a_maildir_gives_sent_mails_under_names_that_reading_does_not_change(
    tmp_path: Path,
) -> None:
    for name in ("cur/17.b:2,S", "new/18.c", "cur/19.d:2,DS", "cur/20.e:2,T", "tmp/21.f"):
        path = tmp_path / "box" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MAIL)
    assert [name for name, _ in split_mailbox(tmp_path / "box")] == ["box#17.b", "box#18.c"]


def test_a_large_mbox_is_never_whole_in_memory(tmp_path: Path) -> None:
    box = tmp_path / "a.mbox"
    box.write_bytes((FIRST + MAIL * 10 + b"\n") * 20_000)
    tracemalloc.start()
    assert sum(1 for _ in split_mailbox(box)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < box.stat().st_size / 10


@pytest.mark.parametrize(
    "head",
    [
        MAIL,
        FIRST + MAIL,
        MAIL.replace(b"\n", b"\r\n"),
        b"Return-Path: <ana@example.com>\nReceived: from a\n\tby b; Mon",
        b"\xef\xbb\xbf" + MAIL,
    ],
)
def test_mails_are_known_by_their_header(head: bytes) -> None:
    assert looks_like_mail(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"Hello there\n",
        b"{}",
        b"RIFF\x00\x00WAVE",
        b"Dear all,\nSubject: none\nBye",
        b"a: b\n",
    ],
)
def test_other_files_are_no_mails(head: bytes) -> None:
    assert not looks_like_mail(head)
    assert not looks_like_mbox(head)


def test_an_mbox_starts_with_a_from_line_and_a_header() -> None:
    assert looks_like_mbox(FIRST + MAIL)
    assert not looks_like_mbox(MAIL)
    assert not looks_like_mbox(b"From here on it was slow.\nSo I left.\n")
