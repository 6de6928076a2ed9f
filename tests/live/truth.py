"""Compares what a service says and keeps with what really happened in the simulated kiosks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from kiosk_sim import truth
from tests.live.running import UPLOAD_WITHIN_S, Installation, Service

COLUMNS = (
    *("dispensed_packs", "dispensed_units", "empty_asks", "jams", "refused"),
    *("restocked_packs", "removed_packs"),
)
_LOOK_EVERY_S = 0.05
Totals = dict[tuple[str, str, str], dict[str, int]]


@contextmanager
def looking_into(installation: Installation) -> Iterator[Engine]:
    """Open the database beside the service, to count."""
    url = installation.database_url or f"sqlite:///{installation.folder / 'circle15.db'}"
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def booked(engine: Engine) -> dict[tuple[str, int], int]:
    """Return how many facts of each (kiosk, epoch) are kept."""
    counted = "SELECT kiosk_id, epoch, count(*) FROM fact GROUP BY kiosk_id, epoch"
    with engine.connect() as connection:
        rows = connection.execute(text(counted)).all()
    return {(kiosk, epoch): count for kiosk, epoch, count in rows}


def wait_for_facts(engine: Engine, count: int, *, within_s: float = UPLOAD_WITHIN_S) -> None:
    """Wait until at least so many facts are kept."""
    deadline = time.monotonic() + within_s
    while (kept := sum(booked(engine).values())) < count:
        if time.monotonic() > deadline:
            pytest.fail(f"only {kept} of {count} facts are kept after {within_s:g} s")
        time.sleep(_LOOK_EVERY_S)


def wait_until_all_is_told(
    installation: Installation, engine: Engine, *, within_s: float = UPLOAD_WITHIN_S
) -> None:
    """Wait until every fact of every journal is kept."""
    deadline = time.monotonic() + within_s
    while (kept := booked(engine)) != (wanted := truth.facts(installation.kiosks)):
        if time.monotonic() > deadline:
            behind = {key: (kept.get(key, 0), head) for key, head in wanted.items()}
            short = {key: pair for key, pair in behind.items() if pair[0] != pair[1]}
            pytest.fail(f"not every fact is kept after {within_s:g} s: (kept, wrote) {short}")
        time.sleep(_LOOK_EVERY_S)


def totals_of(service: Service) -> Totals:
    """Return the totals by (month, site, item) that are not all zero."""
    found: Totals = {}
    for month in service.get("/totals/months"):
        answer = service.get("/totals/monthly", month=month, by="site")
        assert answer["gaps_touching"] == 0, answer["gaps_touching"]
        for row in answer["rows"]:
            place = (month, row["key"], row["item"])
            assert place not in found, f"{place} stands there twice"
            found[place] = {name: row[name] for name in COLUMNS}
    return _something(found)


def true_totals(kiosks: Path) -> Totals:
    """Return the same from the kiosks' own journals."""
    return _something({place: asdict(total) for place, total in truth.monthly(kiosks).items()})


def levels_of(service: Service) -> dict[tuple[str, int], int]:
    """Return the packs in each (kiosk, slot) as the service says."""
    kiosks = [one["id"] for one in service.get("/kiosks")["kiosks"]]
    return {
        (kiosk, slot["slot"]): slot["on_hand_packs"]
        for kiosk in kiosks
        for slot in service.kiosk(kiosk)["slots"]
    }


def assert_true(installation: Installation, service: Service, engine: Engine) -> None:
    """Nothing lost, nothing doubled, no gap: facts, totals, levels and rollups are the truth."""
    kiosks = installation.kiosks
    assert booked(engine) == truth.facts(kiosks)
    assert totals_of(service) == true_totals(kiosks)
    assert levels_of(service) == truth.stock(kiosks)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM gap")).all() == []
        assert connection.execute(text("SELECT * FROM discrepancy")).all() == []
        beyond = connection.execute(
            text("SELECT kiosk_id, beyond FROM progress WHERE beyond <> ''")
        )
        assert [tuple(row) for row in beyond if row[1] not in {"", "[]"}] == []
    assert_towns_and_items_add_up(service)
    assert service.quarantine() == []


def assert_towns_and_items_add_up(service: Service) -> None:
    """Whatever it is grouped by, a month has the same sums of each item."""
    for month in service.get("/totals/months"):
        sums = [_by_item(service, month, by) for by in ("site", "town", "item")]
        assert sums[0] == sums[1] == sums[2], month


def _by_item(service: Service, month: str, by: str) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    rows: list[dict[str, Any]] = service.get("/totals/monthly", month=month, by=by)["rows"]
    for row in rows:
        total = sums.setdefault(row["item"], dict.fromkeys(COLUMNS, 0))
        for name in COLUMNS:
            total[name] += row[name]
    return sums


def _something(totals: Totals) -> Totals:
    return {place: total for place, total in totals.items() if any(total.values())}
