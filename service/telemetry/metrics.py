"""Writes the metrics of this process and of its network, as Prometheus reads them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from service.domain.incidents import IncidentKind
from service.domain.lateness import LATER_S
from service.domain.quarantine import Reason
from service.flows.reads.notices import NoticeCounts
from service.flows.reads.ports import StoreUnavailableError
from service.flows.reads.quality import NetworkCounts
from service.telemetry.measures import Histogram, Measures

PREFIX: Final = "circle15_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the inbox stands at this moment; ages are null where there was nothing yet."""

    waiting_letters: int
    letters_in_hand: int
    last_message_age_s: float | None
    last_commit_age_s: float | None
    failing_s: float
    broker_connected: bool
    alive: bool
    standing_by: bool


class Metrics:
    """Takes what was counted, and asks for the rest when it is read."""

    def __init__(
        self,
        measures: Measures,
        *,
        pulse: Callable[[], Pulse],
        counts: Callable[[], NetworkCounts],
        notices: Callable[[], NoticeCounts],
        build: dict[str, str],
    ) -> None:
        # A registry of our own: the library's global one would tell of whoever else uses it.
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Collector(measures, pulse, counts, notices, build))
        ProcessCollector(registry=self._registry)

    def __call__(self, accepted: str) -> tuple[bytes, str]:
        """Return the metrics in the form that the reader asks for, and its media type."""
        encode, media_type = choose_encoder(accepted)
        return encode(self._registry), media_type


@dataclass(frozen=True, slots=True, eq=False)
class _Collector(Collector):
    measures: Measures
    pulse: Callable[[], Pulse]
    counts: Callable[[], NetworkCounts]
    notices: Callable[[], NoticeCounts]
    build: dict[str, str]

    def collect(self) -> Iterator[Metric]:
        yield from _booked(self.measures)
        yield from _standing(self.pulse())
        yield _info(self.build)
        try:
            counts, notices = self.counts(), self.notices()
        except StoreUnavailableError:
            yield _gauge("database_up", "1 while the database answers.", 0)
            return
        yield _gauge("database_up", "1 while the database answers.", 1)
        yield from _network(counts)
        yield from _told(notices)


def _booked(measures: Measures) -> Iterator[Metric]:
    yield _counter("facts_booked", "Facts that were new.", measures.facts)
    yield _counter("repeats", "Facts that were kept already, absorbed.", measures.repeats)
    yield _counter(
        "acknowledgements", "Journals acknowledged to their kiosk.", measures.acknowledgements
    )
    yield _counter(
        "quarantine_no_room", "Messages only counted, the quarantine being full.", measures.no_room
    )
    aside = CounterMetricFamily(
        f"{PREFIX}set_aside", "Messages set aside in the quarantine.", labels=["reason"]
    )
    for reason in Reason:
        aside.add_metric([reason.value], measures.set_aside[reason])
    yield aside
    yield _histogram("batch_letters", "Messages booked in one transaction.", measures.letters)
    yield _histogram(
        "booking_seconds", "From the begin of a transaction to its commit.", measures.booking_s
    )
    yield _histogram("commit_seconds", "The commit of a batch alone.", measures.commit_s)
    yield _lateness(measures)


def _lateness(measures: Measures) -> Metric:
    """Return the histogram, without a sum: a clock ahead of ours would let it go back."""
    buckets: list[tuple[str, float]] = []
    so_far = 0
    for upto_s, facts in measures.lateness.items():
        so_far += facts
        buckets.append(("+Inf" if upto_s == LATER_S else str(float(upto_s)), so_far))
    says = "From when a fact happened, by its kiosk's clock, until we heard it."
    family = HistogramMetricFamily(f"{PREFIX}fact_lateness_seconds", says)
    family.add_metric([], buckets, None)
    return family


def _standing(pulse: Pulse) -> Iterator[Metric]:
    yield _gauge(
        "inbox_waiting_letters", "Messages heard and not yet taken.", pulse.waiting_letters
    )
    yield _gauge("inbox_letters_in_hand", "Messages being booked now.", pulse.letters_in_hand)
    if pulse.last_message_age_s is not None:
        yield _gauge(
            "last_message_age_seconds", "Since the last message came.", pulse.last_message_age_s
        )
    if pulse.last_commit_age_s is not None:
        yield _gauge(
            "last_commit_age_seconds",
            "Since the last batch was committed.",
            pulse.last_commit_age_s,
        )
    yield _gauge(
        "database_failing_seconds", "Since when the inbox waits for the database.", pulse.failing_s
    )
    yield _gauge("broker_connected", "1 while the broker hears us.", pulse.broker_connected)
    yield _gauge("inbox_alive", "1 while the inbox runs.", pulse.alive)
    yield _gauge("standing_by", "1 while another process hears this region.", pulse.standing_by)


def _network(counts: NetworkCounts) -> Iterator[Metric]:
    yield _gauge("kiosks_enrolled", "Kiosks of the district.", counts.kiosks_enrolled)
    yield _gauge("kiosks_online", "Kiosks connected to the broker.", counts.kiosks_online)
    yield _gauge(
        "kiosks_silent", "Kiosks past their deadline, or never heard.", counts.kiosks_silent
    )
    yield _labelled(
        "gaps",
        "Stretches of journals that are missing.",
        "state",
        {"open": counts.open_gaps, "permanent": counts.permanent_gaps},
    )
    yield _gauge("gaps_asked", "Open gaps asked for at least once.", counts.asked_gaps)
    yield _labelled(
        "gap_facts",
        "Facts that are missing.",
        "state",
        {"open": counts.open_gap_facts, "permanent": counts.permanent_gap_facts},
    )
    waiting = {line.reason.value: line.waiting for line in counts.quarantine}
    messages = {line.reason.value: line.messages for line in counts.quarantine}
    reasons = [reason.value for reason in Reason]
    yield _labelled(
        "quarantine_rows",
        "Different messages that wait in the quarantine.",
        "reason",
        {reason: waiting.get(reason, 0) for reason in reasons},
    )
    yield _labelled(
        "quarantine_messages",
        "How often those that wait came.",
        "reason",
        {reason: messages.get(reason, 0) for reason in reasons},
    )
    incidents = dict.fromkeys((kind.value for kind in IncidentKind), 0)
    incidents |= dict(counts.open_incidents)
    yield _labelled("open_incidents", "Incidents not resolved.", "kind", incidents)


def _told(counts: NoticeCounts) -> Iterator[Metric]:
    yield _gauge("notices_waiting", "Notices to be sent, or being sent.", counts.waiting)
    yield _gauge("notices_failed", "Notices given up, until they are sent again.", counts.failed)
    yield _gauge(
        "notices_overdue_seconds", "Since when the oldest notice is due.", counts.oldest_due_s
    )


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, says, value=value)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, says, value=float(value))


def _labelled(name: str, says: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, says, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _histogram(name: str, says: str, values: Histogram) -> Metric:
    return HistogramMetricFamily(
        PREFIX + name, says, buckets=values.buckets(), sum_value=values.total
    )


def _info(build: dict[str, str]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}build_info", "What runs: its value is always 1.", labels=list(build)
    )
    family.add_metric(list(build.values()), 1)
    return family
