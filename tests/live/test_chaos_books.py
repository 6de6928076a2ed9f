"""The judge of the chaos benchmark sees each kind of mistake: what cannot fail proves nothing."""

import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.events import kind_of
from kiosk_sim.settings import Habits
from service.flows.keep import keep_batch
from service.inbox.translate import translate
from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.bench.backlog import REGION, plan
from tests.bench.books import journaled, judge
from tests.bench.crowd import specs_of

DAYS_MS = 5 * 86_400_000


@pytest.fixture
def booked(tmp_path: Path) -> tuple[Engine, Path]:
    """Two kiosks' past, and books that agree with it."""
    kiosks, now_ms = tmp_path / "kiosks", int(time.time() * 1000)
    fleet = open_fleet(specs_of(plan(2)), kiosks, Habits(15), Tuning(), now_ms - DAYS_MS)
    write_history(fleet, now_ms, 5.0)
    engine = open_engine(f"sqlite:///{tmp_path / 'books.db'}")
    migrate(engine)
    now = datetime.now(UTC)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(2), at=now)
    heard = [
        translate(f"ck/v1/{REGION}/{kiosk}/e/{kind_of(line)}", line, heard_at=now)
        for (kiosk, _, _), line in journaled(kiosks)
    ]
    with SqlStore(engine).begin() as books:
        keep_batch(
            [one for one in heard if one], books=books, at=now, zone=ZoneInfo("Asia/Shanghai")
        )
    return engine, kiosks


def test_true_books_are_exact(booked: tuple[Engine, Path]) -> None:
    assert judge(*booked).is_exact
    assert judge(*booked).facts > 50


@pytest.mark.parametrize(
    ("mistake", "seen"),
    [
        ("DELETE FROM fact WHERE sequence = 7 AND kiosk_id = 'K0001'", "lost"),
        ("UPDATE fact SET sequence = 99999 WHERE sequence = 7 AND kiosk_id = 'K0001'", "strange"),
        ("UPDATE fact SET body = '{}' WHERE sequence = 7 AND kiosk_id = 'K0001'", "other_content"),
        ("UPDATE day_tally SET restocked_packs = restocked_packs + 1", "doubled"),
        ("UPDATE day_tally SET dispensed_packs = dispensed_packs - 1", "days_wrong"),
        ("UPDATE hour_tally SET hour = hour - 86400000000", "hours_wrong"),
        ("UPDATE level SET left_packs = left_packs + 1 WHERE counted_packs > 5", "levels_wrong"),
    ],
)
def test_books_with_a_mistake_are_not(booked: tuple[Engine, Path], mistake: str, seen: str) -> None:
    engine, kiosks = booked
    with writing(engine).begin() as connection:
        assert connection.execute(text(mistake)).rowcount > 0
    verdict = judge(engine, kiosks)
    assert not verdict.is_exact
    assert getattr(verdict, seen) > 0
