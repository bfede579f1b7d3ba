"""Make the interaction's document from its facts and turns, whatever order they came in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from processors.annotations import annotations_of, notes_of
from processors.churn import LineSigns, churn_parts, churn_risk, told
from processors.commonest import commonest
from processors.sentiment_arc import Mood, sentiment_arcs
from processors.summary import Spoken, sentences_of, summary_of
from processors.talk import DEFAULT_RULES, Speech, talk_metrics
from schemas.base import Contract
from schemas.events import COMPANY_SIDE, NOT_A_CONTACT, Kind, Media, Party, Role, Scalar
from schemas.interaction import Fact, Interaction
from schemas.satisfaction import Rate, Said, Satisfaction
from schemas.summary import Sentence
from schemas.talk import TalkMetrics, TalkRules
from schemas.utterance import Sentiment, Tagged

PREVIEW_LENGTH = 160


class Turn(Contract, frozen=True, kw_only=True):
    """What assembling needs of one utterance; short, because a dossier holds every one."""

    version: int
    at: datetime
    party: Party
    preview: str
    start_s: float | None = None
    end_s: float | None = None
    words: int = 0
    music: tuple[tuple[float, float], ...] = ()
    sentiment: Sentiment | None = None
    emotion: str | None = None
    complaint: float | None = None
    contact_type: str | None = None
    contact_type_confidence: float | None = None
    categories: tuple[str, ...] = ()
    language: str | None = None
    churn: float | None = None
    sentences: tuple[Sentence, ...] = ()
    withdrawn: bool = False


class Dossier(Contract, frozen=True, kw_only=True):
    """All that is known of one interaction, as sets keyed by id."""

    facts: dict[str, Fact] = {}
    turns: dict[str, Turn] = {}

    @property
    def revision(self) -> int:
        """Count what is known; it grows with every new fact, turn or version."""
        facts = sum(fact.version for fact in self.facts.values())
        return facts + sum(turn.version for turn in self.turns.values())


def turn_of(tagged: Tagged) -> Turn:
    """Keep what assembling needs of an utterance."""
    said, found = tagged.utterance, tagged.insights
    return Turn(
        version=said.version,
        at=said.at,
        party=said.party,
        preview=said.text[:PREVIEW_LENGTH],
        start_s=said.start_s,
        end_s=said.end_s,
        words=len(said.words),
        music=said.music,
        sentiment=found.sentiment,
        emotion=found.emotion,
        complaint=found.complaint,
        contact_type=found.contact_type,
        contact_type_confidence=found.contact_type_confidence,
        categories=found.categories,
        language=found.language,
        churn=found.churn.score if found.churn else None,
        sentences=sentences_of(said),
        withdrawn=said.withdrawn,
    )


def add(dossier: Dossier, facts: Sequence[Fact], tagged: Sequence[Tagged]) -> Dossier:
    """Add to a dossier; of two with the same id the later version wins, else the first."""
    known, turns = dict(dossier.facts), dict(dossier.turns)
    for fact in facts:
        if fact.id not in known or known[fact.id].version < fact.version:
            known[fact.id] = fact
    for one in tagged:
        id = one.utterance.id
        if id not in turns or turns[id].version < one.utterance.version:
            turns[id] = turn_of(one)
    return Dossier(facts=known, turns=turns)


def interaction_of(
    dossier: Dossier, rate: Rate | None = None, rules: TalkRules = DEFAULT_RULES
) -> Interaction | None:
    """Make the document; None until a fact is known that tells of a contact.

    `rate` estimates how satisfied the customer was; `rules` say what a silence is, and the like.
    """
    if all(fact.kind in NOT_A_CONTACT for fact in dossier.facts.values()):
        return None
    known = sorted(dossier.facts.values(), key=lambda fact: (fact.at, fact.id))
    # What staff remark weeks later is no part of the contact.
    facts = [fact for fact in known if fact.kind is not Kind.REMARK]
    every = sorted(dossier.turns.items(), key=lambda item: (item[1].at, item[0]))
    in_order = [(id, turn) for id, turn in every if not turn.withdrawn]
    turns = [turn for _, turn in in_order]
    heard = [turn for turn in turns if turn.party.role not in COMPANY_SIDE]
    sentiment, trend = _sentiment(heard)
    categories = frozenset(name for turn in heard for name in turn.categories)
    complaint = _complaint(heard)
    parties = _parties(facts, turns)
    media = next((fact.media for fact in facts if fact.media is not None), None)
    first = facts[0]
    risk = _churn(heard, sentiment, trend, complaint)
    return Interaction(
        id=first.interaction,
        tenant=first.tenant,
        reference=first.reference,
        source=first.source,
        channel=first.channel,
        started_at=min([fact.at for fact in facts] + [turn.at for turn in turns]),
        ended_at=_end(facts, turns),
        revision=dossier.revision,
        parties=parties,
        identifiers=_customer_identifiers(parties),
        subject=next((fact.subject for fact in facts if fact.subject), None),
        preview=next((turn.preview for turn in [*heard, *turns] if turn.preview), ""),
        utterances=len(turns),
        duration_s=_duration(media, turns),
        media=media,
        segments=tuple(fact.segment for fact in facts if fact.segment is not None),
        ended=next((fact.ended for fact in reversed(facts) if fact.ended is not None), None),
        surveys=tuple(fact.survey for fact in facts if fact.survey is not None),
        notes=notes_of(known),
        annotations=annotations_of(known),
        language=commonest([turn.language for turn in turns]),
        sentiment=sentiment,
        trend=trend,
        arcs=sentiment_arcs([_mood(turn) for turn in turns]),
        negative=sentiment is not None and sentiment.negative >= 0.5,
        emotion=commonest([turn.emotion for turn in heard]),
        complaint=complaint,
        contact_type=_contact_type(heard),
        categories=tuple(sorted(categories)),
        churn_risk=churn_risk(risk) if heard else None,
        churn_parts=risk if heard else {},
        satisfaction=_satisfaction(turns, rate),
        summary=summary_of([Spoken(id, turn.party.role, turn.sentences) for id, turn in in_order]),
        talk=_talk(turns, rules),
        attributes=_attributes(facts),
    )


def _parties(facts: Sequence[Fact], turns: Sequence[Turn]) -> tuple[Party, ...]:
    """List who took part; the same identifiers or, without any, the same name and role are one."""
    merged: dict[tuple[object, ...], Party] = {}
    stated = [party for fact in facts for party in fact.parties] + [turn.party for turn in turns]
    for party in stated:
        ids = tuple(sorted(party.identifiers))
        key = (ids,) if ids else (party.name, party.role)
        known = merged.get(key)
        if known is None:
            merged[key] = party
        elif (known.role is Role.UNKNOWN) or (known.name is None):
            merged[key] = Party(
                role=party.role if known.role is Role.UNKNOWN else known.role,
                name=known.name or party.name,
                identifiers=known.identifiers,
            )
    return tuple(merged.values())


def _customer_identifiers(parties: Sequence[Party]) -> tuple[str, ...]:
    """Collect the identifiers of everybody who is not on the company's side."""
    company = {i for party in parties if party.role in COMPANY_SIDE for i in party.identifiers}
    others = {i for party in parties if party.role not in COMPANY_SIDE for i in party.identifiers}
    return tuple(sorted(others - company))


