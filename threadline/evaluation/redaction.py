"""How much of what is sensitive is hidden, and how much else: in texts, chats and calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.evaluation.bootstrap import Statistic
from processors.redaction import Policy
from processors.redaction.apply import Hit, mask
from processors.redaction.conversation import CONTEXT
from threadline.evaluation.classifying import Judged, confusion, figure, texts_per_core_second
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import (
    TEXT,
    Row,
    paired,
    parse_json,
    read_rows,
    read_text,
    wrong,
)
from threadline.evaluation.make_card_calls import make_all
from threadline.evaluation.redaction_calls import read_out_calls
from threadline.evaluation.task import Case, Figure, Report, Task, Trial

VISIBLE = "visible"
MAIN = ("card", "ssn", "account")
KINDS = {
    "credit_card": "card",
    "card_number": "card",
    "us_ssn": "ssn",
    "iban_code": "iban",
    "email_address": "email",
    "phone_number": "phone",
    "account_number": "account",
    "account_id": "account",
    "target_account_number": "account",
    "date_of_birth": "birth",
    "street_address": "address",
    "us_driver_license": "account",
    "person": "name",
}
JUDGED = frozenset(
    {"card", "cvv", "expiry", "iban", "ssn", "national", "account", "pin", "password", "phone"}
    | {"email", "birth"}
)
"""Kinds whose recall is reported; what else is labelled is only no false hit."""

LAYOUT = """
One of
- a JSONL or JSON file, or several in a folder: each line an object with `text` and `spans`, a list
  of objects with `type`, `start`, `end` (characters). `conversation` and `turn` are optional: the
  turns before are context. full_text, entity_type, start_position, end_position do as well;
- a folder of TSV files, at any depth, with conversationId, turnNumber, utterance, slot-labels (one
  per word, O for none);
- clean lines: a table with `text` and no spans, or NAME_text.txt: every hit in it is false;
- calls: a folder of audio, each with a JSON file of the same name: {"digits": [{"start": 12.3,
  "end": 12.8}, ...], "track": 0}, the seconds at which the digits of one number are said.
