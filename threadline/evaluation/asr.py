"""How many words of a recording are heard rightly, and whether silence and music give none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.audio import as_telephone, decode, probe
from processors.evaluation.bootstrap import ratio_of_sums
from processors.evaluation.words import WordErrors, word_errors
from schemas.answers import Transcript
from schemas.base import Contract
from schemas.errors import InvalidEvent
from threadline.evaluation.classifying import WORST, figure, times_real_time
from threadline.evaluation.lab import Lab
from threadline.evaluation.make_sounds import make_alone, make_between
from threadline.evaluation.task import Case, Figure, Report, Task, Trial

TELEPHONE = "telephone"
CALLS = "calls/vcon-server"
AUDIO = (".wav", ".mp3", ".flac", ".ogg", ".m4a", ".opus", ".webm")
SHOWN = 2_000  # characters of a bad case
LAYOUT = """
A folder, with folders in it or not: recordings (wav, mp3, flac, ogg, m4a, opus, webm), each with
its reference beside it under the same name. NAME.txt holds the words; an empty one says that
nobody speaks (silence, tones, music). Or NAME.vcon.json or NAME.json: a vCon whose analysis of
type "transcript" lists what was said, as `message`, `text` or `body` of each turn. Recordings
without a reference are left out. With two channels, both are heard.
--part telephone hears the same as it would sound on a telephone: 8 kHz, mu-law.
"""
NORMALISED = (
    "Words are compared as Whisper's papers do: lower case, no punctuation, numbers as digits"
    " (English normaliser of transformers, without its list of British spellings); other languages"
    " with its basic normaliser. Curly apostrophes count as straight ones."
)
JOINED = (
    "Digits joined: the same, but how digits are grouped (555 0100 or 5550100) is no error;"
    " it says nothing of what was heard."
)
NAMES = (
    "The names of a vCon's parties lead the model, as they do in the product; recordings with a"
    " plain text as reference are heard without."
)

Samples = NDArray[np.float32]
Plain = Callable[[str], str]


class Heard(Contract, frozen=True, kw_only=True):
    """One recording: its reference, what was heard, and the errors between them."""

    id: str
    reference: str
    heard: str
    errors: WordErrors
    joined: WordErrors


def pairs(data: Path) -> list[tuple[Path, str]]:
    """List recordings with their reference.

    Raises:
        InvalidEvent: `missing_field`: no recording has one.
    """
    audio = sorted(path for path in data.rglob("*") if path.suffix.lower() in AUDIO)
    found = [(path, text) for path in audio if (text := reference_of(path)) is not None]
    if not found:
        raise InvalidEvent("missing_field", f"no recording in {data.name} has a reference")
    return found


def reference_of(audio: Path) -> str | None:
    """Read what is said in a recording, from the file beside it; None where there is none."""
    text = audio.with_suffix(".txt")
    if text.is_file():
        return text.read_text("utf-8").strip()
    for ending in (".vcon.json", ".json"):
        vcon = audio.with_suffix(ending)
        if vcon.is_file():
            return _scripted(json.loads(vcon.read_text("utf-8")))
    return None


def names_of(audio: Path) -> tuple[str, ...]:
    """List the parties' names, where a vCon tells them: the product knows them too."""
    for ending in (".vcon.json", ".json"):
        path = audio.with_suffix(ending)
        if path.is_file():
            vcon = json.loads(path.read_text("utf-8"))
            parties = vcon.get("parties") or [] if isinstance(vcon, dict) else []
            return tuple(str(party["name"]) for party in parties if party.get("name"))
    return ()


def _scripted(vcon: Any) -> str | None:
    analyses = vcon.get("analysis") or [] if isinstance(vcon, dict) else []
    for analysis in analyses:
        body = analysis.get("body")
        if analysis.get("type") == "transcript" and body:
            turns = json.loads(body) if isinstance(body, str) else body
            return " ".join(_said(turn) for turn in turns).strip()
    return None


def _said(turn: dict[str, Any]) -> str:
    return next((str(turn[key]) for key in ("message", "text", "body") if turn.get(key)), "")


def tracks_of(path: Path, part: str) -> list[Samples]:
    """Decode the channels of a recording, one or two; more are mixed."""
    channels = range(2) if probe(path).channels == 2 else (None,)
    tracks = [decode(path, channel) for channel in channels]
    if len(tracks) == 2 and np.allclose(tracks[0], tracks[1], atol=1e-3):
        tracks = tracks[:1]
    return [as_telephone(track) for track in tracks] if part == TELEPHONE else tracks


def words_of(transcript: Transcript) -> str:
    """Put the words of all tracks in the order in which they were said."""
    words = [word for track in transcript.tracks for word in track.words]
    return " ".join(word.text for word in sorted(words, key=lambda word: word.start_s))


