"""Say where a contact stands: what is missing, since when, and whether that is too long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec.structs import replace

from processors.ledger.account import BITS, Account, Refusal
from schemas.ledger import Gap, LedgerEntry, LedgerRules, State, Step

STEP_OF = {
    "normalise": Step.NORMALISED, "transcribe": Step.TRANSCRIBED, "tag": Step.TAGGED,
    "assemble": Step.ASSEMBLED, "index": Step.INDEXED,
}  # fmt: skip
STAGE_OF = {step: stage for stage, step in STEP_OF.items()}
READS_INPUTS = frozenset({"ingest", "normalise", "transcribe"})
"""The stages whose refusals are about what came in; at another it is a fault of ours."""
AFTER_TAGGED = frozenset({Step.ASSEMBLED.value, Step.INDEXED.value})
MOST_DOUBLINGS = 10


class Overdue(NamedTuple):
    """How often a step was found overdue, and when to look again, in ms since 1970 UTC."""

    late: int
    due: int


def entry_of(account: Account, rules: LedgerRules) -> LedgerEntry:
    """Say where a contact stands.

    It is complete when every awaited item has been handed in. A step is stuck when a reminder has
    found something of it missing past its deadline. It is due again at once, to be put back, and
    then after twice its deadline, four times, and so on, until it was put back as often as the
    rules allow. What was refused is no gap: the reason is known. A refusal is settled by a retry
    after it, or when its item is through.
    """
    refusals = unsettled(account)
    refused = {one.item for one in refusals.values()}
    # What nobody has tagged yet can be neither assembled nor indexed: one gap, not three.
    behind = refused | account.owed.get(Step.TAGGED, {}).keys()
    steps = {
        step: _overdue(account, step, items, behind if step in AFTER_TAGGED else refused, rules)
        for step, items in _owed(account)
    }
    found = {step: one for step, one in steps.items() if one is not None}
    stuck = tuple(step for step, one in found.items() if one.late)
    again = len(account.redriven) < rules.redrives
    wanted = [one.due for one in found.values() if again or not one.late]
    last = max(refusals.values(), key=lambda one: (one.times, one.reason), default=None)
    return LedgerEntry(
        tenant=account.tenant,
        interaction=account.interaction,
        source=account.source,
        channel=account.channel,
        reference=account.reference,
        at=account.at,
        counts=_counts(account),
        state=_state(account, refusals, stuck),
        step=next(iter(steps), None),
        done=_done(account),
        missing={step: len(items) for step, items in _owed(account)},
        stuck=stuck,
        times=_times(account),
        due=moment(min(wanted)) if wanted else None,
        attempts=len(account.redriven) + sum(len(times) for times in account.retries.values()),
        reasons=tuple(sorted({one.reason for one in refusals.values()})),
        error=last.error or None if last else None,
        letters=tuple(sorted(refusals)),
        revision=account.revision,
    )


def unsettled(account: Account) -> dict[str, Refusal]:
    """Give the refusals that stand, by their dead letters."""
    return {
        letter: refusal
        for letter, refusal in account.refusals.items()
        if not _is_settled(account, letter, refusal)
    }


def gaps_between(before: LedgerEntry | None, after: LedgerEntry, at: datetime) -> Iterator[Gap]:
    """Tell which steps have become overdue, and which are not any more."""
    earlier = before.stuck if before is not None else ()
    for step in Step:
        if (step in after.stuck) != (step in earlier):
            yield Gap(
                tenant=after.tenant,
                interaction=after.interaction,
                step=step,
                at=at,
                open=step in after.stuck,
                revision=after.revision,
            )


def timeless(entry: LedgerEntry) -> LedgerEntry:
    """Leave out when things were done, and how often they were told.

    Both differ between two runs over the same inputs: what a crash repeats is told twice.
    """
    return replace(entry, times={}, due=None, revision=0)


def moment(at: int) -> datetime:
    """Turn ms since 1970 UTC into a time."""
    return datetime.fromtimestamp(at / 1000, UTC)


def _owed(account: Account) -> list[tuple[str, dict[str, int]]]:
    return [(step, account.owed[step]) for step in BITS if step in account.owed]


def _times(account: Account) -> dict[str, datetime]:
    """Say when each step was done; of what was only refused, when that was."""
    if not account.when and account.since is not None:
        return {Step.RECEIVED.value: moment(account.since)}
    return {step: moment(at) for step, at in sorted(account.when.items())}


def _done(account: Account) -> dict[str, int]:
    alike = Counter(account.items.values())
    counts = {
        step: sum(number for bits, number in alike.items() if bits & bit)
        for step, bit in BITS.items()
    }
    return {step: count for step, count in counts.items() if count}


def _is_settled(account: Account, letter: str, refusal: Refusal) -> bool:
    retries = account.retries.get(letter)
    if retries and retries[-1] >= refusal.times[-1]:
        return True
    step = STEP_OF.get(refusal.stage)
    return step is not None and bool(account.items.get(refusal.item, 0) & BITS[step])


def _overdue(
    account: Account, step: str, items: Mapping[str, int], blocked: set[str], rules: LedgerRules
) -> Overdue | None:
    minutes: float | None = getattr(rules.deadlines, step, None)
    since = [told for item, told in items.items() if item not in blocked]
    if minutes is None or not since:
        return None
    allowed_ms = round(minutes * 60_000)
    late, due = 0, min(since) + allowed_ms
    for now in account.reminded:
        if now >= due:
            # At once after it was named: the next tick puts it back. Then ever more slowly.
            due = now + (allowed_ms * 2 ** min(late, MOST_DOUBLINGS) if late else 0)
            late += 1
    return Overdue(late, due)


def _counts(account: Account) -> bool:
    """Tell whether this is a contact, or at least an input that might have been one.

    A record of ours whose bytes nobody could read is none: its contact has an account already.
    """
    if account.counts is not None:
        return account.counts
    refused = {one.stage for one in account.refusals.values()}
    return not refused or bool(refused & {"ingest", "normalise"}) or bool(account.items)


def _state(account: Account, refusals: Mapping[str, Refusal], stuck: Sequence[str]) -> State:
    if refusals:
        ours = any(_is_ours(one) for one in refusals.values())
        return "failed" if ours else "rejected"
    if stuck:
        return "stuck"
    known = Step.NORMALISED in account.when or bool(account.refusals)
    return "complete" if known and not account.owed else "open"


def _is_ours(refusal: Refusal) -> bool:
    return refusal.reason == "internal_error" or refusal.stage not in READS_INPUTS
