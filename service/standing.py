"""How the service stands: what the API and the metrics are told of the rooms they do not know."""

import time
from collections.abc import Callable

from service.api.readiness import Readiness
from service.inbox.ear import Ear
from service.inbox.worker import Worker
from service.store.leases import Lease
from service.telemetry.metrics import Pulse


def readiness_of(receiver: Ear, worker: Worker, lease: Lease) -> Readiness:
    """Return what says whether the service can work."""

    def inbox_age_s() -> float | None:
        age_s = _age_s(worker.gauges.last_message_s)
        return None if age_s is None else round(age_s, 1)

    def trouble() -> str:
        if not worker.is_alive:
            return "the inbox has stopped; restart the service"
        if receiver.refused:
            return f"the broker refused us ({receiver.refused}); check CIRCLE15_BROKER_PASSWORD"
        if halted_s := receiver.halted_s:
            return (
                f"the process that hears the broker has not answered for {halted_s:.0f} s; "
                "it is ended and begun anew after a minute, else restart the service"
            )
        if worker.gauges.failing_since_s is not None:
            return "the database does not take what we hear; it is tried again, see the log"
        if worker.gauges.error:
            return "hearing the broker failed; it is tried again, see the log"
        return ""

    return Readiness(
        broker_connected=receiver.connected.is_set,
        inbox_age_s=inbox_age_s,
        inbox_trouble=trouble,
        stands_by=lease.is_elsewhere,
    )


def pulse_of(receiver: Ear, worker: Worker, lease: Lease) -> Callable[[], Pulse]:
    """Return what says how the inbox stands at the moment at which it is asked."""

    def pulse() -> Pulse:
        gauges = worker.gauges
        return Pulse(
            waiting_letters=receiver.waiting,
            letters_in_hand=gauges.in_hand,
            last_message_age_s=_age_s(gauges.last_message_s),
            last_commit_age_s=_age_s(gauges.last_commit_s),
            failing_s=_age_s(gauges.failing_since_s) or 0.0,
            broker_connected=receiver.connected.is_set(),
            alive=worker.is_alive and receiver.halted_s == 0,
            standing_by=lease.is_elsewhere(),
        )

    return pulse


def _age_s(since_s: float | None) -> float | None:
    return None if since_s is None else time.monotonic() - since_s
