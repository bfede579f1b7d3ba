"""Turn a vCon into facts, utterances, recordings and evidence: one interaction per channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType

from msgspec import structs

from processors.normalise.parties import canonical_party, evidence_of
from processors.normalise.persons import descriptions_of
from processors.normalise.reply import Cut, cut_reply
from processors.normalise.result import Company, Normalised
from processors.normalise.vcon_fields import indices_at, object_at, text_at
from processors.normalise.vcon_media import media_of
from processors.normalise.vcon_reader import Dialog, VconDocument, check_vcon, read_vcon
from processors.normalise.vcon_text import analysis_text, dialog_text
from schemas.events import Channel, Ending, Kind, Party, Payload, Scalar
from schemas.ids import content_hash, derive
from schemas.interaction import Fact, Recording
from schemas.utterance import Utterance

__all__ = ["check_vcon", "normalise_vcon", "vcon_name", "vcon_place"]

_KINDS = MappingProxyType(
    {
        "recording": Kind.RECORDING,
        "text": Kind.MESSAGE,
        "transfer": Kind.TRANSFER,
        "incomplete": Kind.ENDED,
        "recording-set": Kind.STARTED,
    }
)
_STATED_CHANNELS = frozenset(Channel)
NEVER = datetime.min.replace(tzinfo=UTC)


def normalise_vcon(payload: Payload, company: Company, *, received_at: datetime) -> Normalised:
    """Normalise a vCon of any readable version.

    `received_at` stands in where the vCon tells no time. Transcripts that others made are kept as
    notes, so that our own transcription stays the truth.

    Raises:
        InvalidEvent: as `read_vcon`, and `too_many_identifiers`.
    """
    document = read_vcon(payload.data)
    source = _Source(payload, company, document, received_at)
    facts, utterances, recordings = [], [], []
    for dialog in document.dialogs:
        facts.append(source.dialog_fact(dialog))
        if dialog.type == "text":
            utterances.extend(source.utterances(dialog))
        if dialog.type == "recording":
            recordings.extend(source.recordings(dialog))
    facts.extend(source.notes())
    return Normalised(
        facts=tuple(facts),
        utterances=tuple(utterances),
        recordings=tuple(recordings),
        evidence=evidence_of(
            source.parties,
            company,
            tenant=payload.tenant,
            source=payload.source,
            at=source.begun_at,
        ),
        descriptions=descriptions_of(source.parties, company, tenant=payload.tenant),
    )


def vcon_name(data: bytes) -> str:
    """Name a vCon, whatever edition of it this is: the `reference` of its interactions.

    Raises:
        InvalidEvent: as `read_vcon`.
    """
    return _name(read_vcon(data), data)


def vcon_place(payload: Payload) -> tuple[str, str]:
    """Name a vCon, and the interaction that it begins with.

    Raises:
        InvalidEvent: as `read_vcon`.
    """
    document = read_vcon(payload.data)
    source = _Source(payload, Company(), document, NEVER)
    return source.key, source.interaction(source.main_channel)


def channel_of(dialog: Dialog, document: VconDocument) -> Channel:
    """Tell on which channel a dialog took place, by its type and by how its parties are named."""
    stated = (text_at(dialog.raw, "$", "interaction_type") or "").lower()
    if stated in _STATED_CHANNELS:
        return Channel(stated)
    if dialog.type != "text":
        return Channel.VOICE
    kinds = [
        {identifier.partition(":")[0] for identifier in document.parties[index].identifiers}
        for index in dialog.parties
    ]
    multipart = (dialog.mediatype or "").lower().startswith(("multipart/", "message/rfc822"))
    mailed = multipart or dialog.message_id is not None or document.subject is not None
    if kinds and mailed and all("email" in kind for kind in kinds):
        return Channel.EMAIL
    if kinds and all("phone" in kind for kind in kinds):
        return Channel.SMS
    return Channel.EMAIL if multipart else Channel.CHAT


@dataclass(frozen=True)
class _Source:
    """A vCon on its way into our own words."""

    payload: Payload
    company: Company
    document: VconDocument
    received_at: datetime

    @cached_property
    def parties(self) -> tuple[Party, ...]:
        # A redacted party without identifiers may be anybody, so it stays unknown.
        return tuple(
            canonical_party(party, self.company, guess=False) for party in self.document.parties
        )

    @cached_property
    def key(self) -> str:
        return _name(self.document, self.payload.data)

    @cached_property
    def begun_at(self) -> datetime:
        starts = [dialog.start for dialog in self.document.dialogs if dialog.start]
        return min(starts) if starts else self.document.created_at or self.received_at

    @property
    def version(self) -> int:
        """A later edition of the same vCon replaces what an earlier one said."""
        edited = self.document.updated_at or self.document.created_at
        return int(edited.timestamp()) if edited else 1

    def channel(self, dialog: Dialog) -> Channel:
        return self.payload.channel or channel_of(dialog, self.document)

    @property
    def main_channel(self) -> Channel:
        """The channel of what belongs to the vCon as a whole."""
        if self.payload.channel:
            return self.payload.channel
        if self.document.dialogs:
            return self.channel(self.document.dialogs[0])
        stated = {i.partition(":")[0] for p in self.document.parties for i in p.identifiers}
        return Channel.EMAIL if "email" in stated and "phone" not in stated else Channel.VOICE

    def interaction(self, channel: Channel) -> str:
        return derive("interaction", self.payload.tenant, "vcon", self.key, channel)

    def id_of(self, what: str, *parts: str | int) -> str:
        return derive(what, self.payload.tenant, "vcon", self.key, *parts)

    def fact(self, channel: Channel, kind: Kind, at: datetime, *parts: str | int) -> Fact:
        return Fact(
            id=self.id_of("fact", *parts),
            interaction=self.interaction(channel),
            reference=self.key,
            tenant=self.payload.tenant,
            source=self.payload.source,
            channel=channel,
            kind=kind,
            at=at,
            version=self.version,
            parties=self.parties,
            subject=self.document.subject,
        )

    def dialog_fact(self, dialog: Dialog) -> Fact:
        kind = _KINDS.get(dialog.type, Kind.NOTE)
        attributes = _dialog_attributes(dialog)
        parts: tuple[str | int, ...] = ("dialog", dialog.index)
        media = media_of(dialog, self.payload) if kind is Kind.RECORDING else None
        if kind is Kind.RECORDING and media is None:
            # An own id, so that the same vCon sent again with its audio adds to this one.
            parts = (*parts, "media_missing")
            attributes["media_missing"] = dialog.media_name or "unnamed"
        if dialog.start is None:
            attributes["time_from"] = "vcon" if self.document.created_at else "receipt"
        bare = self.fact(self.channel(dialog), kind, dialog.start or self.begun_at, *parts)
        disposition = text_at(dialog.raw, "$", "disposition") or "incomplete"
        ended = Ending(disposition=disposition) if kind is Kind.ENDED else None
        return _with(bare, media=media, ended=ended, attributes=attributes)

    def utterances(self, dialog: Dialog) -> list[Utterance]:
        text = dialog_text(dialog)
        if not text.strip():
            return []
        channel = self.channel(dialog)
        cut = cut_reply(text) if channel is Channel.EMAIL else Cut(text, None)
        speaker = dialog.originator if dialog.originator is not None else _first(dialog.parties)
        party = Party() if speaker is None else self.document.parties[speaker]
        return [
            Utterance(
                id=self.id_of("utterance", dialog.index),
                interaction=self.interaction(channel),
                tenant=self.payload.tenant,
                channel=channel,
                at=dialog.start or self.begun_at,
                party=canonical_party(party, self.company),
                text=cut.text,
                quoted=cut.quoted,
                version=self.version,
                subject=self.document.subject if channel is Channel.EMAIL else None,
                attributes={"message_id": dialog.message_id} if dialog.message_id else {},
            )
        ]

    def recordings(self, dialog: Dialog) -> list[Recording]:
        media = media_of(dialog, self.payload)
        if media is None:
            return []
        channel = self.channel(dialog)
        texts = {k: v for k, v in _dialog_attributes(dialog).items() if isinstance(v, str)}
        return [
            Recording(
                id=self.id_of("recording", dialog.index),
                interaction=self.interaction(channel),
                tenant=self.payload.tenant,
                channel=channel,
                started_at=dialog.start or self.begun_at,
                media=media,
                parties=self.parties,
                attributes=texts,
                source=self.payload.source,
            )
        ]

    def notes(self) -> list[Fact]:
        """List what is told of the vCon as a whole, and by others about its dialogs."""
        facts = []
        told = _whole_attributes(self.document)
        if told:
            bare = self.fact(self.main_channel, Kind.NOTE, self.begun_at, "form", "signed")
            facts.append(_with(bare, attributes=told))
        if not self.document.dialogs:
            facts.append(self.fact(self.main_channel, Kind.PROFILE, self.begun_at, "parties"))
        for what, items in (
            ("analysis", self.document.analyses),
            ("attachment", self.document.attachments),
        ):
            for index, item in enumerate(items):
                if item:
                    facts.append(self._note(what, index, item))
        return facts

    def _note(self, what: str, index: int, item: dict[str, object]) -> Fact:
        about = _first(indices_at(item, "$", "dialog", 1 << 31))
        dialog = next((d for d in self.document.dialogs if d.index == about), None)
        channel = self.channel(dialog) if dialog else self.main_channel
        at = (dialog.start if dialog else None) or self.begun_at
        attributes: dict[str, Scalar] = {
            what: text_at(item, "$", "type", "purpose") or "unnamed",
            "vendor": text_at(item, "$", "vendor"),
            "filename": text_at(item, "$", "filename"),
        }
        return _with(
            self.fact(channel, Kind.NOTE, at, what, index),
            # Other people's attachments are listed, not read.
            note=analysis_text(item) if what == "analysis" else None,
            attributes={name: value for name, value in attributes.items() if value is not None},
        )


def _name(document: VconDocument, data: bytes) -> str:
    return document.uuid or content_hash(data)


def _with(fact: Fact, **changes: object) -> Fact:
    return structs.replace(fact, **changes)


def _first(indices: tuple[int, ...]) -> int | None:
    return indices[0] if indices else None


def _dialog_attributes(dialog: Dialog) -> dict[str, Scalar]:
    meta = object_at(dialog.raw, "meta")
    attributes: dict[str, Scalar] = {}
    for name in ("direction", "disposition", "campaign", "skill", "queue", "application"):
        for holder in (dialog.raw, meta):
            value = holder.get(name)
            if isinstance(value, str) and value:
                attributes.setdefault(name, value[:200].encode("utf-8", "replace").decode())
    if dialog.type not in _KINDS:
        attributes["dialog"] = dialog.type
    return attributes


def _whole_attributes(document: VconDocument) -> dict[str, Scalar]:
    return {"signed": "unverified"} if document.signed else {}
