"""How long an idle cluster takes: a message in until it is found, a threshold until the webhook.

One worker runs all stages. Messages come in one by one at random moments, and the real search is
asked until it finds each. For alerts every tenant has five ordinary days, up to yesterday, and 19
angry contacts just now; the twentieth makes it an alert, and the clock runs until an HTTP receiver
has it.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from infra.admission import Door
from processors.spikes.windows import Rules
from schemas.events import Body, Channel, Event, Kind, Party, Role
from schemas.topics import TICKS
from tests.bench.cluster import Cluster, cluster

DAYS = 5
TENANT = "idle"
POLL_S = 0.01
PATIENCE_S = 120.0
BUCKET = timedelta(minutes=5)
CALM = "Could you please send me the invoice for last month? Thank you very much, you are great."
ANGRY = "This is terrible. Nothing works, I am furious, I hate this company and want my money back."


def said(tenant: str, name: str, at: datetime, text: str) -> Event:
    """Make the one message of an interaction."""
    return Event(
        id=name, tenant=tenant, source="bench", channel=Channel.CHAT, kind=Kind.MESSAGE,
        interaction=f"chat-{name}", occurred_at=at, body=Body(text=text),
        party=Party(role=Role.CUSTOMER, identifiers=(f"email:{name}@example.com",)),
    )  # fmt: skip


def searchable(made: Cluster, door: Door, singles: int, spacing_s: float) -> list[float]:
    """Admit messages at random moments; give the seconds until each is found."""
    rng, lookup = random.Random(1), made.wiring.lookup
    waiting: dict[str, float] = {}
    taken: list[float] = []
    admitted, next_at = 0, time.monotonic()
    while admitted < singles or waiting:
        now = time.monotonic()
        if admitted < singles and now >= next_at:
            word = f"needle{admitted}x"
            event = said(TENANT, word, datetime.now(UTC), f"please look for {word} today")
            waiting[word] = time.monotonic()
            door.admit([event])
            admitted += 1
            next_at = now + rng.expovariate(1 / spacing_s)
        for word, began in list(waiting.items()):
            if lookup.search(TENANT, word, limit=1, now=datetime.now(UTC)).total:
                taken.append(time.monotonic() - began)
                del waiting[word]
            elif time.monotonic() - began > PATIENCE_S:
                raise SystemExit(f"{word} was not found")
        time.sleep(POLL_S)
    return taken


class Received:
    """When the first webhook of each tenant came."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.came = threading.Condition()

    def note(self, tenant: str) -> None:
        with self.came:
            self.at.setdefault(tenant, time.monotonic())
            self.came.notify_all()

    def wait(self, tenant: str) -> float:
        with self.came:
            if not self.came.wait_for(lambda: tenant in self.at, PATIENCE_S):
                raise SystemExit(f"no webhook came for {tenant}")
            return self.at[tenant]


@contextmanager
def receiver(received: Received) -> Iterator[str]:
    """Serve as somebody's webhook; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.note(json.loads(body)["tenant"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()


def alerts(made: Cluster, door: Door, received: Received, episodes: int) -> list[float]:
    """Let tenants cross the threshold at random moments; give the seconds to each webhook."""
    rng, before = random.Random(2), Rules().min_contacts - 1
    now = datetime.now(UTC)
    tenants = [f"tenant-{number}" for number in range(episodes)]
    for tenant in tenants:
        # Every two hours somebody says something, one in six in anger.
        door.admit(
            [
                said(tenant, f"{tenant}-past-{n}", now - timedelta(hours=2 * n + 25),
                     ANGRY if n % 6 == 0 else CALM)
                for n in range(12 * DAYS)
            ]
        )  # fmt: skip
    settle(made)
    wait_for_tick(made)
    # The bucket before this one: a spike must stand in two that follow each other.
    last = datetime.now(UTC) - BUCKET
    for tenant in tenants:
        door.admit([said(tenant, f"{tenant}-now-{n}", last, ANGRY) for n in range(before)])
    settle(made)
    if received.at:
        raise SystemExit(f"alerts came before the threshold: {sorted(received.at)}")
    taken = []
    for tenant in tenants:
        time.sleep(rng.uniform(0.5, 2.5))
        began = time.monotonic()
        door.admit([said(tenant, f"{tenant}-crossing", last, ANGRY)])
        taken.append(received.wait(tenant) - began)
    return taken


def settle(made: Cluster) -> None:
    """Wait until no stage has anything left, and some ticks more."""
    quiet = 0
    while quiet < 5:
        time.sleep(1)
        quiet = 0 if any(made.wiring.waiting().values()) else quiet + 1


def wait_for_tick(made: Cluster) -> None:
    """Wait until time has passed with nothing to do: then all history is decided."""
    log = made.wiring.backend().log
    seen = log.lag((TICKS.name,), {})
    while log.lag((TICKS.name,), {}) == seen:
        time.sleep(1)
    settle(made)


def report(what: str, taken: Sequence[float], target_s: float) -> None:
    p50, p99 = np.percentile(taken, (50, 99))
    print(
        f"{what}: n {len(taken)}  p50 {p50:.2f} s  p99 {p99:.2f} s  max {max(taken):.2f} s"
        f" (target p99 {target_s:.0f} s)"
    )


def main() -> None:
    """Print p50 and p99 of both, per engine."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--singles", type=int, default=200)
    arguments.add_argument("--spacing", type=float, default=0.7, help="mean seconds in between")
    arguments.add_argument("--episodes", type=int, default=40)
    arguments.add_argument("--engine", choices=("faust", "confluent"), action="append")
    given = arguments.parse_args()
    for engine in given.engine or ("faust", "confluent"):
        received = Received()
        with (
            receiver(received) as webhook,
            cluster(engine, THREADLINE_WEBHOOK_URL=webhook) as made,
        ):
            door = made.wiring.door()
            with made.worker():
                door.admit([said(TENANT, "first", datetime.now(UTC), CALM)])
                settle(made)
                found = searchable(made, door, given.singles, given.spacing)
                report(f"{engine}: message in to searchable", found, 3)
                told = alerts(made, door, received, given.episodes)
                report(f"{engine}: threshold crossed to webhook", told, 4)


if __name__ == "__main__":
    main()