def run(data: Path, lab: Lab) -> Report:
    """Transcribe every recording and count the edits to its reference."""
    found = pairs(data)
    transcriber = lab.transcriber
    hearing = lab.settings.hearings().get("default")
    vocabulary = hearing.vocabulary if hearing else ()

    def heard(path: Path) -> Transcript:
        return transcriber.transcribe(
            tracks_of(path, lab.part),
            hearing.language if hearing else None,
            (*vocabulary, *names_of(path)),
        )

    with lab.stopwatch() as watch, ThreadPoolExecutor(lab.settings.worker_count) as pool:
        answers = list(lab.each(pool.map(heard, [path for path, _ in found]), len(found)))
    items = [
        _compared(str(path.relative_to(data)), reference, answer)
        for (path, reference), answer in zip(found, answers, strict=True)
    ]
    audio_s = sum(answer.duration_s for answer in answers)
    return Report(
        task="asr",
        figures=tuple(_figures(items, lab)),
        engines=(transcriber.name,),
        worst=_worst(items),
        speed=(times_real_time(audio_s, watch, len(items)), _wall(audio_s, watch.wall_s, items)),
        notes=(NORMALISED, JOINED, NAMES),
    )


def _compared(id: str, reference: str, answer: Transcript) -> Heard:
    heard = words_of(answer)
    plain = normaliser(answer.language)
    said, got = plain(reference), plain(heard)
    return Heard(
        id=id,
        reference=reference,
        heard=heard,
        errors=word_errors(said.split(), got.split()),
        joined=word_errors(_joined(said), _joined(got)),
    )


def normaliser(language: str | None) -> Plain:
    """Give what Whisper's papers compare words with."""
    from transformers.models.whisper.english_normalizer import (
        BasicTextNormalizer,
        EnglishTextNormalizer,
    )

    make: Any = EnglishTextNormalizer  # its constructor has no types
    plain = make({}) if language in ("en", None) else BasicTextNormalizer()
    return lambda text: str(plain(text.replace("’", "'").replace("‘", "'")))


def _joined(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split():
        if word.isdigit() and words and words[-1].isdigit():
            words[-1] += word
        else:
            words.append(word)
    return words


def _figures(items: Sequence[Heard], lab: Lab) -> Iterator[Figure]:
    spoken = [item for item in items if item.errors.words]
    quiet = [item for item in items if not item.errors.words]
    if spoken:
        counts = {
            "word error rate": [item.errors.errors for item in spoken],
            "word error rate, digits joined": [item.joined.errors for item in spoken],
            "substituted": [item.errors.substituted for item in spoken],
            "deleted": [item.errors.deleted for item in spoken],
            "inserted": [item.errors.inserted for item in spoken],
        }
        words = [item.errors.words for item in spoken]
        for name, edits in counts.items():
            main = name == "word error rate"
            yield figure(name, ratio_of_sums(edits, words), len(spoken), lab, main=main)
        yield Figure(name="words of the references", value=sum(words), n=len(spoken), unit="")
    if quiet:
        invented = sum(item.errors.inserted for item in quiet)
        name = "words where nobody speaks"
        yield Figure(name=name, value=invented, n=len(quiet), unit="", main=True)


def _worst(items: Sequence[Heard]) -> tuple[Case, ...]:
    missed = [item for item in items if item.errors.errors]
    missed.sort(key=lambda item: (-_cost(item), item.id))
    return tuple(
        Case(
            id=item.id,
            text="",
            truth=item.reference[:SHOWN],
            answer=item.heard[:SHOWN],
            cost=round(_cost(item), 4),
        )
        for item in missed[:WORST]
    )


def _cost(item: Heard) -> float:
    return item.errors.rate if item.errors.words else float(item.errors.inserted)


def _wall(audio_s: float, wall_s: float, items: Sequence[Heard]) -> Figure:
    value = audio_s / wall_s if wall_s else float("nan")
    return Figure(name="times real time on all cores", value=value, n=len(items), unit="x")


def _calls(model: str) -> tuple[Trial, Trial]:
    """Try a model on calls as they are, and as a telephone would carry them."""
    folder, about = CALLS, "23 calls; nothing was trained on them"
    return (
        Trial(f"calls, {model}", folder, about, speech_model=model),
        Trial(
            f"calls by telephone, {model}",
            folder,
            f"{about}; 8 kHz, mu-law",
            TELEPHONE,
            speech_model=model,
        ),
    )


TASK = Task(
    name="asr",
    about="Which words were said: word error rate, and words where nobody speaks.",
    layout=LAYOUT,
    run=run,
    trials=(
        *_calls("whisper-base"),
        *_calls("whisper-tiny.en"),
        Trial(
            "calls with music, tones and noise between speech",
            CALLS,
            "sounds of 20 to 60 s before, behind and twice within each of the 23 calls:"
            " `threadline/evaluation/make_sounds.py`",
            made=lambda data, out: make_between(data / CALLS, out),
        ),
        Trial(
            "sounds in which nobody speaks",
            "calls",
            "28 sounds of 5 to 60 s, half of them as on a telephone, made by"
            " `threadline/evaluation/make_sounds.py`",
            made=lambda data, out: make_alone(out),
        ),
    ),
    parts=(TELEPHONE,),
    speech=True,
)
