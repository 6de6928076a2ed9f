"""The timetable: a job that keeps the processor busy comes less often."""

import time
from datetime import UTC, datetime

from service.jobs.scheduler import Job, Timetable
from tests.servers.processes import eventually

WATCHED_S = 0.6


def _runs(busy_s: float) -> int:
    """Return how often a job runs in a moment that would see it a dozen times."""
    runs: list[datetime] = []
    job = Job(name="long", every_s=0.05, run=runs.append, first_after_s=0)
    timetable = Timetable([job], now=lambda: datetime.now(UTC), busy_s=lambda: busy_s * len(runs))
    timetable.start()
    eventually(lambda: bool(runs), what="the first run")
    time.sleep(WATCHED_S)
    timetable.stop()
    return len(runs)


def test_a_job_that_keeps_the_processor_busy_comes_less_often() -> None:
    assert _runs(busy_s=10.0) == 1, "ten seconds of work: a minute and a half of rest"


def test_a_job_that_takes_nothing_comes_whenever_it_is_due() -> None:
    assert _runs(busy_s=0.0) > 2
