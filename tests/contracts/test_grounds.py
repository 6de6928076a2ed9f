"""The ground of the circle: made anew when something moved, kept between two starts."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, Executable, insert, update

from service.geo.network import Network, build_network
from service.geo.osm_file import Streets
from service.grounds import Grounds, Opening
from service.store.registry import raise_version
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.circle import StreetNetwork
from service.store.tables.registry import Community, Site
from tests.support.plans import NOW, ZONE

_SITE, _COMMUNITY = table_of(Site), table_of(Community)


def _change(engine: Engine, statement: Executable) -> None:
    with engine.begin() as connection:
        connection.execute(statement)
        raise_version(connection)


def _pairs(grounds: Grounds, store: SqlStore) -> dict[tuple[str, str], float]:
    with store.look() as books:
        relation = grounds(books.registry).relation
    return {
        (relation.community_ids[row], relation.outlet_ids[outlet]): float(walk_m)
        for row, outlet, walk_m in zip(
            relation.rows, relation.outlets, relation.walk_m, strict=True
        )
    }


def _streets_everywhere(engine: Engine) -> Network:
    """Return one straight street past every place of the small district."""
    with engine.connect() as connection:
        communities = connection.execute(_COMMUNITY.select()).all()
        places = [*communities, *connection.execute(_SITE.select()).all()]
    lon_lat = np.array(sorted((place.lon, place.lat) for place in places))
    return build_network(
        Streets(
            lon_lat=lon_lat,
            steps=np.arange(len(lon_lat), dtype=np.int32),
            starts=np.array([0, len(lon_lat)], dtype=np.int64),
        )
    )


def test_without_streets_walks_are_estimates(sql_engine: Engine) -> None:
    store = SqlStore(sql_engine)
    with store.look() as books:
        ground = Grounds(sql_engine, zone=ZONE)(books.registry)
    assert ground.relation.is_estimate
    assert ground.people.sum() == 1_350


def test_a_place_that_moves_moves_its_walks_and_no_others(sql_engine: Engine) -> None:
    store, grounds = SqlStore(sql_engine), Grounds(sql_engine, zone=ZONE)
    before = _pairs(grounds, store)
    gone = min(outlet for _, outlet in before)
    with store.look() as books:
        site = books.registry.site_by_kiosk[gone]
        beside = {one for one, at in books.registry.site_by_kiosk.items() if at == site}
    _change(sql_engine, update(_SITE).where(_SITE.c.id == site).values(lon=100.0))
    after = _pairs(grounds, store)
    assert after == {pair: walk for pair, walk in before.items() if pair[1] not in beside}
    assert after == _pairs(Grounds(sql_engine, zone=ZONE), SqlStore(sql_engine))


def test_walks_are_kept_between_two_starts(sql_engine: Engine, tmp_path: Path) -> None:
    store = SqlStore(sql_engine)
    before = _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks"), store)
    (file,) = (tmp_path / "walks").iterdir()
    written = file.stat().st_mtime_ns
    assert _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks"), store) == before
    assert file.stat().st_mtime_ns == written, "nothing was reckoned anew"


@pytest.mark.parametrize("content", [b"", b"not walks", b"PK\x03\x04 cut off"])
def test_a_file_that_cannot_be_read_is_made_anew(
    sql_engine: Engine, tmp_path: Path, content: bytes
) -> None:
    store = SqlStore(sql_engine)
    before = _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks"), store)
    (file,) = (tmp_path / "walks").iterdir()
    file.write_bytes(content)
    assert _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks"), store) == before
    assert file.read_bytes() != content


def test_another_limit_is_another_circle(sql_engine: Engine, tmp_path: Path) -> None:
    store = SqlStore(sql_engine)
    far = _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks"), store)
    near = _pairs(Grounds(sql_engine, zone=ZONE, folder=tmp_path / "walks", limit_m=300), store)
    assert near == {pair: walk for pair, walk in far.items() if walk <= 300}
    assert len(near) < len(far)


def test_streets_take_the_place_of_estimates(sql_engine: Engine) -> None:
    store, grounds = SqlStore(sql_engine), Grounds(sql_engine, zone=ZONE)
    assert grounds.network() is None
    _pairs(grounds, store)
    network = _streets_everywhere(sql_engine)
    row = {"digest": network.digest, "file_name": "x.osm", "imported_at": NOW, "id": 1,
           "nodes": network.nodes, "edges": network.edges, "body": network.to_bytes()}  # fmt: skip
    _change(sql_engine, insert(table_of(StreetNetwork)).values(row))
    with store.look() as books:
        relation = grounds(books.registry).relation
    assert not relation.is_estimate
    assert relation.pairs > 0
    found = grounds.network()
    assert found is not None
    assert found.digest == network.digest


def test_outlets_open_and_close_by_the_district_s_clock() -> None:
    opening = Opening(["24/7", "Mo-Su 08:00-18:00", "by the moon", "24/7"], ZONE)
    morning = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # Eight o'clock in Shanghai.
    assert opening.at(morning).tolist() == [True, True, True, True]
    assert opening.at(morning.replace(hour=9, minute=59)).tolist() == [True] * 4
    assert opening.at(morning.replace(hour=10)).tolist() == [True, False, True, True]
    assert opening.at(morning).tolist() == [True] * 4, "also when asked of the past"
