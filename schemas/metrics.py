"""Every metric, by name; the only place where one is named."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """A metric: its full name as scraped, what it says, and its labels."""

    name: str
    about: str
    labels: tuple[str, ...] = ()


RECORDS_DELIVERED = Metric(
    "threadline_records_delivered_total", "Records a stage delivered since the start.", ("stage",)
)
"""Grows while a stage works; a flat line with records waiting is a stage that is stuck."""

RECORDS_WAITING = Metric(
    "threadline_records_waiting", "Records that wait for a stage now.", ("stage",)
)
"""The lag: alert on it when it grows for longer than a peak lasts."""

EVENTS_ACCEPTED = Metric(
    "threadline_events_accepted_total", "Inputs that came in over HTTP and were new."
)
"""Inputs written to the log; they survive a crash from this moment on."""

EVENTS_KNOWN = Metric(
    "threadline_events_known_total", "Inputs that came in over HTTP and were there already."
)
"""Repeats of the same id with the same content: a sender that retries."""

EVENTS_REJECTED = Metric(
    "threadline_events_rejected_total",
    "Inputs that came in over HTTP and were refused, by reason.",
    ("reason",),
)
"""Each of them also stands among the dead letters."""

REQUEST_SECONDS = Metric(
    "threadline_request_duration_seconds",
    "Duration of requests in seconds, by route, method and status.",
    ("route", "method", "status"),
)
"""From the first byte of the request's head to the last byte of the answer."""

WORKER_PARTITION_LAG = Metric(
    "threadline_worker_partition_lag",
    "Records behind the committed position of a partition that this worker holds.",
    ("stage", "partition"),
)
"""Summed over the workers it is the lag of a stage; scale the workers of a stage by it."""

WORKER_IDLE_SECONDS = Metric(
    "threadline_worker_idle_seconds",
    "Seconds since a stage of this worker last moved while records waited; 0 while none wait.",
    ("stage",),
)
"""Beyond THREADLINE_STALL_S the worker ends by itself."""

WORKER_CONFLICTS = Metric(
    "threadline_worker_conflicts_total",
    "Commits of this worker that another one forestalled.",
    ("stage",),
)
"""A few follow every change of workers; many say that two share a name."""

WORKER_BATCH_SECONDS = Metric(
    "threadline_worker_batch_seconds",
    "Duration of a batch in seconds, from the first look at it to its commit.",
    ("stage",),
)
"""With the engines' answers in it, and with the waiting for whatever was unavailable."""

LEDGER_CONTACTS = Metric(
    "threadline_ledger_contacts",
    "Contacts that are not searchable now, by state and by the step that is missing.",
    ("state", "step"),
)
"""Alert on any that is stuck or failed: a contact was lost on its way."""

CUSTOMERS_FROZEN = Metric(
    "threadline_customers_frozen",
    "Customers that so much evidence connects with others that some of it was left out.",
)
"""Alert on any: block what connects them, such as a kiosk's number, and replay."""

METRICS: tuple[Metric, ...] = tuple(
    metric for metric in list(globals().values()) if isinstance(metric, Metric)
)
