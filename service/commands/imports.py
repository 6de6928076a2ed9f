"""``import`` reads a file into the database: a district, its streets, its demand or its outlets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.commands.offline import read_settings_offline
from service.domain.coordinates import Crs
from service.domain.imports import ImportReport, Refused
from service.flows.ports_imports import ImportKind, ImportWish, read_columns
from service.flows.reads.ports import StoreUnavailableError
from service.geo.district_file import read_district
from service.importing import FileImporter
from service.settings import SettingsError
from service.wiring import is_passing, lay_out_district, now, open_database

imports = typer.Typer(help="Read a file into the database.", no_args_is_help=True)

ERRORS_SHOWN_MAX: Final = 20
"""So many wrong rows are told of one by one."""

_TITLES: Final = {
    ImportKind.STREETS: ("walkable ways", "道路"),
    ImportKind.DEMAND: ("communities", "需求点"),
    ImportKind.OUTLETS: ("outlets", "网点"),
}

TheCrs = Annotated[
    Crs,
    typer.Option(
        help="The coordinate system of the file; never guessed. wgs84: GPS, OpenStreetMap; "
        "gcj02: Amap, Tencent; bd09: Baidu."
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="What the file calls a field, as people=women_15_49; may be said often.",
    ),
]
Sheet = Annotated[str | None, typer.Option(help="A workbook's sheet by name; else its first.")]
Replace = Annotated[bool, typer.Option("--replace", help="Remove what is not in the file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what it would do.")]


class ImportRefusedError(ValueError):
    """A file of which nothing was taken; the text says why, row by row."""


@imports.command("district")
def import_district(
    file: Annotated[Path, typer.Argument(help="A district file, as kiosk_sim writes one.")],
) -> None:
    """Lay out a district: its towns, communities, sites, kiosks, items and map."""
    plan = read_district(file)
    settings = read_settings_offline()
    engine = open_database(settings)
    try:
        lay_out_district(engine, plan)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    people = sum(community.people for community in plan.communities)
    typer.echo(
        f"{plan.name.zh} {plan.name.en}: {len(plan.towns)} towns, "
        f"{len(plan.communities)} communities with {people:,} people, "
        f"{len(plan.sites)} free points, {len(plan.kiosks)} kiosks."
    )


@imports.command("streets")
def import_streets(
    file: Annotated[Path, typer.Argument(help="OpenStreetMap: .osm.pbf, .osm, .osm.gz, .osm.bz2.")],
    *,
    crs: Annotated[
        Crs, typer.Option(help="OpenStreetMap is WGS-84 by definition; only a copy may be moved.")
    ] = Crs.WGS84,
    dry_run: DryRun = False,
) -> None:
    """Take walkable streets in, in the place of those before."""
    _run(ImportWish(kind=ImportKind.STREETS, path=file, crs=crs, dry_run=dry_run))


@imports.command("demand")
def import_demand(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or GeoJSON.")],
    *,
    crs: TheCrs,
    column: Columns = None,
    sheet: Sheet = None,
    replace: Replace = False,
    dry_run: DryRun = False,
) -> None:
    """Take communities or grid cells in, with their people of childbearing age."""
    _run(
        ImportWish(
            kind=ImportKind.DEMAND,
            path=file,
            crs=crs,
            columns=read_columns(column or ()),
            sheet=sheet,
            replace=replace,
            dry_run=dry_run,
        )
    )


@imports.command("outlets")
def import_outlets(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or GeoJSON.")],
    *,
    crs: TheCrs,
    column: Columns = None,
    sheet: Sheet = None,
    replace: Replace = False,
    dry_run: DryRun = False,
) -> None:
    """Take outlets in: kiosk sites, staffed points, paid outlets and delivery bases.

    An outlet with a machine, or of which facts speak, is never removed.
    """
    _run(
        ImportWish(
            kind=ImportKind.OUTLETS,
            path=file,
            crs=crs,
            columns=read_columns(column or ()),
            sheet=sheet,
            replace=replace,
            dry_run=dry_run,
        )
    )


def _run(wish: ImportWish) -> None:
    """Take a file in, and tell of it; ImportRefusedError where nothing of it was taken."""
    engine = open_database(read_settings_offline())
    take = FileImporter(engine=engine, now=now, is_passing=is_passing)
    try:
        with _bar(f"Reading {wish.path.name}") as tell:
            done = take(wish, tell=tell)
    except StoreUnavailableError as error:
        message = f"{error}: nothing was imported; try again"
        raise SettingsError(message) from error
    finally:
        engine.dispose()
    if isinstance(done, Refused):
        raise ImportRefusedError(_refusal_in_words(wish, done))
    Console(highlight=False).print(_table(wish, done))
    for warning in done.warnings:
        typer.echo(f"- {warning.en}")
    if done.likely_crs is not None:
        typer.echo(
            f"- As {done.likely_crs.value} the places would lie clearly nearer to the streets than "
            f"as {wish.crs.value}: make sure that --crs is right."
        )
    if wish.dry_run:
        typer.echo("Nothing was written (--dry-run).")


def _refusal_in_words(wish: ImportWish, refused: Refused) -> str:
    lines = [error.words.en for error in refused.rows[:ERRORS_SHOWN_MAX]]
    rest = len(refused.rows) - len(lines)
    if rest > 0 or refused.more:
        lines.append(f"… and {rest:,}{' or more' if refused.more else ''} other mistakes.")
    return "\n".join([f"{wish.path.name}: nothing was imported.", *lines])


def _table(wish: ImportWish, report: ImportReport) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    in_district = wish.kind is ImportKind.STREETS
    lines = {
        " ".join(_TITLES[wish.kind]): report.rows,
        "added 新增": report.added,
        "changed 更新": report.changed,
        "unchanged 不变": report.unchanged,
        "removed 删除": report.removed,
        "blank rows skipped 空行": report.skipped,
        "people 人数" if not in_district else "people in the district 本区人数": report.people,
        "farther than 100 m from a street 距道路超过 100 米": report.off_street,
        "outside the district 区界之外": report.outside,
    }
    always = {" ".join(_TITLES[wish.kind]), "added 新增", "changed 更新", "unchanged 不变"}
    for name, count in lines.items():
        if count or name in always:
            table.add_row(name, f"{count:,}")
    return table


@contextmanager
def _bar(title: str) -> Iterator[Callable[[float], None]]:
    """Give a function that hears of progress and shows a bar, on a terminal, until it is done."""
    console = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda share: progress.update(task, total=1.0, completed=share)
