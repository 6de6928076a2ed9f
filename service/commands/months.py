"""``month`` closes a month's figures, opens them again, and tells what came after the close."""

from datetime import date, datetime, tzinfo
from typing import Annotated

import typer

from service.commands.offline import read_settings_offline
from service.domain.clocks import month_of
from service.domain.months import Closing, MonthError, why_not_close
from service.store.engine import still, writing
from service.store.months import SqlMonths
from service.wiring import now, open_ledger

months = typer.Typer(help="Close a month, or open it again.", no_args_is_help=True)

_Month = Annotated[str, typer.Argument(help="A local month, as 2026-05.")]


@months.command("list")
def list_months() -> None:
    """Tell which months are closed, and which facts were heard after that."""
    engine, zone = open_ledger(read_settings_offline())
    with still(engine).begin() as connection:
        keeper = SqlMonths(connection)
        for one in keeper.closed():
            typer.echo(f"{month_of(one.month)}  closed {_local(one.closed_at, zone)}{_by(one)}")
            for late in keeper.heard_after_close(one, zone):
                what = late.item or "counts and faults"
                typer.echo(f"    heard later: {late.site_id} {what}: {late.facts} facts")


@months.command("close")
def close_month(
    month: _Month,
    by: Annotated[str, typer.Option(help="Who closes it.")] = "",
    note: Annotated[str, typer.Option(help="A word on it.")] = "",
) -> None:
    """Close a month that is over: its facts may then be archived, and late ones are told."""
    engine, zone = open_ledger(read_settings_offline())
    first, at = _first_day(month), now()
    with writing(engine).begin() as connection:
        keeper = SqlMonths(connection)
        why = why_not_close(first, keeper.closed(), at=at, zone=zone)
        if why:
            message = f"Month {month} cannot be closed: {why}."
            raise MonthError(message)
        keeper.close(Closing(month=first, closed_at=at, closed_by=by[:64], note=note[:400]))
    typer.echo(f"Month {month} is closed.")


@months.command("reopen")
def reopen_month(month: _Month) -> None:
    """Open a month again."""
    engine, _ = open_ledger(read_settings_offline())
    first = _first_day(month)
    with writing(engine).begin() as connection:
        if not SqlMonths(connection).reopen(first):
            message = f"Month {month} is not closed."
            raise MonthError(message)
    typer.echo(f"Month {month} is open again.")


def _first_day(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as error:
        message = f"There is no month {month}; write it as 2026-05."
        raise MonthError(message) from error


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _by(one: Closing) -> str:
    who = f" by {one.closed_by}" if one.closed_by else ""
    return f"{who}: {one.note}" if one.note else who
