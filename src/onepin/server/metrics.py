"""What ``/metrics`` tells Prometheus. Requests are counted in plain dictionaries and rendered only when asked for.

No label ever holds a key, an id, a path as it was sent, or anything else that a caller chooses.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from onepin.server.errors import Refused

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = [f"{bound:g}" for bound in BUCKETS]
_DATABASES = ("sqlite:", "postgres:")


class Metrics(Collector):
    """The counters of one server process. ``gauges``: name and help, and how to read it when asked (None: unknown)."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], list[float]] = {}
        self._refused: Counter[str] = Counter()
        self._database_errors = 0
        self._votes: Counter[tuple[str, str]] = Counter()
        self._gauges: list[tuple[str, str, Callable[[], float | None]]] = []
        self._counters: list[tuple[str, str, Callable[[], float]]] = []

    def gauge(self, name: str, about: str, read: Callable[[], float | None]) -> None:
        """Add a value that goes up and down."""
        self._gauges.append((name, about, read))

    def counter(self, name: str, about: str, read: Callable[[], float]) -> None:
        """Add a value that only rises, kept elsewhere."""
        self._counters.append((name, about, read))

    def note(self, route: str, status: int, seconds: float, refused: Refused | None) -> None:
        """Count one answered request. ``route`` is a path as the router has it, never as it was sent."""
        counts = self._requests.get((route, status))
        if counts is None:
            counts = self._requests[(route, status)] = [0.0] * (len(BUCKETS) + 2)  # a place per bucket, beyond, the sum
        counts[bisect_left(BUCKETS, seconds)] += 1
        counts[-1] += seconds
        if refused is not None:
            self._refused[refused.code.value] += 1
            if refused.reason is not None and refused.reason.startswith(_DATABASES):
                self._database_errors += 1

    def note_vote(self, page: str, helpful: str) -> None:
        """Count an answer to whether a page of the documentation was helpful; ``page`` is one that there is."""
        self._votes[page, helpful] += 1

    def render(self) -> bytes:
        """The text for a scrape (Prometheus exposition format 0.0.4)."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def described(self) -> list[tuple[str, str, str]]:
        """Name, type and meaning of every metric, those included whose value is not known yet."""
        unknown = [GaugeMetricFamily(name, about) for name, about, read in self._gauges if read() is None]
        endings = {"counter": "_total"}
        found = [*self.collect(), *unknown]
        return [(family.name + endings.get(family.type, ""), family.type, family.documentation) for family in found]

    def collect(self) -> Iterator[Metric]:
        """Everything, as ``prometheus_client`` takes it."""
        durations = HistogramMetricFamily(
            "onepin_request_duration_seconds", "How long requests took.", labels=["route", "status"]
        )
        for (route, status), counts in list(self._requests.items()):
            total, buckets = 0.0, []
            for label, count in zip([*_LABELS, "+Inf"], counts, strict=False):
                total += count
                buckets.append((label, total))
            durations.add_metric([route, str(status)], buckets, counts[-1])
        yield durations
        refusals = CounterMetricFamily("onepin_refusals", "Requests that were refused, by error code.", labels=["code"])
        for code, count in self._refused.items():
            refusals.add_metric([code], count)
        yield refusals
        yield CounterMetricFamily(
            "onepin_database_errors", "Requests that failed because of the database.", value=self._database_errors
        )
        votes = CounterMetricFamily(
            "onepin_docs_votes",
            "Answers to whether a page of the documentation was helpful.",
            labels=["page", "helpful"],
        )
        for (page, helpful), count in self._votes.items():
            votes.add_metric([page, helpful], count)
        yield votes
        for name, about, read_counter in self._counters:
            yield CounterMetricFamily(name, about, value=read_counter())
        for name, about, read in self._gauges:
            value = read()
            if value is not None:
                yield GaugeMetricFamily(name, about, value=value)
