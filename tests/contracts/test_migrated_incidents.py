"""A database with alerts comes out with incidents, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import JSON, Engine, column, inspect, table, text

from service.domain.incidents import IncidentKind
from service.store.engine import open_engine, writing
from service.store.migrate import alembic_config, migrate
from service.store.sql_store import SqlStore
from service.store.types import Instant
from tests.support.incidents import opened
from tests.support.plans import NOW

ALERT: Final = table(
    "alert",
    *map(column, ("id", "subject", "kind", "severity", "place", "item")),
    column("opened_at", Instant()),
    column("resolved_at", Instant()),
    column("numbers", JSON()),
)
ALERTS: Final = (
    (1, "low", "K0001", "n9-film", 5, 3),
    (2, "low", "K0001", "condom-52", None, 2),
    (3, "low", "K0001", "condom-52", 9, 1),
    (4, "silent", "K0001", None, None, None),
    (5, "low", "K0001", "n9-film", None, 4),
)
"""Number, kind, place, item, hour of its end, packs on hand."""


def _alert(
    number: int, kind: str, place: str, item: str | None, ended: int | None, packs: int | None
) -> dict[str, Any]:
    return {
        "id": number,
        "subject": f"{kind}|{place}|{item or ''}|0",
        "kind": kind,
        "severity": "warning",
        "place": place,
        "item": item,
        "opened_at": NOW + timedelta(hours=number),
        "resolved_at": None if ended is None else NOW + timedelta(hours=ended),
        "numbers": {"on_hand_packs": packs},
    }


@pytest.fixture(params=["sqlite", "postgres"])
def alerted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database as it was before incidents, with alerts in it."""
    url = f"sqlite:///{tmp_path}/alerts.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    engine = open_engine(url)
    command.upgrade(alembic_config(engine), "0008")
    with writing(engine).begin() as connection:
        connection.execute(ALERT.insert(), [_alert(*one) for one in ALERTS])
    migrate(engine)
    yield engine
    engine.dispose()


def test_alerts_become_incidents_one_for_each_kind_and_place(alerted: Engine) -> None:
    with SqlStore(alerted).begin() as books:
        low, silent = books.incidents.standing([IncidentKind.LOW, IncidentKind.SILENT])
        assert (low.id, low.opened_at) == (2, NOW + timedelta(hours=2))
        parts = [(one["item"], one["on_hand_packs"]) for one in low.numbers["items"]]
        assert parts == [("condom-52", 2), ("n9-film", 4)]
        assert (silent.id, silent.numbers) == (4, {"on_hand_packs": None})
        over = books.incidents.resolved([low.subject], NOW)[low.subject]
        assert (over.id, over.resolved_at) == (3, NOW + timedelta(hours=9))
        [event] = books.incidents.keep([opened(IncidentKind.OUT, "K0001")])
        assert event.incident_id > 4, "numbers go on after those of before"


def test_views_and_events_tell_of_what_was_carried_over(alerted: Engine) -> None:
    with alerted.begin() as connection:
        told = connection.execute(text("SELECT id, slot, item FROM v_alert_open ORDER BY id")).all()
        assert [tuple(row) for row in told] == [(2, None, None), (4, None, None)]
        happened = connection.execute(
            text("SELECT what, count(*) FROM incident_event GROUP BY what ORDER BY what")
        )
        assert [tuple(row) for row in happened] == [("opened", 4), ("resolved", 2)]
        assert not inspect(connection).has_table("alert")