def _sentiment(heard: Sequence[Turn]) -> tuple[Sentiment | None, float | None]:
    """Average the customer's turns; the trend is the later half minus the earlier half."""
    known = [turn.sentiment for turn in heard if turn.sentiment is not None]
    if not known:
        return None, None
    mean = Sentiment(
        negative=round(sum(s.negative for s in known) / len(known), 4),
        neutral=round(sum(s.neutral for s in known) / len(known), 4),
        positive=round(sum(s.positive for s in known) / len(known), 4),
    )
    if len(known) < 2:
        return mean, None
    middle = len(known) // 2
    early = sum(s.score for s in known[:middle]) / middle
    late = sum(s.score for s in known[middle:]) / (len(known) - middle)
    return mean, round(late - early, 4)


def _mood(turn: Turn) -> Mood:
    score = turn.sentiment.score if turn.sentiment else None
    return Mood(turn.party, score, turn.start_s, turn.end_s)


def _talk(turns: Sequence[Turn], rules: TalkRules) -> TalkMetrics | None:
    return talk_metrics(
        [
            Speech(turn.party.role, turn.start_s, turn.end_s, turn.words)
            for turn in turns
            if turn.start_s is not None and turn.end_s is not None
        ],
        [span for turn in turns for span in turn.music],
        rules,
    )


