"""Our confluent runner against Quix Streams and a loop by hand on aiokafka, on a real broker.

All read events, decode them and write what was said. Quix Streams is installed into an
environment of its own in `.cache/`, and nothing else ever uses it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import version

from tests.bench.cluster import ROOT
from tests.bench.race import Entrant, race, report

QUIX = ROOT / ".cache/bench-quixstreams"
QUIX_NEEDS = ("quixstreams==3.28.1", f"msgspec=={version('msgspec')}")

THREADLINE = Entrant(
    "threadline on confluent",
    lambda course: (
        sys.executable, "-m", "tests.bench.race_threadline", "confluent", course.log, course.store
    ),
)  # fmt: skip
QUIXSTREAMS = Entrant(
    "quixstreams",
    lambda course: (
        str(QUIX / "bin/python"), "-m", "tests.bench.race_quixstreams", course.brokers,
        course.prefix,
    ),
)  # fmt: skip
AIOKAFKA = Entrant(
    "aiokafka by hand",
    lambda course: (
        sys.executable, "-m", "tests.bench.race_aiokafka", course.brokers, course.prefix
    ),
)  # fmt: skip


def install() -> None:
    """Have Quix Streams in an environment of its own."""
    if (QUIX / "done").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(QUIX)], check=True)
    pip = (str(QUIX / "bin/python"), "-m", "pip", "install", "--quiet")
    subprocess.run([*pip, *QUIX_NEEDS], check=True)
    (QUIX / "done").touch()


def main() -> None:
    """Print the ratios of medians over alternating runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    install()
    laps = race((THREADLINE, QUIXSTREAMS, AIOKAFKA), given.events, given.rounds)
    report(laps, {QUIXSTREAMS.name: 1.0, AIOKAFKA.name: 1.0})


if __name__ == "__main__":
    main()
