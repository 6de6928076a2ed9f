"""Bad input gets a clear refusal in both languages; a mistake of ours gets a number."""

import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from service.api.cursors import read_cursor, write_cursor
from service.api.errors import RefusalError
from service.flows.reads.totals import FactPlace
from service.store.engine import open_engine
from service.store.reads.sql_reads import SqlReads
from tests.api.client import Client
from tests.api.conftest import make_app
from tests.support.plans import NOW, ZONE

LONG = "x" * 3_000


@pytest.fixture
def empty(tmp_path: Path) -> Client:
    """The API over a database that has no tables: every read is a mistake of ours."""
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    return Client(make_app(SqlReads(engine, now=lambda: NOW, zone=ZONE)))


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("kiosks/%00", 404, "kiosk_unknown"),
        ("kiosks/a%00b", 404, "kiosk_unknown"),
        ("kiosks/' OR 1=1 --", 404, "kiosk_unknown"),
        (f"kiosks/{'K' * 900}", 404, "kiosk_unknown"),
        (f"kiosks/{'K' * 2000}", 422, "address_too_long"),
        ("nothing/here", 404, "not_found"),
        ("%00", 404, "not_found"),
        ("totals/monthly", 422, "parameter_missing"),
        ("totals/monthly?month=2026-13", 422, "parameter_wrong"),
        ("totals/monthly?month=0000-00", 422, "parameter_wrong"),
        ("totals/monthly?month=2026-10%0A", 422, "parameter_wrong"),
        ("totals/monthly?month=2026-10&by=foo", 422, "parameter_wrong"),
        ("totals/monthly.csv?month=October", 422, "parameter_wrong"),
        ("totals/facts?month=2026-10&cursor=garbage", 422, "cursor_wrong"),
        ("totals/facts?month=2026-10&cursor=%00%FF", 422, "cursor_wrong"),
        ("totals/facts?month=2026-10&cursor=W10", 422, "cursor_wrong"),
        ("totals/facts?month=2026-10&site=%00", 422, "parameter_wrong"),
        ("totals/facts?month=2026-10&limit=1000000000", 422, "parameter_wrong"),
        ("totals/facts?month=2026-10&limit=0", 422, "parameter_wrong"),
        (f"totals/facts?month=2026-10&limit={'9' * 400}", 422, "parameter_wrong"),
        ("alerts?limit=1000000000", 422, "parameter_wrong"),
        ("alerts?state=perhaps", 422, "parameter_wrong"),
        ("incidents?state=perhaps", 422, "parameter_wrong"),
        ("incidents?kind=boredom", 422, "parameter_wrong"),
        ("incidents?place=%00", 422, "parameter_wrong"),
        ("incidents/0", 422, "parameter_wrong"),
        ("incidents/seventeen", 422, "parameter_wrong"),
        ("quarantine?limit=-1", 422, "parameter_wrong"),
        ("sites?outlet=shop", 422, "parameter_wrong"),
        ("sites?town=%F0%9F%98%80", 422, "parameter_wrong"),
        ("changes?after=-1", 422, "parameter_wrong"),
        ("changes?after=99999999999999999999", 422, "parameter_wrong"),
        (f"alerts?state={LONG}", 422, "address_too_long"),
    ],
)
def test_bad_input_is_refused_in_words(empty: Client, path: str, status: int, code: str) -> None:
    # Without tables only what is refused before any read can be refused so.
    found, error = empty.refused(path)
    assert (found, error["code"]) == (status, code)
    assert len(error["message"]) < 400


def test_an_unknown_kiosk_is_refused_by_name(client: Client) -> None:
    status, error = client.refused("kiosks/K9999")
    assert (status, error["code"]) == (404, "kiosk_unknown")
    assert '"K9999"' in error["message_zh"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    status, error = client.refused("kiosks", method=method)
    assert (status, error["code"]) == (405, "method_not_allowed")


def test_a_mistake_of_ours_gets_a_number_that_stands_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(SqlReads):
        def towns(self) -> tuple[()]:
            message = "a secret cause"
            raise ZeroDivisionError(message)

    engine = create_engine("sqlite://")
    client = Client(make_app(Broken(engine, now=lambda: NOW, zone=ZONE)))
    with caplog.at_level(logging.ERROR):
        response = client.ask("/api/v1/towns")
    error = response.json()["error"]
    assert response.status_code == 500
    assert "secret" not in response.text
    number = error["message"].split("the number ")[1].partition(":")[0]
    assert number in error["message_zh"]
    assert number in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_does_not_answer_is_said_and_worth_trying_again(empty: Client) -> None:
    for path in ("kiosks", "kiosks/K0001", "totals/months", "district", "map/base"):
        status, error = empty.refused(path)
        assert (status, error["code"]) == (503, "database_unavailable"), path
    assert empty.ask("/api/v1/kiosks").headers["retry-after"] == "5"


def test_a_district_that_is_not_laid_out_yet_is_said(sql_engine: Engine) -> None:
    with sql_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM district")
    client = Client(make_app(SqlReads(sql_engine, now=lambda: NOW, zone=ZONE)))
    assert client.refused("district")[1]["code"] == "district_missing"


@given(st.text(max_size=80))
def test_any_text_as_a_cursor_is_a_place_or_a_refusal(text: str) -> None:
    with contextlib.suppress(RefusalError):
        assert isinstance(read_cursor(text), FactPlace)


@given(
    at=st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)),
    sequence=st.integers(1, 2**63 - 1),
)
def test_a_cursor_comes_back_as_it_went(at: datetime, sequence: int) -> None:
    place = FactPlace("S001", at, "K0001", 2**31 - 1, sequence)
    assert read_cursor(write_cursor(place)) == place
