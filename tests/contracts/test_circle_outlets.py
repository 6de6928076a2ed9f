"""Which outlets count in the circle, and the circle as pages read it: remembered, never stale."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from service.circles import KeptCircles
from service.domain.circle import Standing
from service.domain.heard import Heard
from service.flows.circle import LiveCircle
from service.flows.keep import keep_batch
from service.grounds import Grounds
from service.settings import Settings, SettingsError, read_settings
from service.store.driver import ask
from service.store.engine import writing
from service.store.registry import raise_version
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.standing_views import views_of
from service.store.stock import SqlStock
from service.store.tables.registry import Site
from tests.support.plans import KIOSKS, NOW, ZONE
from tests.support.say import born, counted, fact, faulted

_SITE = table_of(Site)
S = Standing


def _site(engine: Engine, site_id: str, **changed: object) -> None:
    with writing(engine).begin() as connection:
        connection.execute(update(_SITE).where(_SITE.c.id == site_id).values(**changed))
        raise_version(connection)


def _outlets(engine: Engine, *kinds: str) -> dict[str, frozenset[str] | None]:
    """Return the outlets that count, each with what it carries where nobody reports its stock."""
    grounds = Grounds(engine, zone=ZONE, kinds=kinds) if kinds else Grounds(engine, zone=ZONE)
    with SqlStore(engine).look() as books:
        ground = grounds(books.registry)
    return {one: ground.unreported.get(one) for one in ground.relation.outlet_ids}


def hear(engine: Engine, *heard: Heard, at: datetime = NOW) -> None:
    circle = LiveCircle(SqlStore(engine), Grounds(engine, zone=ZONE))
    with circle.begin() as books:
        kept = keep_batch(heard, books=books, at=at, zone=ZONE)
        circle.follow(kept.stirred, kept.touched, books=books, at=at)


def test_kiosks_and_staffed_points_count_and_others_where_they_are_named(
    sql_engine: Engine,
) -> None:
    machines = dict.fromkeys(KIOSKS)
    carried = frozenset({"condom-52", "n9-film", "n9-gel"})
    assert _outlets(sql_engine) == {**machines, "S003": carried}
    assert list(_outlets(sql_engine)) == [*KIOSKS, "S003"], "in the order of their ids"
    assert _outlets(sql_engine, "kiosk") == machines
    assert _outlets(sql_engine, "staffed") == {"S003": carried}
    _site(sql_engine, "S003", outlet="paid", items=["n9-gel"])
    assert _outlets(sql_engine) == machines
    assert _outlets(sql_engine, "kiosk", "paid") == {**machines, "S003": frozenset({"n9-gel"})}


def test_where_a_machine_stands_the_machine_is_the_outlet(sql_engine: Engine) -> None:
    _site(sql_engine, "S001", outlet="staffed")
    found = _outlets(sql_engine)
    assert found.keys() == {*KIOSKS, "S001", "S003"}, "staff beside a machine give things out, too"
    _site(sql_engine, "S001", outlet="kiosk")
    assert _outlets(sql_engine).keys() == {*KIOSKS, "S003"}


def test_pages_read_what_changed_and_nothing_else(sql_engine: Engine) -> None:
    moments = [NOW]
    circles = KeptCircles(
        SqlStore(sql_engine), Grounds(sql_engine, zone=ZONE), now=lambda: moments[-1]
    )
    hear(sql_engine, born(), fact(1, counted(5, 5)))
    first = circles.now()
    condoms, kiosk = first.items.index("condom-52"), first.relation.outlet_ids.index("K0001")
    staffed = first.relation.outlet_ids.index("S003")
    assert first.standings[condoms, kiosk] == S.IN_STOCK
    assert first.standings[condoms, staffed] == S.STOCK_UNKNOWN
    assert first.is_reported.tolist() == [True, True, True, False]
    counted_once = first.circle()
    moments.append(NOW + timedelta(minutes=1))
    again = circles.now()
    assert again.at == moments[-1]
    assert again.circle() is counted_once, "nothing changed, so nothing is counted anew"
    hear(sql_engine, fact(2, counted(0, 0)))  # By another process.
    after = circles.now()
    assert after.standings[condoms, kiosk] == S.EMPTY
    assert after.circle().figures(condoms) != counted_once.figures(condoms)
    assert first.standings[condoms, kiosk] == S.IN_STOCK, "what was handed out stands still"
    with pytest.raises(ValueError, match="read-only"):
        after.raw[0, 0] = 0
    anew = KeptCircles(
        SqlStore(sql_engine), Grounds(sql_engine, zone=ZONE), now=lambda: moments[-1]
    ).now()
    assert np.array_equal(anew.standings, after.standings)


def test_pages_see_a_door_that_shuts_and_another_registry(sql_engine: Engine) -> None:
    moments = [NOW]
    circles = KeptCircles(
        SqlStore(sql_engine), Grounds(sql_engine, zone=ZONE), now=lambda: moments[-1]
    )
    _site(sql_engine, "S003", opening_hours="Mo-Su 08:00-19:00")
    first = circles.now()
    item, staffed = first.items.index("n9-gel"), first.relation.outlet_ids.index("S003")
    assert first.standings[item, staffed] == S.STOCK_UNKNOWN
    moments.append(NOW + timedelta(hours=1))
    night = circles.now()
    assert (night.standings[item, staffed], night.raw[item, staffed]) == (S.CLOSED, S.STOCK_UNKNOWN)
    _site(sql_engine, "S003", items=["condom-52"])
    assert circles.now().raw[item, staffed] == S.NEVER


def test_the_circle_looks_at_a_kiosk_as_everybody_does(sql_engine: Engine) -> None:
    hear(
        sql_engine,
        born(head=40),
        fact(1, counted(5, 5)),
        fact(2, faulted(slot=2)),
        fact(3, faulted("power", slot=None)),
        born(head=3, kiosk="K0002"),
        fact(2, counted(0, 0), kiosk="K0002"),
    )
    for at in (NOW, NOW + timedelta(days=3)):
        with sql_engine.connect() as connection:
            expected = SqlStock(connection).views(at)
            found = views_of(connection, [*KIOSKS, "K9999"], at)
            assert found == expected
            assert views_of(connection, ["K0002"], at) == {"K0002": expected["K0002"]}
            assert views_of(connection, [], at) == {}


def test_a_setting_names_the_outlets_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLE15_BROKER_PASSWORD", "secret")
    assert read_settings().circle_kinds == ("kiosk", "staffed")
    monkeypatch.setenv("CIRCLE15_CIRCLE_OUTLETS", "delivery,kiosk,kiosk")
    assert read_settings().circle_kinds == ("kiosk", "delivery")
    for wrong in ("", "kiosk,", "vending", "kiosk staffed"):
        monkeypatch.setenv("CIRCLE15_CIRCLE_OUTLETS", wrong)
        with pytest.raises(SettingsError, match="CIRCLE15_CIRCLE_OUTLETS"):
            read_settings()
    assert Settings.model_fields["circle_outlets"].default == "kiosk,staffed"


def test_what_the_driver_refuses_is_told_as_any_other_error_of_the_database(
    sql_engine: Engine,
) -> None:
    with sql_engine.connect() as connection, connection.begin():
        assert ask(connection, "SELECT 7, 'x'") == [(7, "x")]
        with pytest.raises(DBAPIError):
            ask(connection, "SELECT nothing FROM nowhere")
