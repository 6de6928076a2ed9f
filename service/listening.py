"""Opens the inbox from its settings: the ear, the worker, and who watches over both."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from service.flows.circle import Follows
from service.inbox.ear import Ear
from service.inbox.receiver import BrokerAddress
from service.inbox.worker import Worker
from service.jobs.scheduler import Job
from service.settings import Settings
from service.store.leases import Lease
from service.telemetry.measures import Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What hears and books, and the job that begins either anew where it has ended or halted."""

    receiver: Ear
    worker: Worker
    watchdog: Job


def open_inbox(
    books: Follows,
    settings: Settings,
    measures: Measures,
    lease: Lease,
    *,
    zone: tzinfo,
    now: Callable[[], datetime],
    is_passing: Callable[[Exception], bool],
) -> Inbox:
    """Return the inbox, connected to nothing yet."""
    address = BrokerAddress(
        host=settings.broker_host,
        port=settings.broker_port,
        user=settings.user,
        password=settings.broker_password,
        others=settings.other_brokers,
    )
    receiver = Ear(address, region=settings.region, batch_max=settings.batch_max)
    worker = Worker(
        receiver,
        books,
        region=settings.region,
        zone=zone,
        now=now,
        is_passing=is_passing,
        is_held=lease.is_held,
        batch_max=settings.batch_max,
        observe=measures.note,
    )

    def watch_over(_at: datetime) -> None:
        worker.revive()
        receiver.mend()

    watchdog = Job(name="watchdog", every_s=5, run=watch_over, everywhere=True)
    return Inbox(receiver=receiver, worker=worker, watchdog=watchdog)
