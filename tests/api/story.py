"""One evening in the small district, booked by the service's own flows, for the API to tell."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from sqlalchemy import Engine

from service.api.circle import CirclePorts
from service.circles import KeptCircles, circle_ports
from service.domain.facts import Fact, Outcome
from service.domain.heard import Heard
from service.domain.quarantine import Reason
from service.flows.circle import LiveCircle
from service.flows.keep import keep_batch
from service.flows.silence import watch_silence
from service.flows.watch import watch_quarantine, watch_stock
from service.restocking import Surroundings, restocking_routes
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from tests.support.ground import kiosks_alone, watch_circle
from tests.support.plans import NOW, ZONE
from tests.support.say import aside, born, counted, dispensed, fact, faulted, restocked

OCTOBER: Final = datetime.fromisoformat("2026-10-31T15:59:59.500000+00:00")
"""Half a second before November begins in Shanghai."""

NOVEMBER: Final = OCTOBER + timedelta(seconds=1)


def telling(sequence: int, told: Fact, data: dict[str, Any]) -> Fact:
    """Return a fact whose body is what a kiosk really sends."""
    body = {"type": "ck.dispense.v1", "subject": f"slot/{sequence}", "data": data}
    return told._replace(body=json.dumps(body, sort_keys=True))


def keep(engine: Engine, heard: Sequence[Heard], *, at: datetime = NOW) -> None:
    """Book something."""
    with SqlStore(engine).begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def watch(engine: Engine, *, at: datetime = NOW) -> None:
    """Let every watchman go round once."""
    store = SqlStore(engine)
    with store.begin() as books:
        watch_silence(books=books, at=at)
        watch_stock(books=books, at=at)
        watch_quarantine(books=books, at=at)
    watch_circle(LiveCircle(store, kiosks_alone(engine)), store=store, at=at)


def tell(engine: Engine) -> None:
    """K0001 runs out of condoms and jams, K0002 has a gap, K0003 was never heard."""
    said = {"slot": 1, "packs": 1, "who": {"token": "secret", "age_band": "30-34"}, "later": [1]}
    keep(
        engine,
        [
            born(head=9),
            fact(1, counted(3, 2)),
            fact(2, restocked(20, slot=3, item="n9-film", added=18, removed=1)),
            telling(3, fact(3, dispensed(1), at=OCTOBER), said),
            fact(4, dispensed(1, packs=2), at=NOVEMBER),
            fact(5, dispensed(2, packs=2)),
            fact(6, dispensed(1, outcome=Outcome.EMPTY)),
            fact(7, dispensed(3, item="n9-film", after=19)),
            fact(8, dispensed(3, item="n9-film", outcome=Outcome.REFUSED)),
            fact(9, dispensed(3, item="n9-film", outcome=Outcome.JAMMED)),
        ],
    )
    keep(
        engine,
        [
            born(head=8, kiosk="K0002"),
            fact(1, counted(28, 28), kiosk="K0002"),
            fact(2, restocked(28, slot=3, item="n9-film"), kiosk="K0002"),
            fact(5, dispensed(1), kiosk="K0002"),
            fact(6, faulted("aisle_jam", slot=3), kiosk="K0002"),
            aside(b"{not json", reason=Reason.NOT_JSON, kiosk="K0002"),
            aside(b"\x00\xff", reason=Reason.CLOCK_AHEAD, kiosk="K0002"),
        ],
    )
    watch(engine)


def ports_of(engine: Engine) -> CirclePorts:
    """Return what the pages of the circle are answered from."""
    grounds, reads = kiosks_alone(engine), reads_of(engine)
    assert reads.circles is not None
    return circle_ports(reads.circles, reads, grounds.network, ZONE)


def restocking_of(engine: Engine, *, now: datetime = NOW) -> tuple[APIRouter, ...]:
    """Return the routes about what to bring where."""
    grounds, reads = kiosks_alone(engine), reads_of(engine, now=now)
    assert reads.circles is not None
    around = Surroundings(circles=reads.circles, reads=reads, network=grounds.network)
    return restocking_routes(
        SqlStore(engine), around, now=lambda: now, zone=ZONE, is_passing=lambda _error: False
    )


def reads_of(engine: Engine, *, now: datetime = NOW) -> SqlReads:
    """Return the reads of the evening."""
    store = SqlStore(engine)
    circles = KeptCircles(store, kiosks_alone(engine), now=lambda: now)
    return SqlReads(engine, now=lambda: now, zone=ZONE, circles=circles)
