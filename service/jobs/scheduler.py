"""The timetable on APScheduler: one run of a job at a time, and a failure is told, not the end."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

BUSY_SHARE_MAX: Final = 0.1
"""So much of one processor a job may keep busy; one that takes long comes less often instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done every so many seconds, with the moment at which it is done."""

    name: str
    every_s: float
    run: Callable[[datetime], None]
    first_after_s: float = 1.0
    everywhere: bool = False
    """Whether it is done in each process, and not only where the lease is held."""


@dataclass(slots=True)
class JobBook:
    """When each job last succeeded, and what the last failure said."""

    done_at: dict[str, datetime] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Timetable:
    """Runs jobs in the background until it is stopped."""

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        is_held: Callable[[], bool] = lambda: True,
        busy_s: Callable[[], float] = time.thread_time,
    ) -> None:
        """Take the jobs, the clock, whether this process has the lease, and a thread's own work."""
        self._now = now
        self._is_held = is_held
        self._busy_s = busy_s
        self._rests_until: dict[str, datetime] = {}
        self.book = JobBook()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                seconds=job.every_s,
                id=job.name,
                next_run_time=now() + timedelta(seconds=job.first_after_s),
            )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs finish, and begin no other."""
        self._scheduler.shutdown(wait=True)

    def _run(self, job: Job) -> None:
        if not (job.everywhere or self._is_held()):
            return
        at = self._now()
        if at < self._rests_until.get(job.name, at):
            return  # Whoever books facts needs the processor too.
        before_s = self._busy_s()
        try:
            job.run(at)
        except Exception as error:
            log.exception("Job %s failed; it runs again in %s s.", job.name, job.every_s)
            self.book.failed[job.name] = f"{type(error).__name__}: {error}"[:300]
        else:
            self.book.done_at[job.name] = at
            self.book.failed.pop(job.name, None)
        rest_s = (self._busy_s() - before_s) * (1 / BUSY_SHARE_MAX - 1)
        self._rests_until[job.name] = self._now() + timedelta(seconds=rest_s)
