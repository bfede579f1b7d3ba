"""Write contacts as mails: threads with replies, quotes and signatures, some of them in HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from pathlib import Path
from random import Random

from threadline.demo.conversations import Contact, Turn
from threadline.demo.people import DOMAIN

_SIGN_OFFS = ("Kind regards", "Best wishes", "Thanks", "Regards", "Yours sincerely")


def write_mailbox(rng: Random, contacts: Sequence[Contact], folder: Path) -> int:
    """Write threads of mail and give how many mails there are.

    The first thread goes to a file per mail, the way people save mails; all others to one mbox
    in the order of their times, the way mail servers keep them.
    """
    stored: list[tuple[datetime, bytes]] = []
    count = 0
    for index, contact in enumerate(contacts):
        for number, (at, mail) in enumerate(_thread(rng, contact), 1):
            count += 1
            if index:
                stored.append((at, mail.as_bytes()))
            else:
                name = f"{contact.reference}-{number}.eml"
                folder.joinpath(name).write_bytes(mail.as_bytes().replace(b"\n", b"\r\n"))
    stored.sort()
    folder.joinpath("support.mbox").write_bytes(b"".join(_mbox_entry(*one) for one in stored))
    return count


def _mbox_entry(at: datetime, mail: bytes) -> bytes:
    """Give one entry of the form mboxrd."""
    escaped = re.sub(rb"^(>*From )", rb">\1", mail, flags=re.MULTILINE)
    return f"From MAILER-DAEMON {at.ctime()}\n".encode() + escaped + b"\n"


def _thread(rng: Random, contact: Contact) -> list[tuple[datetime, Message]]:
    sent: list[tuple[str, datetime, Turn]] = []
    mails = []
    at = contact.at
    for turn in contact.turns:
        # People answer mails within hours, not seconds.
        at += timedelta(seconds=turn.wait_s * 30)
        mail = _mail(rng, contact, turn, at, sent)
        mails.append((at, mail))
        sent.append((str(mail["Message-ID"]), at, turn))
    return mails


def _mail(
    rng: Random,
    contact: Contact,
    turn: Turn,
    at: datetime,
    sent: list[tuple[str, datetime, Turn]],
) -> Message:
    theirs = contact.person.email.partition(":")[2]
    domain = theirs.rpartition("@")[2] if turn.side == "customer" else DOMAIN
    own_id = f"<{contact.reference}.{len(sent) + 1}@{domain}>"
    mail = _body(rng, _paragraphs(rng, contact, turn), _quote(contact, sent), own_id)
    desk = f"Northwind Broadband <{contact.queue}@{DOMAIN}>"
    pair = (f"{contact.person.name} <{theirs}>", desk)
    mail["From"], mail["To"] = pair if turn.side == "customer" else pair[::-1]
    mail["Subject"] = f"Re: {contact.subject}" if sent else contact.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = own_id
    if sent:
        mail["In-Reply-To"] = sent[-1][0]
        mail["References"] = " ".join(name for name, _, _ in sent)
    if turn.side == "customer":
        mail["X-Mailer"] = rng.choice(("Postbox 9.1", "WebMail", "Pocket Mail for phones"))
    return mail


def _paragraphs(rng: Random, contact: Contact, turn: Turn) -> list[str]:
    if turn.side == "agent":
        end = f"Kind regards\n{contact.agent.name}\nNorthwind Broadband"
        return [f"Dear {contact.person.name},", turn.text, end]
    name = contact.person.first if rng.random() < 0.5 else contact.person.name
    greeting = rng.choice(("Hello,", "Dear team,", "Hi,", "Good morning,"))
    return [greeting, turn.text, f"{rng.choice(_SIGN_OFFS)}\n{name}"]


def _quote(contact: Contact, sent: list[tuple[str, datetime, Turn]]) -> tuple[str, str]:
    """Give the line that introduces the quoted mail, and its text; both empty at first."""
    if not sent:
        return "", ""
    _, at, turn = sent[-1]
    who = contact.person.name if turn.side == "customer" else "Northwind Broadband"
    return f"On {at:%Y-%m-%d} at {at:%H:%M}, {who} wrote:", turn.text


def _body(rng: Random, paragraphs: list[str], quote: tuple[str, str], own_id: str) -> Message:
    kind = rng.choices(("plain", "both", "html"), (60, 28, 12))[0]
    intro, quoted = quote
    plain = "\n\n".join(paragraphs)
    rich = "".join(f"<p>{_escaped(paragraph)}</p>" for paragraph in paragraphs)
    if intro:
        plain += f"\n\n{intro}\n> {quoted}"
        rich += f"<div>{_escaped(intro)}<blockquote>{_escaped(quoted)}</blockquote></div>"
    as_text = MIMEText(plain + "\n", "plain", "us-ascii")
    if kind == "plain":
        return as_text
    as_page = MIMEText(f"<html><body>{rich}</body></html>\n", "html", "utf-8")
    if kind == "html":
        return as_page
    # A boundary that the library draws would make every run differ.
    boundary = f"=_{own_id.strip('<>').partition('@')[0]}"
    return MIMEMultipart("alternative", boundary, [as_text, as_page])


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
