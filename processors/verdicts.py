"""What a company's own models say goes before what ours say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schemas.answers import Verdict
from schemas.utterance import Insights, Sentiment

SURE_OF_CONTACT_TYPE = 0.5


def overruled(
    found: Insights, verdicts: Sequence[Verdict], contact_type_floor: float = SURE_OF_CONTACT_TYPE
) -> Insights:
    """Put verdicts in the place of the insights of the same task; `engine` names who said what."""
    for verdict in verdicts:
        label = max(verdict.odds, key=lambda one: verdict.odds[one])
        sure = verdict.odds[label]
        engine = f"{found.engine} {verdict.task}:{verdict.engine}"
        found = msgspec.structs.replace(found, engine=engine)
        if verdict.task == "sentiment":
            found = msgspec.structs.replace(found, sentiment=_sentiment(verdict))
        elif verdict.task == "emotion":
            found = msgspec.structs.replace(found, emotion=label, emotion_confidence=sure)
        elif verdict.task == "complaint":
            complaint = verdict.odds.get("complaint", 0.0)
            found = msgspec.structs.replace(found, complaint=complaint)
        else:
            known = sure >= contact_type_floor
            found = msgspec.structs.replace(
                found,
                contact_type=label if known else None,
                contact_type_confidence=sure if known else None,
            )
    return found


def _sentiment(verdict: Verdict) -> Sentiment:
    odds = verdict.odds
    return Sentiment(
        negative=odds.get("negative", 0.0),
        neutral=odds.get("neutral", 0.0),
        positive=odds.get("positive", 0.0),
    )
