"""Files are taken in whole or not at all, and the same file again changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, delete, update

from service.domain.coordinates import Crs, from_wgs84
from service.domain.district import CommunityPlan, MapLine, Named, Place, TownPlan
from service.domain.facts import Counted, Dispensed
from service.domain.imports import DemandFile, ImportFileError, ImportReport, Refused, Source
from service.flows.import_checks import NO_STREETS, merged
from service.flows.imports import ELSEWHERE, KNOWN, TRIES_MAX, import_demand
from service.flows.keep import keep_batch
from service.flows.ports_imports import ImportKind, read_columns
from service.flows.reads.ports import StoreUnavailableError
from service.geo.network import Network
from service.importing import around
from service.store.engine import writing
from service.store.ground import read_streets
from service.store.imports import SqlImports, SqlImportStore
from service.store.registry import lay_out, raise_version
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.ledger import FactRow
from service.store.tables.registry import Community, Kiosk, Site, Slot
from tests.support.import_files import (
    DEMAND,
    OUTLETS,
    importer,
    kept,
    refuse,
    take,
    wish,
    write_rows,
    write_streets,
)
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import counted, dispensed, fact

STREETS, DEMAND_KIND, OUTLETS_KIND = ImportKind.STREETS, ImportKind.DEMAND, ImportKind.OUTLETS


def version(engine: Engine) -> int:
    return int(kept(engine)["district"][0]["version"])


def people(engine: Engine) -> dict[str, int]:
    return {one["id"]: one["people"] for one in kept(engine)["community"]}


def sites(engine: Engine) -> dict[str, tuple[str, str, str]]:
    return {
        one["id"]: (one["outlet"], one["kind"], one["opening_hours"])
        for one in kept(engine)["site"]
    }


@pytest.fixture
def demand(tmp_path: Path) -> Path:
    """One new community, one with other people, one as it is but for its name; C003 is left out."""
    return write_rows(
        tmp_path / "demand.csv",
        (*DEMAND, "name", "name_en"),
        ("C001", 105.0, 30.0, 900, "", ""),
        ("C002", 105.004, 30.0, 401, "", ""),
        ("H9", 105.002, 30.001, 77, "新村", "New Village"),
    )


def test_rows_are_told_by_id_and_whoever_is_not_in_the_file_stays(
    sql_engine: Engine, demand: Path
) -> None:
    before = version(sql_engine)
    report = take(sql_engine, DEMAND_KIND, demand)
    assert (report.rows, report.people) == (3, 900 + 401 + 77)
    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 1, 1, 0)
    assert report.warnings == (NO_STREETS,)
    assert people(sql_engine) == {"C001": 900, "C002": 401, "C003": 50, "H9": 77}
    # What the file is silent on stays: its name is no id.
    names = {one["id"]: one["name_en"] for one in kept(sql_engine)["community"]}
    assert names == {
        "C001": "Community 1",
        "C002": "Community 2",
        "C003": "Community 3",
        "H9": "New Village",
    }
    assert version(sql_engine) == before + 1
    [line] = kept(sql_engine)["import_log"]
    assert (line["kind"], line["crs"], line["file_name"]) == ("demand", "wgs84", "demand.csv")
    assert line["report"]["added"] == 1


def test_the_same_file_again_changes_nothing_and_says_so(sql_engine: Engine, demand: Path) -> None:
    first = take(sql_engine, DEMAND_KIND, demand)
    assert not first.is_known
    after_one = kept(sql_engine)
    second = take(sql_engine, DEMAND_KIND, demand)
    assert kept(sql_engine) == after_one
    assert (second.is_known, second.unchanged, second.people) == (True, 3, first.people)
    assert second.warnings[-1] == KNOWN
    # The same rows stated in another system are another file.
    other = take(sql_engine, DEMAND_KIND, demand, crs=Crs.GCJ02)
    assert (other.is_known, other.changed) == (False, 3)


def test_only_the_newest_file_of_a_kind_is_the_one_before(
    sqlite_engine: Engine, demand: Path, tmp_path: Path
) -> None:
    other = write_rows(tmp_path / "other.csv", DEMAND, ("H10", 105.0, 30.0, 1))
    take(sqlite_engine, DEMAND_KIND, demand)
    take(sqlite_engine, DEMAND_KIND, other)
    assert take(sqlite_engine, DEMAND_KIND, other).is_known
    before_last = take(sqlite_engine, DEMAND_KIND, demand)
    assert (before_last.is_known, before_last.unchanged) == (False, 3)
    assert len(kept(sqlite_engine)["import_log"]) == 3


def test_the_same_file_mends_what_was_changed_since(sql_engine: Engine, demand: Path) -> None:
    take(sql_engine, DEMAND_KIND, demand)
    community = table_of(Community)
    with writing(sql_engine).begin() as connection:
        connection.execute(update(community).where(community.c.id == "H9").values(people=1))
        raise_version(connection)
    report = take(sql_engine, DEMAND_KIND, demand)
    assert (report.is_known, report.changed) == (False, 1)
    assert people(sql_engine)["H9"] == 77


def test_a_preview_says_the_same_and_writes_nothing(sql_engine: Engine, demand: Path) -> None:
    before = kept(sql_engine)
    preview = take(sql_engine, DEMAND_KIND, demand, replace=True, dry_run=True)
    assert kept(sql_engine) == before
    assert preview == take(sql_engine, DEMAND_KIND, demand, replace=True)
    assert preview.removed == 1


def test_with_replace_whoever_is_not_in_the_file_goes(sql_engine: Engine, demand: Path) -> None:
    assert take(sql_engine, DEMAND_KIND, demand, replace=True).removed == 1
    assert sorted(people(sql_engine)) == ["C001", "C002", "H9"]
    # Taken in again it replaces nobody any more.
    assert take(sql_engine, DEMAND_KIND, demand, replace=True).is_known


def test_one_wrong_row_and_nothing_of_the_file_is_taken(sql_engine: Engine, tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "wrong.csv",
        (*DEMAND, "town_code"),
        ("H1", 105.0, 30.0, 10, ""),
        ("H2", 105.0, 30.0, 10, "999901009"),
        ("H3", 0.0, 0.0, 10, ""),
        ("H4", 105.0, 30.4, 10, "999901001"),
    )
    # H4 is 44 km from everything else: far, and yet no other place.
    assert refuse(sql_engine, DEMAND_KIND, path) == [(3, "town_code"), (4, "lon")]
    negative = write_rows(tmp_path / "negative.csv", DEMAND, ("H1", 105.0, 30.0, -1))
    assert refuse(sql_engine, DEMAND_KIND, negative) == [(2, "people")]


def test_the_first_mistakes_are_told_and_that_there_are_more(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    rows = [(f"H{number}", 0.0, 0.0, 1) for number in range(120)]
    for count, told in ((120, 100), (100, 100), (7, 7)):
        path = write_rows(tmp_path / "sea.csv", DEMAND, *rows[:count])
        refused = importer(sqlite_engine)(wish(DEMAND_KIND, path))
        assert isinstance(refused, Refused)
        assert [one.row for one in refused.rows] == list(range(2, 2 + told))
        assert refused.more == (count > told)


def test_a_failure_halfway_undoes_all_of_it(sql_engine: Engine) -> None:
    class Failing(SqlImports):
        def log(self, *_: object) -> None:
            message = "the disk is full"
            raise OSError(message)

    class Store(SqlImportStore):
        @contextmanager
        def begin(self) -> Iterator[SqlImports]:
            with super().begin() as keeper:
                yield Failing(keeper.connection)

    before = kept(sql_engine)
    with pytest.raises(OSError, match="full"):
        _one_more(Store(sql_engine))
    assert kept(sql_engine) == before


def _one_more(store: SqlImportStore) -> ImportReport:
    row = CommunityPlan(
        id="H1", name=Named("新", "New"), town_code="", place=Place(105.0, 30.0), people=5
    )
    source = Source(file_name="a.csv", digest="0" * 64, crs=Crs.WGS84)
    file = DemandFile(source=source, rows=(row,), row_numbers=(2,))
    report = import_demand(
        file, store=store, around_of=partial(around, network=None), at=NOW, replace=True
    )
    assert isinstance(report, ImportReport)
    return report


class _Restless(SqlImportStore):
    """The district changes each time that it was looked at, so many times."""

    def __init__(self, engine: Engine, times: int) -> None:
        super().__init__(engine)
        self.engine, self.times = engine, times

    @contextmanager
    def look(self) -> Iterator[SqlImports]:
        with super().look() as keeper:
            yield keeper
        if self.times:
            self.times -= 1
            plan = small_district()
            late = replace(plan.communities[0], id=f"LATE{self.times}")
            with writing(self.engine).begin() as connection:
                lay_out(connection, replace(plan, communities=(late,)), at=NOW)


def test_what_changed_meanwhile_is_looked_at_anew(sql_engine: Engine) -> None:
    # Each of the latecomers is seen before it is decided who goes.
    assert _one_more(_Restless(sql_engine, times=2)).removed == 5
    assert sorted(people(sql_engine)) == ["H1"]


def test_a_district_that_never_rests_is_left_alone(sqlite_engine: Engine) -> None:
    with pytest.raises(StoreUnavailableError, match="again and again"):
        _one_more(_Restless(sqlite_engine, times=TRIES_MAX))
    assert "H1" not in people(sqlite_engine)


def test_without_a_district_it_is_said_what_to_do_first(
    sqlite_engine: Engine, demand: Path
) -> None:
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM district")
    with pytest.raises(ImportFileError, match="import district"):
        take(sqlite_engine, DEMAND_KIND, demand)


# --- Outlets --------------------------------------------------------------------------------------


def test_outlets_of_every_kind_become_sites(sql_engine: Engine, tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "outlets.csv",
        (*OUTLETS, "opening_hours"),
        ("S001", 105.001, 30.0, "kiosk", "condom-52;n9-film;n9-gel", ""),
        ("S003", 105.003, 30.0, "staffed", "condom-52", "Mo-Fr 09:00-17:00"),
        ("P1", 105.002, 30.001, "药店", "n9-gel", "24/7"),
        ("D1", 105.002, 30.002, "delivery", "n9-gel", "24/7"),
        ("N1", 105.002, 30.003, "kiosk", "n9-gel", "24/7"),
    )
    report = take(sql_engine, OUTLETS_KIND, path)
    assert (report.added, report.changed, report.unchanged) == (3, 1, 1)
    assert sites(sql_engine) == {
        # The file is silent on what S001 is: what was known stays.
        "S001": ("kiosk", "hospital", "24/7"),
        "S002": ("kiosk", "hospital", "24/7"),
        "S003": ("staffed", "hospital", "Mo-Fr 09:00-17:00"),
        "P1": ("paid", "other", "24/7"),
        "D1": ("delivery", "other", "24/7"),
        "N1": ("kiosk", "other", "24/7"),
    }
    items = {one["id"]: one["items"] for one in kept(sql_engine)["site"]}
    assert items["S003"] == ["condom-52"]
    assert "without a machine" in report.warnings[-1].en
    assert take(sql_engine, OUTLETS_KIND, path).is_known


def test_what_an_outlet_cannot_be_is_said_by_row_and_column(
    sql_engine: Engine, tmp_path: Path
) -> None:
    path = write_rows(
        tmp_path / "outlets.csv",
        OUTLETS,
        ("S001", 105.001, 30.0, "staffed", "condom-52"),
        ("K0002", 105.001, 30.0, "kiosk", "condom-52"),
        ("S003", 105.001, 30.0, "staffed", "condom-52;pill-9"),
    )
    assert refuse(sql_engine, OUTLETS_KIND, path) == [(2, "outlet"), (3, "id"), (4, "items")]


@pytest.mark.parametrize("told", [dispensed(), counted(20)])
def test_an_outlet_that_machines_or_facts_speak_of_is_never_removed(
    sql_engine: Engine, tmp_path: Path, told: Dispensed | Counted
) -> None:
    spoken = write_rows(
        tmp_path / "spoken.csv", OUTLETS, ("S009", 105.002, 30.0, "staffed", "condom-52")
    )
    take(sql_engine, OUTLETS_KIND, spoken)
    # A machine stood there, gave something out or was counted, and was moved to S001.
    _move_kiosk(sql_engine, "S009")
    with SqlStore(sql_engine).begin() as books:
        keep_batch([fact(1, told)], books=books, at=NOW, zone=ZONE)
    _move_kiosk(sql_engine, "S001")
    if isinstance(told, Dispensed):
        # Its facts were taken to the archive: the sums still speak of the site.
        with sql_engine.begin() as connection:
            connection.execute(delete(table_of(FactRow)))
    only = write_rows(tmp_path / "only.csv", OUTLETS, ("N1", 105.002, 30.0, "staffed", "n9-gel"))
    report = take(sql_engine, OUTLETS_KIND, only, replace=True)
    assert report.removed == 1
    assert sorted(sites(sql_engine)) == ["N1", "S001", "S002", "S009"]
    assert report.warnings[-1].en.endswith("for machines or facts: 3.")


def _move_kiosk(engine: Engine, site_id: str) -> None:
    with writing(engine).begin() as connection:
        kiosk = table_of(Kiosk)
        connection.execute(update(kiosk).where(kiosk.c.id == "K0001").values(site_id=site_id))
        raise_version(connection)


# --- Streets --------------------------------------------------------------------------------------


def test_streets_are_kept_whole_and_replace_those_before(
    sql_engine: Engine, tmp_path: Path
) -> None:
    path = write_streets(tmp_path / "streets.osm")
    before = version(sql_engine)
    report = take(sql_engine, STREETS, path)
    # C003 is a hundred kilometres away; the other five places are on the southernmost street.
    assert (report.rows, report.added, report.off_street, report.people) == (18, 18, 1, 1_350)
    assert version(sql_engine) == before + 1
    after_one = kept(sql_engine)
    [row] = after_one["street_network"]
    with sql_engine.connect() as connection:
        found = read_streets(connection)
    assert found is not None
    network = Network.from_bytes(found[1])
    assert found[0] == network.digest == row["digest"]
    assert (row["nodes"], row["edges"]) == (network.nodes, network.edges)
    again = take(sql_engine, STREETS, path)
    assert (again.is_known, again.unchanged) == (True, 18)
    assert kept(sql_engine) == after_one
    larger = write_streets(tmp_path / "larger.osm", cells=9)
    assert take(sql_engine, STREETS, larger, dry_run=True).added == 20
    assert kept(sql_engine) == after_one
    assert take(sql_engine, STREETS, larger).added == 20
    [now] = kept(sql_engine)["street_network"]
    assert now["nodes"] > row["nodes"]
    assert len(kept(sql_engine)["import_log"]) == 2


def test_a_copy_of_the_streets_in_another_system_is_moved_back(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    [[lon, lat]] = from_wgs84(np.array([(105.0, 30.0)]), Crs.BD09).tolist()
    path = write_streets(tmp_path / "baidu.osm", lon=lon, lat=lat)
    off_street = {
        crs: take(sqlite_engine, STREETS, path, crs=crs, dry_run=True).off_street for crs in Crs
    }
    assert off_street == {Crs.WGS84: 6, Crs.GCJ02: 6, Crs.BD09: 1}


def test_a_file_of_another_system_is_another_file_though_it_changes_nothing(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    # Outside China the systems are one.
    path = write_streets(tmp_path / "abroad.osm", lon=-51.2, lat=-30.0)
    take(sqlite_engine, STREETS, path)
    report = take(sqlite_engine, STREETS, path, crs=Crs.GCJ02)
    assert (report.is_known, report.unchanged) == (False, 18)
    assert len(kept(sqlite_engine)["import_log"]) == 2
    assert take(sqlite_engine, STREETS, path, crs=Crs.GCJ02).is_known


def test_streets_of_another_city_are_taken_with_a_warning(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    path = write_streets(tmp_path / "far.osm", lon=117.0, lat=36.6)
    assert ELSEWHERE in take(sqlite_engine, STREETS, path).warnings


@pytest.mark.parametrize("body", [b"", b"{}", b"<osm version='0.6'></osm>", b"\x00" * 99])
def test_a_file_that_is_no_streets_changes_nothing(
    sqlite_engine: Engine, tmp_path: Path, body: bytes
) -> None:
    take(sqlite_engine, STREETS, write_streets(tmp_path / "streets.osm"))
    before = kept(sqlite_engine)
    (tmp_path / "bad.osm").write_bytes(body)
    for name in ("bad.osm", "nowhere.osm"):
        with pytest.raises(ImportFileError) as refused:
            take(sqlite_engine, STREETS, tmp_path / name)
        assert refused.value.zh.endswith("。")
        assert refused.value.en.endswith(".")
    assert kept(sqlite_engine) == before


def test_points_far_from_a_street_are_counted(sqlite_engine: Engine, tmp_path: Path) -> None:
    take(sqlite_engine, STREETS, write_streets(tmp_path / "streets.osm"))
    # Places south of the grid: 90, 110 and 5,000 metres from its edge.
    rows = [(f"H{at}", 105.0, 30.0 - at / 111_195, 10) for at in (90, 110, 5_000)]
    report = take(sqlite_engine, DEMAND_KIND, write_rows(tmp_path / "a.csv", DEMAND, *rows))
    assert report.off_street == 2
    assert report.warnings == ()


def test_a_likely_other_coordinate_system_is_hinted_at(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    take(sqlite_engine, STREETS, write_streets(tmp_path / "streets.osm"))
    spots = np.array([(105.0 + x * CELL_DEG, 30.0 + x * CELL_DEG) for x in range(1, 30)])
    for written in Crs:
        moved = from_wgs84(spots, written).tolist()
        rows = [(f"H{number}", lon, lat, 1) for number, (lon, lat) in enumerate(moved)]
        path = write_rows(tmp_path / f"{written}.csv", DEMAND, *rows)
        as_gps = take(sqlite_engine, DEMAND_KIND, path, dry_run=True)
        as_is = take(sqlite_engine, DEMAND_KIND, path, crs=written, dry_run=True)
        assert as_gps.likely_crs == (None if written is Crs.WGS84 else written)
        assert as_is.likely_crs is None
        assert as_is.off_street == 0


CELL_DEG = 0.008 / 30


# --- Towns and borders ----------------------------------------------------------------------------


def _square(west: float, east: float) -> dict[str, object]:
    ring = [[west, 29.99], [east, 29.99], [east, 30.01], [west, 30.01], [west, 29.99]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_the_town_is_that_of_the_map_else_of_the_nearest_place(
    sql_engine: Engine, tmp_path: Path
) -> None:
    plan = small_district()
    second = TownPlan(code="999901002", name=Named("东镇", "East town"))
    lines = (
        MapLine(layer="town", properties={"code": second.code}, geometry=_square(105.1, 105.2)),
        MapLine(layer="boundary", properties={}, geometry=_square(104.9, 105.25)),
    )
    with writing(sql_engine).begin() as connection:
        lay_out(connection, replace(plan, towns=(*plan.towns, second), lines=lines), at=NOW)
    path = write_rows(
        tmp_path / "demand.csv",
        (*DEMAND, "town_code"),
        ("H1", 105.15, 30.0, 1, ""),
        ("H2", 105.15, 30.0, 1, "999901001"),
        ("H3", 105.05, 30.0, 1, ""),
        ("H4", 105.3, 30.0, 1, ""),
    )
    report = take(sql_engine, DEMAND_KIND, path)
    assert report.outside == 1
    towns = {one["id"]: one["town_code"] for one in kept(sql_engine)["community"]}
    assert [towns[f"H{number}"][-1] for number in (1, 2, 3, 4)] == ["2", "1", "1", "1"]


def test_whose_town_nobody_knows_is_asked_for_it(sqlite_engine: Engine, tmp_path: Path) -> None:
    with sqlite_engine.begin() as connection:
        for table in (Community, Slot, Kiosk, Site):
            connection.execute(delete(table_of(table)))
    path = write_rows(tmp_path / "demand.csv", DEMAND, ("H1", 105.0, 30.0, 1))
    assert refuse(sqlite_engine, DEMAND_KIND, path) == [(2, "town_code")]
    given = write_rows(
        tmp_path / "given.csv", (*DEMAND, "town_code"), ("H1", 105.0, 30.0, 1, "999901001")
    )
    assert take(sqlite_engine, DEMAND_KIND, given).added == 1


# --- Values ---------------------------------------------------------------------------------------


def test_every_row_is_new_or_changed_or_as_it_was() -> None:
    old, same, other = (
        CommunityPlan(
            id=name, name=Named(name, name), town_code="1", place=Place(0, 0), people=count
        )
        for name, count in (("a", 1), ("b", 2), ("c", 3))
    )
    new = replace(old, people=9)
    change = merged([new, same, other], {"a": old, "b": same}, removed={"z", "y"})
    assert (change.added, change.changed, change.unchanged) == (1, 1, 1)
    assert change.written == (new, other)
    assert change.removed == ("y", "z")
    assert merged([same], {"b": same}, removed=()).changes_nothing


def test_columns_are_mapped_in_words_once_each() -> None:
    assert read_columns(["people=women_15_49", " id = a=b "]) == {
        "people": "women_15_49",
        "id": "a=b",
    }
    for wrong in (["people"], ["=x"], ["people="], ["people=a", "people=b"]):
        with pytest.raises(ImportFileError, match="field=name"):
            read_columns(wrong)
