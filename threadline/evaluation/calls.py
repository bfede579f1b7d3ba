"""Recordings of calls with a script of who says what, and how the product hears them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from infra.audio import probe
from processors.evaluation.scripts import Line
from processors.turns import utterances
from schemas.answers import TranscribeAsk, Transcript
from schemas.base import Contract, decode
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import parse_json, read_text, wrong

AUDIO = (".wav", ".mp3", ".flac", ".ogg", ".m4a", ".opus")
SIDES = {"agent": ("_agent", "-agent"), "customer": ("_caller", "_customer", "_client")}
NAMES = {"caller": "customer", "client": "customer", "user": "customer", "system": "agent"}
START = datetime(2026, 1, 1, tzinfo=UTC)
LAYOUT = """
A folder (and those in it) of recordings, each with who speaks:
- NAME.mp3 (or .wav, .flac, .ogg, .m4a, .opus) and NAME.vcon.json whose analysis of type
  `transcript` lists {"speaker": "Agent", "message": "..."};
- or NAME.json: {"turns": [{"speaker": "agent", "text": "...", "start": 0.5, "end": 2.1}, ...]}, the
  text or the times, and optionally "channels": ["agent", "customer"] for who is on which channel;
- or NAME_agent.wav and NAME_caller.wav (_customer, _client): the two sides of one call;
- or FILE.rttm beside the recordings: SPEAKER lines (recording, channel, start, length, speaker).
"""


class Script(Contract, frozen=True, kw_only=True):
    """What a NAME.json holds."""

    turns: tuple[Line, ...] = ()
    channels: tuple[str, ...] = ()


class Call(NamedTuple):
    """One recording: its tracks, who is on which (empty: all on one), and the script."""

    name: str
    tracks: tuple[Track, ...]
    sides: tuple[str, ...]
    script: tuple[Line, ...]
    length_s: float


class Heard(NamedTuple):
    """What the product made of a call."""

    call: Call
    transcript: Transcript
    turns: tuple[Utterance, ...]


def read_calls(data: Path) -> list[Call]:
    """Find the calls with a script, by name.

    Raises:
        InvalidEvent: naming the file; or there is no such call.
    """
    if not data.is_dir():
        raise wrong(data, "not a folder", reason="unreadable")
    diarised = {line.name: line.turns for path in data.rglob("*.rttm") for line in _rttm(path)}
    files = sorted(path for path in data.rglob("*") if path.suffix.lower() in AUDIO)
    calls = [call for path in files for call in _call(path, diarised)]
    if not calls:
        raise wrong(data, "no recording with a script", reason="empty_file")
    return calls


def hear(calls: Sequence[Call], lab: Lab, *, named: bool = False) -> Iterator[Heard]:
    """Transcribe calls as the product does; `named` tells it who is on which track."""
    asked = [lab.engines.submit(TranscribeAsk(tracks=_tracks(call, named))) for call in calls]
    for call, answer in zip(lab.each(calls), asked, strict=True):
        heard = answer.result()
        assert isinstance(heard, Transcript)
        yield Heard(call, heard, utterances(_recording(call, named), heard))


def retold(heard: Heard) -> Heard:
    """Make the turns again with the sides named, without listening again."""
    turns = utterances(_recording(heard.call, named=True), heard.transcript)
    return heard._replace(turns=turns)


def _recording(call: Call, named: bool) -> Recording:
    parties = tuple(Party(role=Role(side)) for side in call.sides) if named else ()
    return Recording(
        id=call.name,
        interaction=call.name,
        tenant="default",
        channel=Channel.VOICE,
        started_at=START,
        media=Media(tracks=_tracks(call, named)),
        parties=parties,
    )


def _tracks(call: Call, named: bool) -> tuple[Track, ...]:
    if not named:
        return call.tracks
    return tuple(
        Track(blob=track.blob, channel=track.channel, party=at)
        for at, track in enumerate(call.tracks)
    )


def _call(path: Path, diarised: dict[str, tuple[Line, ...]]) -> Iterator[Call]:
    pair = _other_side(path)
    if pair is not None:
        both = (Track(blob=str(path)), Track(blob=str(pair)))
        yield Call(path.stem, both, ("agent", "customer"), (), probe(path).duration_s)
        return
    found = _script(path)
    script = found if found is not None else Script(turns=diarised.get(path.stem, ()))
    if not (script.turns or script.channels):
        return
    for side in script.channels:
        if side_of(side) not in set(Role):
            raise wrong(path.with_suffix(".json"), f"no such role: {side}", field="channels")
    about = probe(path)
    tracks = tuple(Track(blob=str(path), channel=at) for at in range(about.channels))
    sides = tuple(map(side_of, script.channels)) if len(tracks) > 1 else ()
    yield Call(path.stem, tracks, sides, script.turns, about.duration_s)


def _other_side(path: Path) -> Path | None:
    for ending in SIDES["agent"]:
        if path.stem.casefold().endswith(ending):
            name = path.stem[: -len(ending)]
            others = (path.with_name(name + other + path.suffix) for other in SIDES["customer"])
            return next((other for other in others if other.is_file()), None)
    return None


def _script(path: Path) -> Script | None:
    vcon = path.with_suffix(".vcon.json")
    if vcon.is_file():
        return Script(turns=tuple(_vcon_lines(vcon)))
    plain = path.with_suffix(".json")
    return decode(plain.read_bytes(), Script) if plain.is_file() else None


def _vcon_lines(path: Path) -> Iterator[Line]:
    document = parse_json(path, read_text(path))
    analyses = document.get("analysis", ()) if isinstance(document, dict) else ()
    for one in analyses:
        if one.get("type") == "transcript" and isinstance(one.get("body"), list):
            for turn in one["body"]:
                yield Line(speaker=side_of(turn["speaker"]), text=turn["message"])


class _Diarised(NamedTuple):
    name: str
    turns: tuple[Line, ...]


def _rttm(path: Path) -> Iterator[_Diarised]:
    """Read speaker turns: SPEAKER name channel start length - - speaker (NIST, 2009)."""
    turns: dict[str, list[Line]] = {}
    for text in read_text(path).splitlines():
        cells = text.split()
        if len(cells) > 7 and cells[0] == "SPEAKER":
            start, length = float(cells[3]), float(cells[4])
            line = Line(speaker=cells[7], start=start, end=start + length)
            turns.setdefault(cells[1], []).append(line)
    for name, lines in turns.items():
        yield _Diarised(name, tuple(lines))


def side_of(speaker: str) -> str:
    """Name a speaker of a script as we name roles."""
    plain = speaker.strip().casefold()
    return NAMES.get(plain, plain)
