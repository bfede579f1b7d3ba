"""Make the demo's recorded calls: 8 kHz stereo mu-law, agent left, customer right.

Run from the repository root, with the tools that README.md beside this file names:
    python -m threadline.demo.recipe.make_calls --piper PYTHON --joe JOE.onnx --hibari PROGRAM
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from threadline.demo.scripts import SCRIPTS, Line, Script, Voice

Samples = npt.NDArray[np.float64]

RATE = 8_000
TELEPHONE_BAND_HZ = (300.0, 3_400.0)
SPEECH_RMS = 0.08
NOISE_RMS = 0.0012
TAIL_S = 0.4
PITCH: dict[Voice, float] = {
    "joe": 1.0,
    "joe-high": 1.25,
    "heart": 1.0,
    "heart-low": 0.92,
    "rms": 1.0,
}
TEMPO: dict[Voice, float] = {
    "joe": 1.08,
    "joe-high": 1.10,
    "heart": 1.0,
    "heart-low": 1.0,
    "rms": 1.0,
}


def speak(line: Line, voice: Voice, tools: argparse.Namespace, scratch: Path) -> Samples:
    """Speak one line and give it as 8 kHz telephone-band samples at the common level."""
    spoken = scratch / "line.wav"
    subprocess.run(_command(line.text, voice, tools, spoken), check=True, capture_output=True)  # noqa: S603  # our own arguments
    samples, rate = soundfile.read(spoken, dtype="float64")
    # Reading at a higher rate raises the pitch; --length-scale has already paid for the tempo.
    narrow = soxr.resample(_trim(samples), rate * PITCH[voice], RATE)
    limited = _band(np.asarray(narrow, dtype=np.float64))
    loud = float(np.sqrt(np.mean(limited**2)))
    return np.asarray(limited * (SPEECH_RMS / loud), dtype=np.float64)


def _command(text: str, voice: Voice, tools: argparse.Namespace, spoken: Path) -> list[str]:
    """Give the command line of the voice's engine; tempo makes up for the pitch."""
    stretch = PITCH[voice] / TEMPO[voice]
    if voice.startswith("joe"):
        command = [tools.piper, "-m", "piper", "-m", tools.joe, "-f", str(spoken)]
        return [*command, "--length-scale", f"{stretch:.3f}", "--noise-scale", "0.5", "--", text]
    if voice.startswith("heart"):
        command = [tools.hibari, "-o", str(spoken), "--speed", f"{1 / stretch:.3f}"]
        return [*command, "--seed", "7", "--threads", "1", "--", text]
    command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.3f}"]
    return [*command, "-t", text, "-o", str(spoken)]


def _trim(samples: Samples) -> Samples:
    """Cut the silence that a voice adds at both ends."""
    (loud,) = np.nonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1]


def _band(samples: Samples) -> Samples:
    """Keep what a telephone line carries, with 100 Hz wide edges."""
    low, high = TELEPHONE_BAND_HZ
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    gain = np.clip((hertz - low + 100) / 100, 0, 1) * np.clip((high + 100 - hertz) / 100, 0, 1)
    return np.fft.irfft(spectrum * gain, len(samples))


def mix(script: Script, lines: list[Samples]) -> Samples:
    """Lay the lines on both tracks: shape (samples, 2), agent first, with mild line noise."""
    starts = []
    end = 0
    for line, samples in zip(script.lines, lines, strict=True):
        start = max(0, end + round(line.gap_s * RATE))
        starts.append(start)
        end = max(end, start + len(samples))
    noise = np.random.default_rng(len(lines)).normal(0, NOISE_RMS, (end + round(TAIL_S * RATE), 2))
    tracks = np.stack([_band(noise[:, side]) for side in (0, 1)], axis=1)
    for line, start, samples in zip(script.lines, starts, lines, strict=True):
        tracks[start : start + len(samples), int(line.side == "customer")] += samples
    return np.clip(tracks, -0.99, 0.99)


def make(script: Script, tools: argparse.Namespace) -> Path:
    """Make one call and give the path of its file."""
    voices: dict[str, Voice] = dict(zip(("agent", "customer"), script.voices, strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        lines = [speak(line, voices[line.side], tools, Path(scratch)) for line in script.lines]
    path = Path(tools.out) / f"{script.name}.wav"
    soundfile.write(path, mix(script, lines), RATE, format="WAV", subtype="ULAW")
    return path


def main() -> None:
    """Make every call, or the ones named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piper", required=True, help="the Python that has piper-tts installed")
    parser.add_argument("--joe", required=True, help="en_US-joe-medium.onnx, config beside it")
    parser.add_argument("--hibari", required=True, help="the program hibari")
    parser.add_argument("--out", default=str(Path(__file__).parent.parent / "audio"))
    parser.add_argument("names", nargs="*", help="calls to make; all when none is named")
    tools = parser.parse_args()
    for script in SCRIPTS:
        if not tools.names or script.name in tools.names:
            make(script, tools)


if __name__ == "__main__":
    main()
