"""What one flip of stock costs the circle, its figures and the row of history included."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select

from service.domain.facts import Counted, Fact, SlotCount
from service.domain.heard import Heard
from service.domain.reach import Relation, relation_of
from service.flows.circle import LiveCircle
from service.flows.circle_memory import Ground
from service.flows.keep import keep_batch
from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.watch import CoverageRow
from tests.bench.backlog import ITEMS, plan
from tests.bench.report import Figures
from tests.support.say import born, fact

SIZES: Final = {"43x10k": (43, 10_000), "10kx100k": (10_000, 100_000)}
REACHED_BY: Final = 300
"""So many communities reach an outlet: a dense city has about as many within a kilometre."""

FLIPS: Final = 200
BEGUN: Final = datetime(2026, 11, 20, tzinfo=UTC)
ZONE: Final = ZoneInfo("Asia/Shanghai")


def flip_figures(size: str) -> Figures:
    """Let one kiosk after another run empty; time the circle alone, beside whole transactions."""
    kiosks, communities = SIZES[size]
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'flips.db'}")
        migrate(engine)
        with writing(engine).begin() as connection:
            lay_out(connection, plan(kiosks), at=BEGUN)
        ground = _ground(kiosks, communities)
        circle = LiveCircle(SqlStore(engine), lambda _registry: ground)
        ids = ground.relation.outlet_ids
        some = ids[:: max(1, len(ids) // FLIPS)]
        for kiosk in some:
            _book(circle, [born(kiosk=kiosk, head=1), _count(1, 9, kiosk)], BEGUN)
        spent_ms = [_flip(circle, kiosk) for _ in range(FLIPS // len(some) or 1) for kiosk in some]
        with engine.connect() as connection:
            rows = connection.scalar(select(func.count()).select_from(table_of(CoverageRow)))
        engine.dispose()
    return {
        f"flip.{size}_ms": median(spent_ms),
        f"flip.{size}_p99_ms": float(np.percentile(spent_ms, 99)),
        f"flip.{size}_history_rows": int(rows or 0),
    }


_told: dict[str, int] = {}


def _flip(circle: LiveCircle, kiosk: str) -> float:
    sequence = _told[kiosk] = _told.get(kiosk, 1) + 1
    at = BEGUN + timedelta(minutes=sequence)
    return _book(circle, [_count(sequence, 9 * (sequence % 2), kiosk)], at)


def _count(sequence: int, packs: int, kiosk: str) -> Fact:
    """Return a count in which the first slot holds so many packs, and each other nine."""
    held = [packs, *[9] * (len(ITEMS) - 1)]
    slots = (SlotCount(slot, ITEMS[slot - 1], one) for slot, one in enumerate(held, start=1))
    return fact(sequence, Counted("daily", tuple(slots)), kiosk=kiosk, at=BEGUN)


def _book(circle: LiveCircle, heard: list[Heard], at: datetime) -> float:
    """Return the milliseconds that following took."""
    with circle.begin() as books:
        kept = keep_batch(heard, books=books, at=at, zone=ZONE)
        started = time.perf_counter()
        circle.follow(kept.stirred, kept.touched, books=books, at=at)
        return (time.perf_counter() - started) * 1_000


def _ground(kiosks: int, communities: int) -> Ground:
    chance = np.random.default_rng(15)
    always = np.ones(kiosks, dtype=np.bool_)
    return Ground(
        relation=_relation(kiosks, communities, chance),
        people=chance.integers(200, 2_000, communities),
        towns=chance.integers(0, 12, communities).astype(np.int32),
        town_codes=tuple(f"9999010{town:02d}" for town in range(12)),
        open_at=lambda _at: always,
        openings=lambda _begin, _end: (),
        community_places=np.zeros((communities, 2)),
        outlet_places=np.zeros((kiosks, 2)),
    )


def _relation(kiosks: int, communities: int, chance: np.random.Generator) -> Relation:
    """Return kiosks each in reach of neighbours, as on a ring: numbers stand for places."""
    centre = chance.integers(0, communities, kiosks)[:, None]
    around = (centre + np.arange(REACHED_BY)) % communities
    outlets = np.repeat(np.arange(kiosks), REACHED_BY)
    return relation_of(
        (around.ravel(), outlets, chance.uniform(50, 1_000, outlets.size)),
        community_ids=tuple(f"C{number:06d}" for number in range(communities)),
        outlet_ids=tuple(f"K{number:04d}" for number in range(1, kiosks + 1)),
        limit_m=1_000.0,
        is_estimate=False,
    )
