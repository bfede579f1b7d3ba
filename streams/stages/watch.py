"""Watch for spikes of negative sentiment: count conversations, decide on ticks, alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from processors.spikes.counts import PER_HOUR, bucket_of
from processors.spikes.windows import Rules
from schemas.alert import Tick
from schemas.errors import InvalidEvent
from schemas.interaction import Interaction
from schemas.topics import ALERTS, CONVERSATIONS, NOTIFICATIONS, TICKS
from streams.stages.watch_counting import Counting
from streams.stages.watch_deciding import Deciding
from streams.stages.watch_state import TENANTS, Tenants, header_key, hour_key, seen_key
from streams.topology import Context, Emit, Message, Stage


def watch(rules: Rules | None = None) -> Stage:
    """Build the stage: conversations are counted, ticks decide.

    State is kept per tenant: a header, counts per hour, each interaction's last contribution and
    the day's baselines. Counts do not depend on the order or number of deliveries.
    """
    chosen = rules or Rules()

    def process(batch: Sequence[Message], ctx: Context) -> Iterable[Emit]:
        ctx.prefetch(_wanted(batch))
        counting = Counting(ctx, chosen)
        for message in batch:
            if isinstance(message.value, Interaction):
                counting.add(message.value)
            elif isinstance(message.value, Tick):
                counting.flush()
                yield from _decide_all(message.value, ctx, chosen)
            else:
                raise InvalidEvent("unexpected_record", f"watch cannot read {message.topic}")
        counting.flush()

    return Stage(
        name="watch",
        version=1,
        reads=(CONVERSATIONS.name, TICKS.name),
        writes=(ALERTS.name, NOTIFICATIONS.name),
        process=process,
    )


def _wanted(batch: Sequence[Message]) -> list[str]:
    keys = {TENANTS: None}
    for message in batch:
        document = message.value
        if isinstance(document, Interaction):
            keys[header_key(document.tenant)] = None
            keys[seen_key(document.tenant, document.id)] = None
            keys[hour_key(document.tenant, bucket_of(document.started_at) // PER_HOUR)] = None
    return list(keys)


def _decide_all(tick: Tick, ctx: Context, rules: Rules) -> Iterator[Emit]:
    known = ctx.load(TENANTS, Tenants) or Tenants()
    ctx.prefetch(header_key(tenant) for tenant in known.names)
    for tenant in known.names:
        yield from Deciding(tenant, tick, ctx, rules).run()
