"""Take in a file of streets, of demand or of outlets: whole, or not at all.

A file is held against the district in one moment that holds up nobody; then what it changes is
written in one transaction, if the district is still as it was seen. The same file again changes
nothing, and says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as altered
from datetime import datetime
from itertools import chain
from typing import Final

import numpy as np

from service.domain.district import Named
from service.domain.imports import (
    DemandFile,
    ImportFileError,
    ImportReport,
    OutletsFile,
    Refused,
    RowError,
    Source,
)
from service.flows.import_checks import (
    FAR_M,
    NO_STREETS,
    Merge,
    Plan,
    as_before,
    in_towns,
    merged,
    off_street,
    outlet_errors,
    place_errors,
    points_of,
    refused,
    words_on_outlets,
)
from service.flows.import_hints import AnyPlan, hinted_crs, words_on_islands
from service.flows.ports_imports import (
    Around,
    AroundOf,
    ImportKeeper,
    ImportKind,
    ImportStore,
    Known,
    StreetsFile,
)
from service.flows.reads.ports import StoreUnavailableError

TRIES_MAX: Final = 5
"""So often a file is held against the district anew, where that changes meanwhile."""

NO_DISTRICT: Final = Named(
    "数据库中还没有辖区：请先运行 `python -m service import district FILE`。",
    "The database has no district yet: run `python -m service import district FILE` first.",
)
ELSEWHERE: Final = Named(
    "本区的所有地点距这些道路都在 50 千米以上：这可能不是本区的道路。",
    "Every place of the district is more than 50 km from these streets: are they another city's?",
)
KNOWN: Final = Named(
    "该文件与上次导入的相同，没有任何变化。",
    "This is the file that was imported last; nothing changed.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """What a file would do; ``keep`` writes it, and is None where the registry stays as it is."""

    report: ImportReport
    keep: Callable[[ImportKeeper], None] | None


_Planner = Callable[[Known], _Planned | Refused]


def import_demand(
    file: DemandFile,
    *,
    store: ImportStore,
    around_of: AroundOf,
    at: datetime,
    replace: bool = False,
    dry_run: bool = False,
) -> ImportReport | Refused:
    """Take communities in; with ``replace`` those that are not in the file are deleted."""

    def plan(known: Known) -> _Planned | Refused:
        around = around_of(known)
        found = _placed(file, file.rows, (), known=known, around=around)
        if isinstance(found, Refused):
            return found
        rows = [as_before(row, known.communities.get(row.id)) for row in found]
        gone = known.communities.keys() - {row.id for row in rows} if replace else ()
        change = merged(rows, known.communities, removed=gone)
        report = altered(
            _report(file, change, known.communities, around), people=sum(row.people for row in rows)
        )

        def keep(keeper: ImportKeeper) -> None:
            keeper.keep_communities(change.written, removed=change.removed)

        return _Planned(report=report, keep=None if change.changes_nothing else keep)

    return _take(ImportKind.DEMAND, file.source, plan, store=store, at=at, dry_run=dry_run)


def import_outlets(
    file: OutletsFile,
    *,
    store: ImportStore,
    around_of: AroundOf,
    at: datetime,
    replace: bool = False,
    dry_run: bool = False,
) -> ImportReport | Refused:
    """Take outlets in; with ``replace`` those that are not in the file are deleted.

    Where a machine stands, or of which facts speak, an outlet stays whatever the file says.
    """

    def plan(known: Known) -> _Planned | Refused:
        around = around_of(known)
        wrong = outlet_errors(file.rows, file.row_numbers, known=known)
        found = _placed(file, file.rows, wrong, known=known, around=around)
        if isinstance(found, Refused):
            return found
        rows = [as_before(row, known.sites.get(row.id)) for row in found]
        missing = known.sites.keys() - {row.id for row in rows} if replace else set[str]()
        stay = missing & {*known.kiosk_sites.values(), *known.spoken_of}
        change = merged(rows, known.sites, removed=missing - stay)
        report = _report(file, change, known.sites, around)
        words = (*report.warnings, *words_on_outlets(rows, stay, known))

        def keep(keeper: ImportKeeper) -> None:
            keeper.keep_sites(change.written, removed=change.removed)

        return _Planned(
            report=altered(report, warnings=words), keep=None if change.changes_nothing else keep
        )

    return _take(ImportKind.OUTLETS, file.source, plan, store=store, at=at, dry_run=dry_run)


def import_streets(
    file: StreetsFile,
    *,
    store: ImportStore,
    around_of: AroundOf,
    at: datetime,
    dry_run: bool = False,
) -> ImportReport | Refused:
    """Take streets in, in the place of those before; ``off_street`` counts the district's places.

    ``around_of`` speaks of the streets of the file.
    """

    def plan(known: Known) -> _Planned | Refused:
        around, places = around_of(known), points_of(known.plans)
        is_same = known.streets == file.digest
        far = len(places) > 0 and bool(np.all(around.street_m(places) > FAR_M))
        report = ImportReport(
            rows=file.ways,
            people=sum(community.people for community in known.communities.values()),
            off_street=off_street(places, around),
            added=0 if is_same else file.ways,
            unchanged=file.ways if is_same else 0,
            warnings=(
                *file.warnings,
                *((ELSEWHERE,) if far else words_on_islands(known.plans, around)),
            ),
        )

        def keep(keeper: ImportKeeper) -> None:
            keeper.keep_streets(file, at)

        return _Planned(report=report, keep=None if is_same else keep)

    return _take(ImportKind.STREETS, file.source, plan, store=store, at=at, dry_run=dry_run)


def _take(
    kind: ImportKind,
    source: Source,
    plan: _Planner,
    *,
    store: ImportStore,
    at: datetime,
    dry_run: bool,
) -> ImportReport | Refused:
    """Plan, and write what was planned if the registry has not changed since."""
    for _ in range(TRIES_MAX):
        with store.look() as keeper:
            known = keeper.known()
            if known is None:
                raise ImportFileError(NO_DISTRICT)
        planned = plan(known)
        if isinstance(planned, Refused):
            return planned
        report = planned.report
        if planned.keep is None and known.newest.get(kind) == (source.digest, source.crs):
            return altered(report, is_known=True, warnings=(*report.warnings, KNOWN))
        if dry_run:
            return report
        with store.begin() as keeper:
            if keeper.version() == known.version:
                if planned.keep is not None:
                    planned.keep(keeper)
                    keeper.raise_version()
                keeper.log(kind, source, report, at)
                return report
    message = "the district changed again and again while the file was looked at"
    raise StoreUnavailableError(message)


def _placed(
    file: DemandFile | OutletsFile,
    rows: Sequence[Plan],
    wrong: Iterable[RowError],
    *,
    known: Known,
    around: Around,
) -> list[Plan] | Refused:
    """Return the rows with their towns; where anything is wrong with any, the refusal of all."""
    lon_lat = points_of(rows)
    found = in_towns(rows, lon_lat, around)
    far = place_errors(found, file.row_numbers, lon_lat, known=known, around=around)
    return refused(chain(wrong, far), written=file.written) or found


def _report(
    file: DemandFile | OutletsFile,
    change: Merge[Plan],
    known: Mapping[str, AnyPlan],
    around: Around,
) -> ImportReport:
    rows: Sequence[AnyPlan] = file.rows
    lon_lat = points_of(rows)
    islands: Iterable[Named] = words_on_islands(rows, around)
    return ImportReport(
        rows=len(rows),
        off_street=off_street(lon_lat, around),
        outside=int(around.outside(lon_lat).sum()),
        added=change.added,
        changed=change.changed,
        unchanged=change.unchanged,
        removed=len(change.removed),
        skipped=file.skipped,
        likely_crs=hinted_crs(rows, stated=file.source.crs, known=known, around=around),
        warnings=(*file.warnings, *(() if around.has_streets else (NO_STREETS,)), *islands),
    )
