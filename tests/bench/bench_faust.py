"""Our Faust runner against a bare Faust loop, on a real broker, as a ratio of the same run.

Both read events, decode them, write what was said and acknowledge when the broker has it. Ours
adds contracts, ids, dead letters, and positions that are fenced and committed in PostgreSQL.
"""

from __future__ import annotations

import argparse
import sys

from tests.bench.race import Entrant, race, report

THREADLINE = Entrant(
    "threadline on Faust",
    lambda course: (
        sys.executable, "-m", "tests.bench.race_threadline", "faust", course.log, course.store
    ),
)  # fmt: skip
BARE = Entrant(
    "bare Faust",
    lambda course: (
        sys.executable, "-m", "tests.bench.race_faust", course.brokers, course.prefix
    ),
)  # fmt: skip


def main() -> None:
    """Print the ratio of medians over alternating runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    report(race((THREADLINE, BARE), given.events, given.rounds), {BARE.name: 0.9})


if __name__ == "__main__":
    main()
