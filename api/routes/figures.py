"""The metrics of one app, in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from api.services import StageStatus
from schemas import metrics
from schemas.metrics import Metric

BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figures:
    """Counts what came in and times requests; reads stages, ledger and customers when scraped."""

    def __init__(
        self,
        status: Callable[[], list[StageStatus]],
        unfinished: Callable[[], Mapping[tuple[str, str], int]],
        frozen: Callable[[], int],
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Customers(frozen))
        self._registry.register(_Stages(status))
        self._registry.register(_Ledger(unfinished))
        self._accepted = self._counter(metrics.EVENTS_ACCEPTED)
        self._known = self._counter(metrics.EVENTS_KNOWN)
        self._rejected = self._counter(metrics.EVENTS_REJECTED)
        duration = metrics.REQUEST_SECONDS
        self._seconds = Histogram(
            duration.name,
            duration.about,
            duration.labels,
            buckets=BUCKETS_S,
            registry=self._registry,
        )

    def count(self, accepted: int, known: int, reasons: Iterable[str]) -> None:
        """Count what became of inputs; `reasons` of those refused."""
        self._accepted.inc(accepted)
        self._known.inc(known)
        for reason in reasons:
            self._rejected.labels(reason).inc()

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note how long a request took."""
        self._seconds.labels(route, method, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Write everything in the text format of Prometheus; blocks."""
        return generate_latest(self._registry)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.about, metric.labels, registry=self._registry)


class _Stages(Collector):
    def __init__(self, status: Callable[[], list[StageStatus]]) -> None:
        self._status = status

    def collect(self) -> Iterable[Family]:
        delivered = CounterMetricFamily(
            metrics.RECORDS_DELIVERED.name,
            metrics.RECORDS_DELIVERED.about,
            labels=metrics.RECORDS_DELIVERED.labels,
        )
        waiting = GaugeMetricFamily(
            metrics.RECORDS_WAITING.name,
            metrics.RECORDS_WAITING.about,
            labels=metrics.RECORDS_WAITING.labels,
        )
        for stage in self._status():
            delivered.add_metric([stage.stage], stage.delivered)
            waiting.add_metric([stage.stage], stage.waiting)
        return (delivered, waiting)

    def describe(self) -> Iterable[Family]:
        # Without it the registry would scrape, and so read the store, when the app is built.
        return ()


class _Ledger(Collector):
    def __init__(self, unfinished: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        self._unfinished = unfinished

    def collect(self) -> Iterable[Family]:
        metric = metrics.LEDGER_CONTACTS
        contacts = GaugeMetricFamily(metric.name, metric.about, labels=metric.labels)
        for (state, step), count in sorted(self._unfinished().items()):
            contacts.add_metric([state, step], count)
        return (contacts,)

    def describe(self) -> Iterable[Family]:
        # As above: the store is read when scraped, not before.
        return ()


class _Customers(Collector):
    def __init__(self, frozen: Callable[[], int]) -> None:
        self._frozen = frozen

    def collect(self) -> Iterable[Family]:
        metric = metrics.CUSTOMERS_FROZEN
        yield GaugeMetricFamily(metric.name, metric.about, value=self._frozen())

    def describe(self) -> Iterable[Family]:
        # As above.
        return ()
