"""Time the first page of a timeline over a real socket: `python -m tests.bench.bench_timeline`.

One customer has 1,000 interactions of the shape that the pipeline writes, with 12 utterances each,
among 20,000 of others; the page holds 50. One keep-alive connection on loopback, no pipeline beside
it. Printed beside it: the cheapest answer of the same server, the page narrowed to what is rare and
begun on a day, conversations and card, which read all of the customer's contacts, also for a
customer with 20 of them, and the first page without HTTP.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from api.app import create_app
from api.services import Services
from schemas.events import Channel, Party, Role
from schemas.identity import Customer, CustomerChange
from schemas.ids import derive
from schemas.interaction import Interaction
from schemas.topics import CONVERSATIONS, CUSTOMERS, TAGGED
from schemas.utterance import Insights, Sentiment, Tagged, Utterance
from threadline.settings import load_settings
from threadline.wiring import Wiring

START = datetime(2026, 1, 1, tzinfo=UTC)
ANA, BO = "email:ana@example.com", "email:bo@example.com"
TURNS = 12


def interactions(customer: str, count: int) -> Iterator[Interaction]:
    """Make the contacts of one customer, one every six hours."""
    channels = tuple(Channel)
    for n in range(count):
        at = START + timedelta(hours=6 * n)
        yield Interaction(
            id=derive("bench", customer, n),
            tenant="default",
            reference=f"contact-{n}",
            source="bench",
            channel=channels[n % len(channels)],
            started_at=at,
            ended_at=at + timedelta(minutes=4),
            revision=7,
            parties=(
                Party(role=Role.CUSTOMER, name="Ana", identifiers=(customer,)),
                Party(role=Role.AGENT, name="Bo", identifiers=("email:bo@northwind.example",)),
            ),
            identifiers=(customer,),
            subject="Router offline",
            preview="My router has been offline since Monday and nobody calls me back",
            utterances=12,
            duration_s=240.0,
            language="en",
            sentiment=Sentiment(negative=0.6, neutral=0.3, positive=0.1),
            trend=-0.2,
            emotion="anger",
            complaint=0.7,
            contact_type="outage" if n % 100 else "billing",
            categories=("outage",),
            churn_risk=0.4,
            attributes={"queue": "support", "brand": "northwind"},
        )


def utterances(customer: str, count: int) -> Iterator[Tagged]:
    """Make what was said in the contacts, half of it by the customer, with search vectors."""
    rng = np.random.default_rng(7)
    issues = rng.normal(size=(count // 8 + 1, 384))
    for n in range(count):
        at = START + timedelta(hours=6 * n)
        for turn in range(TURNS):
            vector = issues[n // 8] + rng.normal(size=384)
            unit = vector / np.linalg.norm(vector)
            said = Utterance(
                id=derive("bench", customer, n, turn),
                interaction=derive("bench", customer, n),
                tenant="default",
                channel=Channel.CHAT,
                at=at,
                party=Party(role=Role.AGENT if turn % 2 else Role.CUSTOMER),
                text="My router has been offline since Monday and nobody calls me back",
            )
            insights = Insights(
                engine="bench/1", vector=np.rint(unit * 127).astype(np.int8).tobytes()
            )
            yield Tagged(utterance=said, insights=insights)


def fill(wiring: Wiring, mine: int, others: int) -> None:
    """Write the rows that the pipeline would have written."""
    store = wiring.backend().store
    customers = tuple(
        Customer(id=derive(one), tenant="default", identifiers=(one,), since=START, revision=1)
        for one in (ANA, BO)
    )
    with store.transaction():
        store.materialise(CUSTOMERS, [CustomerChange(tenant="default", customers=customers)])
        store.materialise(CONVERSATIONS, interactions(ANA, mine))
        store.materialise(TAGGED, utterances(ANA, mine))
        store.materialise(CONVERSATIONS, interactions(BO, 20))
        store.materialise(TAGGED, utterances(BO, 20))
        for n in range(others // 20):
            store.materialise(CONVERSATIONS, interactions(f"email:c{n}@example.com", 20))


def milliseconds(ask: Callable[[], object], rounds: int) -> list[float]:
    """Time a call, after 50 rounds to warm up."""
    taken = []
    for n in range(rounds + 50):
        begun = time.perf_counter()
        ask()
        if n >= 50:
            taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def report(name: str, taken: list[float]) -> None:
    """Print median and 99th percentile."""
    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    print(f"{name:<34} p50 {taken[len(taken) // 2]:6.2f} ms   p99 {p99:6.2f} ms")


def serve(wiring: Wiring) -> tuple[uvicorn.Server, threading.Thread, str]:
    """Serve the API alone, on a port of its own; gives where."""
    services = Services(
        lookup=lambda: wiring.lookup,
        door=wiring.door(),
        blobs=wiring.blobs,
        muted=wiring.muted,
        status=list,
        backlog=lambda: 0,
        nearby=wiring.nearby,
        now=lambda: datetime.now(UTC),
        wake=lambda: None,
    )
    # asyncio sends without delay (TCP_NODELAY) only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(services), log_level="warning", access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    return server, thread, f"http://127.0.0.1:{listener.getsockname()[1]}"


def ask(base: str, path: str, rounds: int) -> list[float]:
    """Time a request; runs in a process of its own, as a caller does."""
    with httpx.Client(base_url=base) as client:
        return milliseconds(lambda: client.get(path).raise_for_status(), rounds)


def main() -> None:
    """Fill a home, serve it, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--mine", type=int, default=1000)
    parser.add_argument("--others", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wiring = Wiring(load_settings(Path(folder), environ={}))
        fill(wiring, options.mine, options.others)
        server, thread, base = serve(wiring)
        path = f"/v1/customers/{ANA}/timeline"
        try:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as caller:
                for name, asked in (
                    ("GET /healthz", "/healthz"),
                    ("timeline, first page of 50", path),
                    ("the same, only one contact type", f"{path}?contact_type=billing"),
                    ("the same, from a day on", f"{path}?on=2026-04-01"),
                    ("the same, what is new to a reader", f"{path}?reader=Bo"),
                ):
                    report(name, caller.submit(ask, base, asked, options.rounds).result())
                for who, count in ((BO, 20), (ANA, options.mine)):
                    for what in ("conversations", "card"):
                        asked = f"/v1/customers/{who}/{what}"
                        taken = caller.submit(ask, base, asked, options.rounds // 20).result()
                        report(f"{what} of {count} contacts", taken)
        finally:
            server.should_exit = True
            thread.join()
        reader = wiring.lookup
        report(
            "the same without HTTP",
            milliseconds(lambda: reader.timeline("default", ANA, None, 50), options.rounds),
        )


if __name__ == "__main__":
    main()