def _churn(
    heard: Sequence[Turn],
    sentiment: Sentiment | None,
    trend: float | None,
    complaint: float | None,
) -> dict[str, float]:
    lines = [LineSigns(turn.churn, turn.categories) for turn in heard]
    score = sentiment.score if sentiment else None
    return told(churn_parts(lines, score, trend, complaint))


def _satisfaction(turns: Sequence[Turn], rate: Rate | None) -> Satisfaction | None:
    """Estimate where the customer spoke English, which the estimate was trained on."""
    heard = [turn for turn in turns if turn.party.role not in COMPANY_SIDE]
    is_read = commonest([turn.language for turn in heard]) in {None, "en"}
    if rate is None or not is_read or all(turn.sentiment is None for turn in heard):
        return None
    return rate(
        [Said(turn.party.role not in COMPANY_SIDE, turn.preview, turn.sentiment) for turn in turns]
    )


def _complaint(heard: Sequence[Turn]) -> float | None:
    """Rate the turn that complains most: a complaint sounds negative, so both probabilities count.

    Their mean is the geometric one, which is low where either is.
    """
    rated = [
        turn.complaint
        if turn.sentiment is None
        else round(math.sqrt(turn.complaint * turn.sentiment.negative), 4)
        for turn in heard
        if turn.complaint is not None
    ]
    return max(rated, default=None)


def _contact_type(heard: Sequence[Turn]) -> str | None:
    """Take the type with the most confidence in sum, where the n-th turn with a type counts 1/n.

    Why somebody comes is said first; what follows are often thanks or anger about the answers.
    """
    weight: Counter[str] = Counter()
    typed = [turn for turn in heard if turn.contact_type]
    for place, turn in enumerate(typed, 1):
        # Rounded, because sums of floats depend on the order of their terms.
        weight[turn.contact_type or ""] += round((turn.contact_type_confidence or 0) * 1000 / place)
    return min(weight, key=lambda name: (-weight[name], name)) if weight else None


def _end(facts: Sequence[Fact], turns: Sequence[Turn]) -> datetime:
    ends = [fact.at for fact in facts if fact.kind is not Kind.SURVEY] or [facts[-1].at]
    ends += [fact.segment.ended_at for fact in facts if fact.segment and fact.segment.ended_at]
    for turn in turns:
        spoken = (turn.end_s or 0) - (turn.start_s or 0)
        ends.append(turn.at + timedelta(seconds=max(spoken, 0)))
    return max(ends)


def _duration(media: Media | None, turns: Sequence[Turn]) -> float | None:
    if media is not None and media.duration_s is not None:
        return media.duration_s
    ends = [turn.end_s for turn in turns if turn.end_s is not None]
    return max(ends) if ends else None


def _attributes(facts: Sequence[Fact]) -> dict[str, Scalar]:
    merged: dict[str, Scalar] = {}
    for fact in facts:
        merged.update(fact.attributes)
    return dict(sorted(merged.items()))
