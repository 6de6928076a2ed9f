"""Demand to come over the API: a kiosk's items and the district's, each with its origin."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from service.domain.facts import What
from service.flows.outlooks import OutlookMaking
from service.flows.timeline import keep_timelines
from service.store.sql_store import SqlStore
from tests.api.client import PREFIX, Client
from tests.api.conftest import make_app
from tests.api.story import keep, reads_of
from tests.support.plans import NOW, ZONE
from tests.support.say import counted, dispensed, fact

DAYS = 100


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def forecasting(sql_engine: Engine) -> Client:
    """K0001 gave out a pack every second day of a hundred and has eight left; K0003 is new."""
    journal: list[tuple[int, What]] = [(DAYS, counted(28, 30))]
    journal += [(day, dispensed(1 + (day < DAYS // 2))) for day in range(DAYS - 1, 0, -2)]
    keep(
        sql_engine,
        [
            *(
                fact(number, what, at=days_ago(day))
                for number, (day, what) in enumerate(journal, 1)
            ),
            fact(1, counted(0, 0), kiosk="K0002", at=days_ago(40)),
        ],
    )
    store = SqlStore(sql_engine)
    keep_timelines(store, at=NOW)
    OutlookMaking(store, zone=ZONE).make(NOW)
    return Client(make_app(reads_of(sql_engine)))


@pytest.fixture
def client(sqlite_engine: Engine) -> Client:
    return forecasting(sqlite_engine)


def text(client: Client, path: str) -> str:
    response = client.ask(f"{PREFIX}/{path}")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return response.text


def test_a_kiosk_s_forecast_says_how_much_how_long_and_from_what(
    sql_engine: Engine,
) -> None:
    client = forecasting(sql_engine)
    said = client.get("forecast?kiosk_id=K0001")
    assert (said["kiosk_id"], said["made_at"]) == ("K0001", "2026-11-20T10:00:00Z")
    assert "Packs wanted a day" in said["formula_en"]
    assert "日均需求" in said["formula_zh"]
    [condom, film] = said["items"]
    assert (condom["item"], film["item"]) == ("condom-52", "n9-film")
    assert condom["packs_per_day"] == pytest.approx(0.5, abs=0.1)
    assert condom["packs_per_day_low"] < condom["packs_per_day"] < condom["packs_per_day_high"]
    assert (condom["days"], len(condom["by_day"]), condom["risk"]) == (9, 9, 0.05)
    assert condom["on_hand_packs"] == 8
    assert condom["days_of_cover"] == pytest.approx(8 / condom["packs_per_day"], rel=0.1)
    assert 0.01 < condom["p_stock_out"] < 0.2
    assert condom["runs_out_on"] > "2026-11-24"
    assert (condom["window_days"], condom["pool"]) == (400, "condom-52/hospital")
    assert condom["seen_days"] == pytest.approx(99.25)
    assert condom["seen_packs"] == 50.0
    levels = [one["p"] for one in condom["quantiles"]]
    assert levels == pytest.approx([0.05 * number for number in range(1, 20)])


def test_the_field_s_own_figures_stand_beside_it(client: Client) -> None:
    [condom, _] = client.get("forecast?kiosk_id=K0001")["items"]
    # In August the kiosk told of itself only from the 12th on.
    assert condom["months"] == [
        {"month": "2026-09", "packs": 15, "stock_out_days": 0},
        {"month": "2026-10", "packs": 15, "stock_out_days": 0},
    ]
    by_convention = {one["convention"]: one for one in condom["field"]}
    assert set(by_convention) == {"openlmis", "plain"}
    assert by_convention["openlmis"]["amc_packs"] >= by_convention["plain"]["amc_packs"]
    assert by_convention["openlmis"]["months_of_stock"] == pytest.approx(8 / 15)


def test_what_depends_on_a_stock_that_nobody_counted_is_null(client: Client) -> None:
    [condom, _] = client.get("forecast?kiosk_id=K0003")["items"]
    assert condom["packs_per_day"] > 0
    for name in ("on_hand_packs", "days_of_cover", "p_stock_out", "runs_out_on"):
        assert condom[name] is None
    assert condom["months"] == []
    assert all(one["amc_packs"] is None for one in condom["field"])


def test_an_empty_kiosk_has_run_out_today(client: Client) -> None:
    [condom, _] = client.get("forecast?kiosk_id=K0002")["items"]
    assert (condom["on_hand_packs"], condom["p_stock_out"]) == (0, 1.0)
    assert (condom["days_of_cover"], condom["runs_out_on"]) == (0.0, "2026-11-20")


def test_the_district_s_forecast_adds_up_its_kiosks(client: Client) -> None:
    said = client.get("forecast/district?days=28")
    assert (said["days"], said["from_day"]) == (28, "2026-11-20")
    [condom, _] = said["items"]
    alone = [client.get(f"forecast?kiosk_id=K000{n}")["items"][0] for n in (1, 2, 3)]
    assert condom["packs_per_day"] == pytest.approx(
        sum(one["packs_per_day"] for one in alone), rel=0.05
    )
    assert (condom["kiosks"], condom["kiosks_counted"], condom["on_hand_packs"]) == (3, 2, 8)
    assert 1.0 < condom["kiosks_expected_out"] <= 2.0
    assert condom["expected_lost_packs"] > 0


def test_forecasts_come_as_tables_too(client: Client) -> None:
    kiosk = text(client, "forecast?kiosk_id=K0001&format=csv")
    [heading, condom, _film, rest] = kiosk.split("\r\n")
    assert rest == ""
    assert heading.startswith("\ufeff药具编号 Item,起始日 From,天数 Days")
    assert condom.startswith("condom-52,2026-11-20,9,0.")
    assert heading.count(",") == condom.replace('"', "").count(",") or '"' in condom
    district = text(client, "forecast/district?format=csv")
    assert len(district.split("\r\n")) == 4


def test_a_kiosk_without_a_forecast_has_no_items_and_says_so(sqlite_engine: Engine) -> None:
    said = Client(make_app(reads_of(sqlite_engine))).get("forecast?kiosk_id=K0001")
    assert (said["made_at"], said["items"]) == (None, [])


def test_wrong_questions_are_refused_in_a_sentence(client: Client) -> None:
    for path, status, words in (
        ("forecast?kiosk_id=K9999", 404, "There is no kiosk"),
        ("forecast", 422, "kiosk_id is missing"),
        ("forecast/district?days=0", 422, "from 1 to 91"),
    ):
        refused, error = client.refused(path)
        assert (refused, words in error["message"]) == (status, True)
