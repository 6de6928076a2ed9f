"""``archive`` takes old closed months out of the database, tells what it holds, and brings back."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from service.commands.offline import read_settings_offline
from service.domain.archive import ArchiveError
from service.domain.clocks import month_days, month_of
from service.flows.archive import archive_month, due_months, restore_month
from service.settings import Settings
from service.store.alone import alone
from service.store.archive import SqlArchive
from service.store.archived import KeptFact
from service.store.shelf import ParquetShelf
from service.wiring import now, open_ledger

archive = typer.Typer(help="Old months of facts as Parquet files.", invoke_without_command=True)

Month = Annotated[str, typer.Argument(help="A local month, YYYY-MM.")]


class Format(StrEnum):
    """How facts are printed."""

    CSV = "csv"
    JSON = "json"


@archive.callback()
def take(context: typer.Context) -> None:
    """Take the closed months that are older than the setting says out of the database.

    The service may run meanwhile. CIRCLE15_FACTS_FOR_MONTHS says how many months stay.
    """
    if context.invoked_subcommand is not None:
        return
    settings = read_settings_offline()
    keep_months = settings.facts_for_months
    if keep_months == 0:
        typer.echo("Facts are kept for ever: CIRCLE15_FACTS_FOR_MONTHS is 0.")
        return
    with _open_alone(settings) as (ledger, shelf, today):
        _take(ledger, shelf, today=today, keep_months=keep_months)


def _take(ledger: SqlArchive, shelf: ParquetShelf, *, today: date, keep_months: int) -> None:
    due = due_months(ledger, today=today, keep_months=keep_months)
    if not due:
        typer.echo(f"No month with facts is older than {keep_months} months before this one.")
    closed = ledger.closed()
    for month in due:
        if month not in closed:
            typer.echo(f"{month_of(month)} is not closed: its facts stay.")
            continue
        part = archive_month(month, ledger=ledger, shelf=shelf, at=now())
        typer.echo(f"{month_of(month)}: {part.facts:,} facts are in {part.file} now.")


@archive.command("list")
def tell() -> None:
    """Tell of each month how many facts there are, where, and whether it is closed."""
    ledger, shelf, _ = _open(read_settings_offline())
    closed, files = ledger.closed(), shelf.files()
    parts = ledger.all_parts()
    lines: list[tuple[date, str]] = []
    for month in ledger.months():
        facts, size = ledger.size(month)
        lines.append((month, _line(month, facts, size, "database", closed)))
    for part in parts:
        place = part.file if part.file in files else f"{part.file}, which is MISSING"
        size = files.get(part.file)
        lines.append((part.month, _line(part.month, part.facts, size, place, closed)))
    for _, line in sorted(lines):
        typer.echo(line)
    for file in sorted(files.keys() - {part.file for part in parts}):
        typer.echo(f"{file} is not on record: a copy, or what is left of a broken attempt.")


@archive.command()
def restore(month: Month) -> None:
    """Bring all facts of a month back into the database; its files stay where they are."""
    with _open_alone(read_settings_offline()) as (ledger, shelf, _):
        for part in restore_month(_first_day(month), ledger=ledger, shelf=shelf):
            came = f"{part.facts:,} facts are in the database again, from {part.file}."
            typer.echo(f"{month}: {came}")


@archive.command()
def show(
    month: Month,
    *,
    site: Annotated[str | None, typer.Option(help="Of this site only.")] = None,
    kiosk: Annotated[str | None, typer.Option(help="Of this kiosk only.")] = None,
    item: Annotated[str | None, typer.Option(help="Of this item only.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.CSV,
) -> None:
    """Print the facts of an archived month, without bringing them back."""
    ledger, shelf, _ = _open(read_settings_offline())
    parts = ledger.parts(_first_day(month))
    if not parts:
        message = f"{month} is not in the archive."
        raise ArchiveError(message)
    rows = csv.writer(sys.stdout)
    if form is Format.CSV:
        rows.writerow(_SHOWN)
    for part in parts:
        shelf.check(part)
        for fact in shelf.since(part, kiosk, None):
            if site in {None, fact.site_id} and item in {None, fact.item}:
                told = _told(fact)
                if form is Format.CSV:
                    rows.writerow(told.values())
                else:
                    typer.echo(json.dumps(told, ensure_ascii=False))


_SHOWN = tuple(name for name in KeptFact._fields if name not in {"digest", "body"})


def _told(fact: KeptFact) -> dict[str, Any]:
    """Return what a fact says; not its body, which may speak of a person."""
    values = ((name, getattr(fact, name)) for name in _SHOWN)
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in values}


def _line(month: date, facts: int, size: int | None, place: str, closed: set[date]) -> str:
    state = "closed" if month in closed else "open"
    weight = "" if size is None else f"{size / 1_000_000:,.1f} MB"
    return f"{month_of(month)}  {state:<6}  {facts:>13,} facts  {weight:>12}  {place}"


_Opened = tuple[SqlArchive, ParquetShelf, date]


def _open(settings: Settings) -> _Opened:
    return _opened(*open_ledger(settings), settings)


@contextmanager
def _open_alone(settings: Settings) -> Iterator[_Opened]:
    engine, zone = open_ledger(settings)
    with alone(engine):
        yield _opened(engine, zone, settings)


def _opened(engine: Engine, zone: ZoneInfo, settings: Settings) -> _Opened:
    today = now().astimezone(zone).date()
    return SqlArchive(engine, zone), ParquetShelf(settings.archive_folder), today


def _first_day(month: str) -> date:
    try:
        return month_days(month)[0]
    except ValueError as error:
        message = f"{month} is no month: write YYYY-MM."
        raise ArchiveError(message) from error
