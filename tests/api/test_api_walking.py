"""Another walk limit, another second line and another speed stand in every answer of the circle."""

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from service.circles import circle_ports, open_circle
from service.domain.coverage import estimate_walk_m
from service.domain.district import Place
from service.settings import Settings
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from tests.api.client import Client
from tests.api.conftest import make_app
from tests.api.story import tell
from tests.support.plans import NOW, SITES, ZONE, small_district

LIMIT_M, NEAR_M, KMH = 500, 100, 3.0
AT = "2026-11-20T10:00:00Z"


def client_of(engine: Engine, folder: Path, **walking: float) -> Client:
    """Return a client of the service as its settings make it, once its jobs have gone round."""
    of_the_house = {"data_folder": folder, "broker_password": "x", "circle_outlets": "kiosk"}
    settings = Settings.model_validate({**of_the_house, **walking})
    store = SqlStore(engine)
    room = open_circle(engine, store, ZONE, settings, now=lambda: NOW, is_held=lambda: True)
    for job in room.jobs:
        job.run(NOW + timedelta(seconds=1))
    reads = SqlReads(engine, now=lambda: NOW, zone=ZONE, circles=room.kept, walking=room.walking)
    ports = circle_ports(room.kept, reads, room.grounds.network, ZONE)
    return Client(make_app(reads, circle=ports))


def _spot(place: Place) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat)])


def walks() -> dict[str, float]:
    """Return the walk from each community to the one site where anything may be in stock."""
    plan = small_district()
    [there] = [site.place for site in plan.sites if site.id == SITES["K0002"]]
    return {
        one.id: float(estimate_walk_m(_spot(one.place), _spot(there))[0, 0])
        for one in plan.communities
    }


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path) -> Client:
    tell(sqlite_engine)
    return client_of(
        sqlite_engine, tmp_path, walk_limit_m=LIMIT_M, walk_near_m=NEAR_M, walk_kmh=KMH
    )


def test_limit_second_line_and_speed_stand_beside_every_figure(client: Client) -> None:
    district = client.get("district")
    assert (district["walk_limit_m"], district["walk_kmh"]) == (LIMIT_M, KMH)
    coverage = client.get("coverage")
    assert (coverage["limit_m"], coverage["near_m"], coverage["walk_kmh"]) == (LIMIT_M, NEAR_M, KMH)
    then = client.get(f"coverage/at?item=condom-52&at={AT}")
    assert (then["limit_m"], then["near_m"]) == (LIMIT_M, NEAR_M)
    for part in ("communities", "dependence", "actions", "sites"):
        assert client.get(f"coverage/{part}?item=condom-52")["basis"]["limit_m"] == LIMIT_M, part
    for path in ("coverage/area?item=condom-52", "kiosks/K0001/area"):
        assert client.get(path)["properties"]["limit_m"] == LIMIT_M


def test_who_is_counted_follows_the_limit_and_minutes_follow_the_speed(
    client: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    usual = client_of(sqlite_engine, tmp_path / "usual")
    people = {one.id: one.people for one in small_district().communities}

    def reached(asked: Client, key: str) -> int:
        [row] = [one for one in asked.get("coverage")["items"] if one["item"] == "condom-52"]
        return int(row[key])

    def within(limit_m: float) -> int:
        return sum(people[name] for name, walk_m in walks().items() if walk_m <= limit_m)

    assert reached(client, "people_in_stock_high") == within(LIMIT_M) > 0
    assert reached(usual, "people_in_stock_high") == within(1_000) > within(LIMIT_M)
    assert reached(client, "near_in_stock_high") == within(NEAR_M) < within(LIMIT_M)

    def rows(asked: Client) -> dict[str, dict[str, Any]]:
        said = asked.get("coverage/communities?item=condom-52")["communities"]
        return {one["id"]: one for one in said if one["walk_m"] is not None}

    for asked, kmh in ((client, KMH), (usual, 4.0)):
        for row in rows(asked).values():
            exact = row["walk_m"] / (kmh * 1_000 / 60)
            assert row["walk_minutes"] in {math.ceil(exact), math.ceil(exact - 0.1)}
    assert rows(usual).keys() >= rows(client).keys() != set()


def test_person_hours_are_of_the_limit_that_is_set(
    client: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    def never_h(asked: Client) -> float:
        [one] = asked.get("promise?month=2026-11&item=condom-52")["items"]
        return float(one["total"]["never_h"])

    before = never_h(client)
    narrow = client_of(sqlite_engine, tmp_path / "narrow", walk_limit_m=100, walk_near_m=100)
    assert never_h(narrow) > before, "sums of another limit do not hold"
    again = client_of(
        sqlite_engine, tmp_path / "again", walk_limit_m=LIMIT_M, walk_near_m=NEAR_M, walk_kmh=KMH
    )
    assert never_h(again) == before