Types that have another name here are translated (CREDIT_CARD is card); what is labelled and not
known is neither missed nor a false hit. Values without a digit count for email only.
"""
_WORD = re.compile(r"\S+")


class Span(NamedTuple):
    """A labelled value."""

    kind: str
    start: int
    end: int


class Line(NamedTuple):
    """A text with its labelled values; `conversation` is empty where it stands alone."""

    id: str
    text: str
    spans: tuple[Span, ...]
    conversation: str


def run(data: Path, lab: Lab) -> Report:
    """Measure redaction of texts, or of calls."""
    if _holds_calls(data):
        return read_out_calls(data, lab)
    lines = list(_lines(data))
    policy = lab.settings.file.redaction
    with lab.stopwatch() as watch:
        found = [hits for _, hits in _redacted(lines, lab, policy)]
    values, false = _judged(lines, found)
    return Report(
        task="redaction",
        figures=(*_recalls(values, lab), *_false_hits(lines, false, lab)),
        engines=("threadline redaction",),
        confusions=(confusion(values),) if values else (),
        worst=_worst(values, false),
        speed=(texts_per_core_second(len(lines), watch),),
        notes=(
            "Hidden: every letter and digit of the value is masked, under whatever name; the"
            " table says under which.",
            "Clean lines are those in which nothing is labelled.",
        ),
    )


def _holds_calls(data: Path) -> bool:
    return data.is_dir() and any(
        path.with_suffix(".json").is_file()
        for path in data.iterdir()
        if path.suffix.lower() in (".wav", ".mp3", ".flac", ".ogg")
    )


def _redacted(
    lines: Sequence[Line], lab: Lab, policy: Policy
) -> Iterator[tuple[Line, tuple[Hit, ...]]]:
    """Redact every line in the light of those before it, as a chat is redacted."""
    context, talk = "", ""
    for line in lab.each(lines):
        if line.conversation != talk or not talk:
            context, talk = "", line.conversation
        masked = mask(line.text, context, policy)
        context = f"{context}\n{masked.text}"[-CONTEXT:]
        yield line, masked.hits


def _judged(
    lines: Sequence[Line], found: Sequence[Sequence[Hit]]
) -> tuple[list[Judged], dict[int, list[Hit]]]:
    values: list[Judged] = []
    false: dict[int, list[Hit]] = {}
    for at, (line, hits) in enumerate(zip(lines, found, strict=True)):
        values += [_value(line, span, hits) for span in line.spans if _counts(line, span)]
        beside = [
            hit
            for hit in hits
            if not any(s.start < hit.origin_end and hit.origin_start < s.end for s in line.spans)
        ]
        if beside:
            false[at] = beside
    return values, false


def _counts(line: Line, span: Span) -> bool:
    value = line.text[span.start : span.end]
    digits = any(sign.isdecimal() for sign in value)
    return span.kind in JUDGED and (digits or span.kind == "email")


def _value(line: Line, span: Span, hits: Sequence[Hit]) -> Judged:
    value = line.text[span.start : span.end]
    over = [hit for hit in hits if hit.origin_start < span.end and span.start < hit.origin_end]
    signs = [at for at in range(span.start, span.end) if line.text[at].isalnum()]
    if span.kind not in ("email", "password"):
        signs = [at for at in signs if line.text[at].isdecimal()]
    hidden = all(any(hit.origin_start <= at < hit.origin_end for hit in over) for at in signs)
    return Judged(
        id=line.id,
        text=f"{value} <- {line.text}",
        truth=span.kind,
        answer=over[0].kind.value if hidden and over else VISIBLE,
        group=line.conversation or line.id,
    )


def _recalls(values: Sequence[Judged], lab: Lab) -> Iterator[Figure]:
    for kind, count in sorted(Counter(one.truth for one in values).items()):
        items = [one for one in values if one.truth == kind]
        yield figure(
            f"{kind} hidden",
            _share(np.array([one.answer != VISIBLE for one in items], float)),
            count,
            lab,
            groups=[one.group for one in items],
            main=kind in MAIN,
        )


def _share(of: NDArray[np.float64], scale: float = 1.0) -> Statistic:
    return lambda at: scale * float(of[at].mean())


def _false_hits(lines: Sequence[Line], false: dict[int, list[Hit]], lab: Lab) -> Iterator[Figure]:
    clean = [at for at, line in enumerate(lines) if not line.spans]
    if clean:
        hits = np.array([len(false.get(at, ())) for at in clean], float)
        yield figure(
            "false hits per 1,000 clean lines",
            _share(hits, 1000.0),
            len(clean),
            lab,
            main=True,
            unit="",
            less_is_better=True,
        )


def _worst(values: Sequence[Judged], false: dict[int, list[Hit]]) -> tuple[Case, ...]:
    missed = [one for one in values if one.answer == VISIBLE]
    missed.sort(key=lambda one: (one.truth not in MAIN, one.id))
    return tuple(
        Case(id=one.id, text=one.text, truth=one.truth, answer=VISIBLE, cost=1.0)
        for one in missed[:20]
    )


def _lines(data: Path) -> Iterator[Line]:
    slotted = sorted(data.rglob("*.tsv")) if data.is_dir() else []
    if slotted and "slot-labels" in read_text(slotted[0]).partition("\n")[0]:
        yield from (line for file in slotted for line in _slotted(file))
        return
    pair = paired(data)
    if pair is not None:
        for at, text in enumerate(read_text(pair[0]).splitlines(), 1):
            yield Line(f"{pair[0].name}:{at}", text, (), "")
        return
    columns = {
        "text": TEXT,
        "spans": ("spans", "entities"),
        "conversation": ("conversation", "conversationid", "dialogue"),
    }
    for row in read_rows(data, columns, needed=("text",)):
        if row.get("text"):
            yield Line(row.id, row["text"], _spans(row), row.get("conversation"))


def _spans(row: Row) -> tuple[Span, ...]:
    given = parse_json(row.file, row.get("spans", "[]"), row.line)
    if not isinstance(given, list):
        raise wrong(row.file, "spans are no list", line=row.line, field="spans")
    try:
        return tuple(
            Span(
                _kind(str(one.get("type") or one["entity_type"])),
                int(one.get("start", one.get("start_position"))),
                int(one.get("end", one.get("end_position"))),
            )
            for one in given
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = "a span has a type, a start and an end"
        raise wrong(row.file, message, line=row.line, field="spans") from error


def _kind(label: str) -> str:
    return KINDS.get(label.lower(), label.lower())


def _slotted(file: Path) -> Iterator[Line]:
    """Read turns with a label per word; turns whose labels do not fit are left out."""
    rows = read_rows(file, {"text": TEXT, "labels": ("slot-labels",)})
    for row in rows:
        text, labels = row.get("text"), row.get("labels").split()
        places = [match.span() for match in _WORD.finditer(text)]
        if not text or len(places) != len(labels):
            continue
        spans: list[Span] = []
        for at, (start, end) in enumerate(places):
            if labels[at] == "O":
                continue
            if at and labels[at] == labels[at - 1]:
                spans[-1] = spans[-1]._replace(end=end)
            else:
                spans.append(Span(_kind(labels[at]), start, end))
        yield Line(row.id, text, tuple(spans), row.get("conversationid"))


def _card_calls(sets: Path, out: Path) -> None:
    make_all(sets / "speech/spoken-digits", sets / "calls/vcon-server", out)


TASK = Task(
    name="redaction",
    about="What of card numbers, identity numbers and the like is hidden, and what else.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "customer turns of chats",
            "dialogues/multidogo",
            "four domains; the questions of the agents are not in the set; cues were written while"
            " looking at it",
        ),
        Trial("synthetic sentences", "pii/presidio", "cues were written while looking at it"),
        Trial("banking questions, clean", "intents/banking77/train.csv", "all"),
        Trial("posts, clean", "sentiment/tweeteval/sentiment", "validation part"),
        Trial(
            "card numbers read out in calls",
            "speech/spoken-digits",
            "single digits said by six people, spliced into the calls of calls/vcon-server:"
            " `threadline/evaluation/make_card_calls.py`; rules were written on calls made so",
            made=_card_calls,
        ),
    ),
    speech=True,
)
