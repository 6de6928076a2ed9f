"""Finds the columns of a table by their names and reads its rows, gathering what is wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np

from service.domain.coordinates import Crs, to_wgs84
from service.domain.district import CommunityPlan, Named, Place, SitePlan
from service.domain.imports import ERRORS_MAX, ImportFileError, Refused, RowError, Source
from service.geo.fields import FieldError, plain
from service.geo.sheet import digest_of, read_sheet
from service.geo.sheet_geojson import LAT, LON
from service.geo.table import Row, said

Read = TypeVar("Read")
Plan = TypeVar("Plan", bound=CommunityPlan | SitePlan)

COLUMNS_SAID_MAX: Final = 12
_UNIT: Final = re.compile(r"\([^()]*\)$")
_JOINTS: Final = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have: our word for it, and the names by which it is known."""

    key: str
    names: tuple[str, ...]
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[Plan]):
    """Every row of a file, places in WGS-84; none if one was wrong.

    ``written`` says what the file calls our fields.
    """

    source: Source
    rows: tuple[Plan, ...]
    row_numbers: tuple[int, ...]
    skipped: int
    warnings: tuple[Named, ...]
    written: Mapping[str, str]


@dataclass(slots=True)
class Cells:
    """One row's cells by our words; what cannot be read is noted, and reading goes on."""

    row: Row
    at: Mapping[str, int]
    written: tuple[str, ...]
    ids: dict[str, int]
    errors: list[RowError] = field(default_factory=list)

    def read(self, key: str, reader: Callable[[str], Read], *, wrong: Read) -> Read:
        """Return what a cell says; ``wrong`` stands in where the row is lost anyway.

        A column that the file has not reads like a blank cell.
        """
        index = self.at.get(key)
        try:
            return reader("" if index is None else self.row.cells[index])
        except FieldError as error:
            self.note(key, error.reason)
            return wrong

    def once(self, key: str, reader: Callable[[str], str]) -> str:
        """Return an id that no row before has."""
        found = self.read(key, reader, wrong="")
        first = self.ids.setdefault(found, self.row.number)
        if found and first != self.row.number:
            reason = Named(
                f"编号 {said(found)} 在第 {first} 行已出现，编号不能重复",
                f"the id {said(found)} stands in row {first} already; each id is used once",
            )
            self.note(key, reason)
        return found

    def note(self, key: str, reason: Named) -> None:
        """Note what is wrong in a cell."""
        column = self.written[self.at[key]] if key in self.at else key
        self.errors.append(RowError(row=self.row.number, column=column, reason=reason))


def read_plans(
    path: Path,
    *,
    crs: Crs,
    columns: tuple[Column, ...],
    renamed: Mapping[str, str],
    sheet: str | None,
    build: Callable[[Cells], Plan],
) -> Taken[Plan] | Refused:
    """Return every row of a file as ``build`` reads it, or what is wrong with the first hundred.

    ``renamed`` says for our word by which name the file has the column.
    """
    source = Source(file_name=path.name, digest=digest_of(path), crs=crs)
    pile: _Pile[Plan] = _Pile()
    with read_sheet(path, sheet=sheet) as opened:
        places = {LON: LON, LAT: LAT} if opened.is_placed else {}
        at = find_columns(opened.columns, columns, {**renamed, **places})
        for row in opened.rows:
            if any(row.cells):
                pile.add(Cells(row, at, opened.columns, pile.ids), build)
            else:
                pile.blank += 1
            if len(pile.errors) > ERRORS_MAX:
                break
    if pile.errors:
        return Refused(tuple(pile.errors[:ERRORS_MAX]), more=len(pile.errors) > ERRORS_MAX)
    if not pile.plans:
        raise ImportFileError(
            Named(
                "文件只有列名，没有数据行。",
                "The file has column names and not one row below them.",
            )
        )
    return Taken(
        source=source,
        rows=_placed(pile.plans, crs),
        row_numbers=tuple(pile.numbers),
        skipped=pile.skipped,
        warnings=(*opened.warnings, *_unread(opened.columns, at)),
        written={key: opened.columns[index] for key, index in at.items()},
    )


