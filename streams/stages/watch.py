"""Watch for spikes of negative sentiment and for the ledger's gaps: count, decide, alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from processors.spikes.counts import PER_HOUR, bucket_of
from processors.spikes.windows import Rules
from schemas.alert import Tick
from schemas.errors import InvalidEvent
from schemas.interaction import Interaction
from schemas.ledger import Gap
from schemas.topics import ALERTS, CONVERSATIONS, GAPS, NOTIFICATIONS, RECEIPTS, TICKS
from streams.stages.watch_counting import Counting
from streams.stages.watch_deciding import Deciding
from streams.stages.watch_gaps import gap_keys, watch_gaps
from streams.stages.watch_state import TENANTS, Tenants, header_key, hour_key, seen_key
from streams.topology import Context, Emit, Message, Stage


def watch(rules: Rules | None = None) -> Stage:
    """Build the stage: conversations are counted, ticks decide, gaps of the ledger are told.

    State is kept per tenant: a header, counts per hour, each interaction's last contribution and
    the day's baselines. Counts do not depend on the order or number of deliveries.
    """
    chosen = rules or Rules()

    def process(batch: Sequence[Message], ctx: Context) -> Iterable[Emit]:
        ctx.prefetch(_wanted(batch))
        gaps = [message.value for message in batch if isinstance(message.value, Gap)]
        yield from watch_gaps(gaps, ctx)
        counting = Counting(ctx, chosen)
        for message in batch:
            if isinstance(message.value, Interaction):
                counting.add(message.value)
            elif isinstance(message.value, Tick):
                counting.flush()
                yield from _decide_all(message.value, ctx, chosen)
            elif not isinstance(message.value, Gap):
                raise InvalidEvent("unexpected_record", f"watch cannot read {message.topic}")
        counting.flush()

    return Stage(
        name="watch",
        version=1,
        reads=(CONVERSATIONS.name, TICKS.name, GAPS.name),
        writes=(ALERTS.name, NOTIFICATIONS.name, RECEIPTS.name),
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
        elif isinstance(document, Gap):
            keys |= dict.fromkeys(gap_keys(document))
    return list(keys)


def _decide_all(tick: Tick, ctx: Context, rules: Rules) -> Iterator[Emit]:
    known = ctx.load(TENANTS, Tenants) or Tenants()
    ctx.prefetch(header_key(tenant) for tenant in known.names)
    for tenant in known.names:
        yield from Deciding(tenant, tick, ctx, rules).run()
