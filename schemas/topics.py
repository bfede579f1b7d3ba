"""The catalogue of topics: the only place where a topic is named and given its contract."""

from __future__ import annotations

from typing import NamedTuple

from schemas.alert import Alert, Notification, Tick
from schemas.base import Contract
from schemas.events import Event, Inbound, Payload
from schemas.identity import CustomerChange, Evidence
from schemas.interaction import Fact, Interaction, Recording
from schemas.ledger import DeadLetter, Gap, LedgerEntry, Receipt, Reminder
from schemas.person import Description
from schemas.proposal import ProposalSet
from schemas.utterance import Tagged, Utterance


class Topic(NamedTuple):
    """A named sequence of records, all of one contract.

    `viewed` topics are also kept as rows that people read (timeline, customers, alerts, ledger);
    `searched` ones go to the search index. `logged` is false where nothing reads the records again.
    Records of an `additive` topic only ever add: an old one never contradicts a new one.

    On Kafka a topic has as many partitions as are set, or one where it is `single`: what reads it
    keeps state across keys. `keep_days` is its retention; None keeps it for ever.
    """

    name: str
    contract: type[Contract] | tuple[type[Contract], ...]
    about: str
    viewed: bool = False
    searched: bool = False
    logged: bool = True
    additive: bool = False
    single: bool = False
    keep_days: int | None = None


INBOUND = Topic("inbound", (Event, Payload), "events and source documents as they came in")
INTERACTIONS = Topic("interactions", Fact, "normalised facts about interactions", viewed=True)
UTTERANCES = Topic("utterances", Utterance, "redacted messages and turns")
RECORDINGS = Topic("recordings", Recording, "audio waiting to be transcribed")
EVIDENCE = Topic(
    "evidence", Evidence, "reasons to join identifiers or keep them apart", viewed=True
)
DESCRIPTIONS = Topic(
    "descriptions", Description, "what sources say of persons", viewed=True, logged=False
)
PROPOSALS = Topic(
    "proposals", ProposalSet, "customers who may be one person", viewed=True, logged=False
)
TAGGED = Topic("tagged", Tagged, "utterances with their insights", viewed=True)
CONVERSATIONS = Topic(
    "conversations", Interaction, "interaction documents", viewed=True, single=True
)
CUSTOMERS = Topic("customers", CustomerChange, "identity clusters", viewed=True, logged=False)
SEARCH = Topic("search", Tagged, "documents for the search index", searched=True, logged=False)
RECEIPTS = Topic("receipts", Receipt, "what each stage has dealt with", additive=True)
ARRIVALS = Topic("arrivals", Receipt, "what the door has let in")
REMINDERS = Topic("reminders", Reminder, "ticks addressed to a contact that is overdue")
GAPS = Topic("gaps", Gap, "contacts that are overdue, or are not any more", single=True)
LEDGER = Topic("ledger", LedgerEntry, "the account of each contact", viewed=True, logged=False)
ALERTS = Topic("alerts", Alert, "spikes of negative sentiment", viewed=True, single=True)
NOTIFICATIONS = Topic("notifications", Notification, "messages to send, once each", single=True)
TICKS = Topic("ticks", Tick, "wall-clock time, written by the runner", single=True, keep_days=7)
DEAD_LETTERS = Topic("dead-letters", DeadLetter, "records that could not be processed", viewed=True)

TOPICS: dict[str, Topic] = {
    topic.name: topic for topic in list(globals().values()) if isinstance(topic, Topic)
}

__all__ = ["TOPICS", "Inbound", "Topic"]
