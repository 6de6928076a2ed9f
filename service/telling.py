"""Telling put together: who hears what, the outbox that sends it, and what its pages are told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter

from service.api.routes.notices import notice_routes
from service.api.routes.recipients import recipient_routes
from service.flows.contacts import ContactDesk
from service.flows.ports import WatchedStore
from service.flows.reads.notices import TellingReads
from service.jobs.scheduler import Job
from service.outbox.post import Post, fault_of
from service.outbox.sender import Outbox

EVERY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """All of it that a running service needs."""

    store: WatchedStore
    outbox: Outbox
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    is_passing: Callable[[Exception], bool]

    @property
    def job(self) -> Job:
        """Return what sends what is due."""
        return Job(name="notices", every_s=EVERY_S, run=self.outbox.run, first_after_s=2)

    def routes(self, reads: TellingReads) -> tuple[APIRouter, ...]:
        """Return the routes about who hears what, and about what was told."""
        desk = ContactDesk(
            store=self.store,
            now=self.now,
            new_id=self.new_id,
            fault_of=fault_of,
            is_passing=self.is_passing,
        )
        return (recipient_routes(reads, desk), notice_routes(reads, desk))


def open_telling(
    store: WatchedStore,
    *,
    public_url: str,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    is_passing: Callable[[Exception], bool],
) -> Telling:
    """Return it; nothing is sent before the job runs."""
    outbox = Outbox(
        store, Post(public_url=public_url), now=now, new_id=new_id, is_passing=is_passing
    )
    return Telling(store=store, outbox=outbox, now=now, new_id=new_id, is_passing=is_passing)
