"""Turn one mail (RFC 5322) into a fact, an utterance and the evidence of its parties."""

from __future__ import annotations

from datetime import datetime
from email.message import Message
from itertools import chain
from typing import NamedTuple

from processors.normalise.mail_headers import (
    Mailbox,
    automatic,
    bare_subject,
    header_text,
    mailboxes,
    message_ids,
    raw_fields,
    written_at,
)
from processors.normalise.mime import Body, parse_mail, read_body
from processors.normalise.parties import canonical_party, evidence_of
from processors.normalise.persons import descriptions_of
from processors.normalise.reply import Cut, cut_reply
from processors.normalise.result import Company, Normalised
from schemas.events import Channel, Kind, Party, Payload, Scalar
from schemas.ids import derive
from schemas.interaction import Fact
from schemas.utterance import Utterance

MOST_PARTIES = 200
"""Parties that are kept of one mail; `parties_left_out` counts the others."""


class _Names(NamedTuple):
    """What a mail calls itself and its thread."""

    message: str
    thread: str
    unique: str


def check_email(data: bytes) -> None:
    """Check that bytes are one whole mail.

    Raises:
        InvalidEvent: `empty_mail`, `not_mail`, `truncated_mail` or `nested_mail`.
    """
    parse_mail(data)


def thread_of(data: bytes) -> str:
    """Name the thread that a mail belongs to: the `reference` of its interaction.

    Raises:
        InvalidEvent: as `check_email`.
    """
    mail = parse_mail(data)
    subject = header_text(mail, "Subject")
    if roots := _roots(mail):
        return roots[0]
    _, parties, _ = _parties(mail, Company())
    own = _own_id(mail)
    return _thread(subject, parties, own, own or _message(mail, _content(subject, read_body(mail))))


def email_interaction(tenant: str, thread: str) -> str:
    """Derive the id of the interaction that a thread of mails is."""
    return derive("interaction", tenant, Channel.EMAIL, thread)


def normalise_email(payload: Payload, company: Company, *, received_at: datetime) -> Normalised:
    """Normalise one mail; `received_at` (aware) dates it where its own headers do not.

    The interaction is the thread, named by its first message: the first of References, else
    In-Reply-To, else the mail's own Message-ID. A reply without those headers, and a mail without
    any Message-ID (which nobody can refer to), go by bare subject and sorted addresses instead.
    So the same mails give the same threads in any order, with two limits, because nothing is
    remembered between mails: a reply stripped of its headers joins others like it but not a first
    mail that has a Message-ID, and programs that write In-Reply-To without References start a new
    thread at the third mail.

    Raises:
        InvalidEvent: as `check_email`.
    """
    mail = parse_mail(payload.data)
    body = read_body(mail)
    subject = header_text(mail, "Subject")
    speaker, parties, left_out = _parties(mail, company)
    names = _names(mail, subject, parties, body)
    moment = written_at(mail, received_at)
    fact = Fact(
        id=derive("fact", payload.tenant, Channel.EMAIL, names.thread, names.unique),
        interaction=email_interaction(payload.tenant, names.thread),
        reference=names.thread,
        tenant=payload.tenant,
        source=payload.source,
        channel=Channel.EMAIL,
        kind=Kind.MESSAGE,
        at=moment.at,
        parties=parties,
        subject=subject or None,
        attributes=_attributes(mail, names, body, moment.told_by, left_out),
    )
    return Normalised(
        facts=(fact,),
        utterances=(_utterance(fact, names, speaker, cut_reply(body.text)),),
        evidence=evidence_of(
            parties, company, tenant=payload.tenant, source=payload.source, at=moment.at
        ),
        descriptions=descriptions_of(parties, company, tenant=payload.tenant),
    )


def _utterance(fact: Fact, names: _Names, speaker: Party, cut: Cut) -> Utterance:
    automatically = fact.attributes.get("auto")
    return Utterance(
        id=derive("utterance", fact.tenant, Channel.EMAIL, names.thread, names.unique),
        interaction=fact.interaction,
        tenant=fact.tenant,
        channel=Channel.EMAIL,
        at=fact.at,
        party=speaker,
        text=cut.text,
        quoted=cut.quoted,
        subject=fact.subject,
        attributes={"auto": str(automatically)} if automatically else {},
    )


def _parties(mail: Message, company: Company) -> tuple[Party, tuple[Party, ...], int]:
    """Give the sender, everybody on the mail (one identifier each), and how many were too many."""
    senders = mailboxes(mail, "From") or mailboxes(mail, "Sender")
    listed = [
        _party(mailbox, company)
        for mailbox in chain(senders, mailboxes(mail, "To"), mailboxes(mail, "Cc"))
    ]
    speaker = listed[0] if senders else company.assign(Party())
    known = {party.identifiers or (party.name,): party for party in reversed(listed)}
    everybody = tuple(reversed(known.values()))
    return speaker, everybody[:MOST_PARTIES], max(0, len(everybody) - MOST_PARTIES)


def _party(mailbox: Mailbox, company: Company) -> Party:
    identifiers = (f"email:{mailbox.address}",) if mailbox.address else ()
    party = Party(name=mailbox.name or None, identifiers=identifiers)
    return canonical_party(party, company)


def _names(mail: Message, subject: str, parties: tuple[Party, ...], body: Body) -> _Names:
    """Name the mail and its thread.

    Message ids are not unique in the wild, so sender, date and content are part of `unique`;
    a copy of the same mail in another mailbox still has the same. A copy that has lost its
    References is of another thread, and another utterance there.
    """
    content = _content(subject, body)
    own = _own_id(mail)
    message = own or _message(mail, content)
    roots = _roots(mail)
    thread = roots[0] if roots else _thread(subject, parties, own, message)
    return _Names(message, thread, derive(message, *_sent(mail), content))


def _own_id(mail: Message) -> str:
    return next(iter(message_ids(mail, "Message-ID")), "")


def _roots(mail: Message) -> tuple[str, ...]:
    return (*message_ids(mail, "References"), *message_ids(mail, "In-Reply-To"))


def _sent(mail: Message) -> tuple[str, str]:
    return ",".join(raw_fields(mail, "From")), ",".join(raw_fields(mail, "Date"))


def _content(subject: str, body: Body) -> str:
    return derive(subject, " ".join(body.text.split()), *body.attachments)


def _message(mail: Message, content: str) -> str:
    """Name a mail that has no Message-ID."""
    return derive("message", *_sent(mail), content)


def _thread(subject: str, parties: tuple[Party, ...], own: str, message: str) -> str:
    """Name the thread of a mail that refers to no other."""
    bare, replied = bare_subject(subject)
    if bare and (replied or not own):
        addresses = sorted(chain.from_iterable(party.identifiers for party in parties))
        return f"subject:{derive(bare, *addresses)}"
    return message


def _attributes(
    mail: Message, names: _Names, body: Body, told_by: str, left_out: int
) -> dict[str, Scalar]:
    """Collect what else is known: leaves out what is ordinary."""
    attributes: dict[str, Scalar] = {"message_id": names.message}
    if told_by != "header":
        attributes["date_from"] = told_by
    if auto := automatic(mail):
        attributes["auto"] = auto
    if body.attachments:
        attributes["attachments"] = ", ".join(body.attachments)
    if left_out:
        attributes["parties_left_out"] = left_out
    return attributes
