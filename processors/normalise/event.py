"""Turn an event of our own format into facts, utterances, recordings and evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from processors.identity.identifiers import normalise_identifier
from processors.normalise.body import body_text, said_by
from processors.normalise.event_line import check_event, event_parties
from processors.normalise.parties import canonical_party, evidence_of
from processors.normalise.persons import descriptions_of
from processors.normalise.remark import remark_fact, remarked_interaction
from processors.normalise.reply import Cut, cut_reply
from processors.normalise.result import Company, Normalised
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Link, Party, Proof
from schemas.identity import Basis, Evidence, Strength
from schemas.ids import derive
from schemas.interaction import Fact, Recording
from schemas.person import Description
from schemas.utterance import Utterance

# What is said about staff, and links that somebody draws, prove nothing by the parties they name.
_WITHOUT_EVIDENCE = frozenset({Kind.AGENT_STATE, Kind.LINK})


def normalise_event(event: Event, company: Company) -> Normalised:
    """Normalise an event of any kind.

    Raises:
        InvalidEvent: `missing_field`, `invalid_field`, `invalid_identifier` (link, remark) or
            `too_many_identifiers`.
    """
    check_event(event)
    if event.kind is Kind.REMARK and event.remark is not None:
        return Normalised(facts=(remark_fact(event, event.remark, company),))
    parties = _parties(event, company)
    fact = _fact(event, parties)
    return Normalised(
        facts=(fact,),
        utterances=_utterances(event, fact, company),
        recordings=_recordings(event, fact),
        evidence=_evidence(event, parties, company),
        descriptions=_descriptions(event, parties, company),
    )


def interaction_id(event: Event) -> str:
    """Derive the id of the interaction that an event belongs to, or that a remark is about."""
    if event.remark is not None:
        return remarked_interaction(event.tenant, event.remark.on)
    return derive("interaction", event.tenant, event.source, event.channel, event.interaction)


def _parties(event: Event, company: Company) -> tuple[Party, ...]:
    # Nobody can tell who speaks on an unnamed track, so such a party stays unknown.
    guess = event.kind is not Kind.RECORDING
    return tuple(canonical_party(party, company, guess=guess) for party in event_parties(event))


def _fact(event: Event, parties: tuple[Party, ...]) -> Fact:
    note = body_text(event.body) if event.body and event.kind is Kind.NOTE else None
    return Fact(
        id=derive("fact", event.tenant, event.source, event.id),
        interaction=interaction_id(event),
        reference=event.interaction,
        tenant=event.tenant,
        source=event.source,
        channel=event.channel,
        kind=event.kind,
        at=event.occurred_at,
        parties=parties,
        subject=event.body.subject if event.body else None,
        media=event.media,
        segment=event.segment,
        ended=event.ended,
        survey=event.survey,
        consent=event.consent,
        link=event.link,
        note=note,
        said_by=said_by(event) if note else None,
        attributes=event.attributes,
    )


def _utterances(event: Event, fact: Fact, company: Company) -> tuple[Utterance, ...]:
    if event.kind is not Kind.MESSAGE or event.body is None:
        return ()
    text = body_text(event.body)
    cut = cut_reply(text) if event.channel is Channel.EMAIL else Cut(text, None)
    speaker = canonical_party(event.party or Party(), company)
    return (
        Utterance(
            id=derive("utterance", event.tenant, event.source, event.id),
            interaction=fact.interaction,
            tenant=event.tenant,
            channel=event.channel,
            at=event.occurred_at,
            party=speaker,
            text=cut.text,
            quoted=cut.quoted,
            subject=event.body.subject,
            language=_texts(event).get("language"),
            attributes=_texts(event),
        ),
    )


def _recordings(event: Event, fact: Fact) -> tuple[Recording, ...]:
    if event.kind is not Kind.RECORDING or event.media is None:
        return ()
    return (
        Recording(
            id=derive("recording", event.tenant, event.source, event.id),
            interaction=fact.interaction,
            tenant=event.tenant,
            channel=event.channel,
            started_at=event.occurred_at,
            media=event.media,
            parties=fact.parties,
            attributes=_texts(event),
            source=event.source,
        ),
    )


def _texts(event: Event) -> dict[str, str]:
    return {name: text for name, text in event.attributes.items() if isinstance(text, str)}


def _evidence(event: Event, parties: tuple[Party, ...], company: Company) -> tuple[Evidence, ...]:
    if event.kind is Kind.LINK and event.link is not None:
        return (_link_evidence(event, event.link, company),)
    if event.kind in _WITHOUT_EVIDENCE:
        return ()
    basis: Basis | None = "profile" if event.kind is Kind.PROFILE else None
    acting = canonical_party(event.party, company) if event.party else None
    others = [party for party in parties if party != acting]
    return (
        *_told(event, others, company, basis),
        *_told(event, [acting] if acting else [], company, _proven(event) or basis, event.until),
    )


def _told(
    event: Event,
    parties: Iterable[Party],
    company: Company,
    basis: Basis | None,
    until: datetime | None = None,
) -> tuple[Evidence, ...]:
    return evidence_of(
        parties,
        company,
        tenant=event.tenant,
        source=event.source,
        at=event.occurred_at,
        until=until,
        basis=basis,
    )


def _proven(event: Event) -> Basis | None:
    match event.proof:
        case Proof.SESSION:
            return "session"
        case Proof.CALLBACK:
            return "callback"
    return None


def _descriptions(
    event: Event, parties: tuple[Party, ...], company: Company
) -> tuple[Description, ...]:
    if event.kind in _WITHOUT_EVIDENCE:
        return ()
    person = event.person
    acting = canonical_party(event.party, company) if event.party and person else None
    return descriptions_of(parties, company, tenant=event.tenant, person=person, of=acting)


def _link_evidence(event: Event, link: Link, company: Company) -> Evidence:
    a, b = sorted((_linked(link.a, "a", company), _linked(link.b, "b", company)))
    if a == b:
        raise InvalidEvent(
            "invalid_identifier", "a link needs two different identifiers", field="$.link.b"
        )
    if (link.verdict == "unused") != (link.statement is not None):
        raise InvalidEvent(
            "missing_field", "`unused` is about one `statement`", field="$.link.statement"
        )
    speaker = said_by(event)
    which = () if link.statement is None else (link.statement,)
    return Evidence(
        # A withdrawal takes back the same statement, so `withdrawn` is no part of the id.
        id=derive("evidence", event.tenant, a, b, link.verdict, "said", link.of or speaker, *which),
        tenant=event.tenant,
        a=a,
        b=b,
        kind=link.verdict,
        statement=link.statement,
        strength=Strength.MANUAL,
        source=event.source,
        said_by=speaker,
        at=event.occurred_at,
        withdrawn=link.withdrawn,
        why=link.why,
    )


def _linked(text: str, end: str, company: Company) -> str:
    identifier = normalise_identifier(text, company.region)
    if identifier is None:
        raise InvalidEvent(
            "invalid_identifier",
            "not an identifier; write it as type:value, such as phone:+15550100",
            field=f"$.link.{end}",
        )
    return identifier