@dataclass(slots=True)
class _Pile(Generic[Plan]):
    """What was read so far; blank rows count once another row follows."""

    plans: list[Plan] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    blank: int = 0
    skipped: int = 0

    def add(self, cells: Cells, build: Callable[[Cells], Plan]) -> None:
        self.skipped, self.blank = self.skipped + self.blank, 0
        self.plans.append(build(cells))
        self.numbers.append(cells.row.number)
        self.errors.extend(cells.errors)


def find_columns(
    written: tuple[str, ...], columns: tuple[Column, ...], renamed: Mapping[str, str]
) -> dict[str, int]:
    """Return where each column stands, by our word; ImportFileError where one is missing."""
    for key in renamed:
        if key not in {column.key for column in columns}:
            known = ", ".join(column.key for column in columns)
            raise ImportFileError(
                Named(
                    f"没有叫 {said(key)} 的字段，可对应的字段有：{known}。",
                    f"No field is called {said(key)}; columns can be mapped to {known}.",
                )
            )
    mapped = {plain(name) for name in renamed.values()}
    found: dict[str, int] = {}
    for column in columns:
        if column.key in renamed:
            wanted = plain(renamed[column.key])
            places = [at for at, name in enumerate(written) if plain(name) == wanted]
        else:
            names = {_folded(name) for name in column.names}
            places = [
                at
                for at, name in enumerate(written)
                if _folded(name) in names and plain(name) not in mapped
            ]
        if len(places) > 1:
            raise _doubled(column, [written[at] for at in places])
        if places:
            found[column.key] = places[0]
        elif column.is_required or column.key in renamed:
            raise _missing(column, written, renamed.get(column.key))
    return found


def _folded(name: str) -> str:
    """Return a column's name without case, joints, and a unit in brackets at its end."""
    return _JOINTS.sub("", _UNIT.sub("", plain(name))).casefold()


def _doubled(column: Column, names: list[str]) -> ImportFileError:
    both = " / ".join(said(name) for name in names)
    return ImportFileError(
        Named(
            f"表头中 {both} 都表示 {column.key}，请只保留一列，或指明用哪一列。",
            f"The columns {both} all mean {column.key}; keep one, or say which it is.",
        )
    )


def _missing(column: Column, written: tuple[str, ...], renamed: str | None) -> ImportFileError:
    there = ", ".join(said(name) for name in written[:COLUMNS_SAID_MAX])
    known = " / ".join(column.names) if renamed is None else said(renamed)
    return ImportFileError(
        Named(
            f"缺少 {column.key} 列（可用列名：{known}）；文件中的列有：{there}。"
            "第一行应为列名；列名不同时可指明对应关系。",
            f"The column {column.key} is missing (it may be called {known}); the file has {there}. "
            "The first row must name the columns; a column of another name can be mapped.",
        )
    )


def _unread(written: tuple[str, ...], at: Mapping[str, int]) -> tuple[Named, ...]:
    """Return a word on the columns that nothing was read of."""
    left = [name for index, name in enumerate(written) if index not in at.values()]
    if not left:
        return ()
    names = ", ".join(said(name) for name in left[:COLUMNS_SAID_MAX])
    names += ", …" if len(left) > COLUMNS_SAID_MAX else ""
    return (Named(f"以下列未使用：{names}。", f"These columns were not used: {names}."),)


def _placed(plans: list[Plan], crs: Crs) -> tuple[Plan, ...]:
    """Return plans with their places in WGS-84."""
    if crs is Crs.WGS84:
        return tuple(plans)
    written = np.array([(plan.place.lon, plan.place.lat) for plan in plans]).reshape(-1, 2)
    places = to_wgs84(written, crs).tolist()
    return tuple(
        replace(plan, place=Place(*place)) for plan, place in zip(plans, places, strict=True)
    )
