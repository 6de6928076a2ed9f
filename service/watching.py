"""Watching put together: the jobs that find what is wrong, and what people may do about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from fastapi import APIRouter

from service.api.routes.incident_care import incident_care_routes
from service.domain.storms import Hearing
from service.flows.expiry import SeeExpiry
from service.flows.incidents import Caretaker, wake_up
from service.flows.ports import WatchedStore
from service.flows.reads.ports import Reads
from service.flows.signs import SeeMonth, see_discrepancies, see_no_takers
from service.flows.silence import SeeSilence
from service.flows.watch import See, SeeStock, see_quarantine, watch
from service.jobs.scheduler import Job


@dataclass(slots=True)
class Listener:
    """Remembers since when we have been connected, or not."""

    is_connected: Callable[[], bool]
    known: Hearing | None = field(default=None, init=False)

    def __call__(self, at: datetime) -> Hearing:
        """Return whether we hear now, and since when that is so."""
        connected = self.is_connected()
        if self.known is None or self.known.connected != connected:
            self.known = Hearing(connected=connected, since=at)
        return self.known


def watch_jobs(
    store: WatchedStore, zone: tzinfo, *, is_connected: Callable[[], bool]
) -> tuple[Job, ...]:
    """Return the jobs that keep incidents in agreement with what is so."""

    def job(name: str, every_s: float, see: See) -> Job:
        return Job(name=name, every_s=every_s, run=lambda at: watch(see, store=store, at=at))

    return (
        job("silence", 10, SeeSilence(hearing=Listener(is_connected))),
        job("stock", 5, SeeStock()),
        job("quarantine", 15, see_quarantine),
        job("discrepancies", 300, see_discrepancies),
        job("expiry", 1_800, SeeExpiry(zone)),
        job("no-takers", 600, see_no_takers),
        job("months", 600, SeeMonth(zone)),
        Job(name="snoozes", every_s=30, run=lambda at: wake_up(store=store, at=at)),
    )


def care_routes(
    reads: Reads,
    store: WatchedStore,
    *,
    now: Callable[[], datetime],
    is_passing: Callable[[Exception], bool],
) -> APIRouter:
    """Return the routes by which people say what they do about incidents."""
    return incident_care_routes(reads, Caretaker(store=store, is_passing=is_passing, now=now))
