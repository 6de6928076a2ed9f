"""``quarantine`` tells what was set aside, by reason, and tries it again after a fix."""

from typing import Annotated, Final

import typer

from service.commands.offline import read_settings_offline
from service.domain.quarantine import Reason, Wanted
from service.flows.quarantine import Replayed
from service.flows.reads.ports import StoreUnavailableError
from service.settings import SettingsError
from service.store.reads.sql_reads import SqlReads
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from service.wiring import now, open_ledger, open_replay

quarantine = typer.Typer(help="What was set aside, and another try.", no_args_is_help=True)

PAGE: Final = 500


@quarantine.command("list")
def tell() -> None:
    """Tell how much waits for each reason."""
    engine, zone = open_ledger(read_settings_offline())
    found = SqlReads(engine, now=now, zone=zone).quality().quarantine
    for line in found.reasons:
        typer.echo(
            f"{line.reason.value:16} {line.waiting:>7,} wait, {line.replayable:,} of them can be "
            f"tried again; the last came {line.last_heard_at:%Y-%m-%d %H:%M} UTC"
        )
    typer.echo(f"{found.waiting:,} wait, {found.settled:,} were settled.")


@quarantine.command("replay")
def replay(
    reason: Annotated[
        Reason | None, typer.Option(help="Only what waits for this reason; else all.")
    ] = None,
    number: Annotated[
        list[int] | None, typer.Option("--id", help="Only this message; may be said often.")
    ] = None,
) -> None:
    """Try again what was set aside, after a fix; the service may run meanwhile.

    What can be booked now is booked once and leaves the quarantine; what is still refused stays.
    """
    settings = read_settings_offline()
    engine, zone = open_ledger(settings)
    store = SqlStore(engine, ParquetShelf(settings.archive_folder))
    try_again = open_replay(store, zone=zone, region=settings.region)
    ids = tuple(number) if number else None
    total, after = Replayed(), 0
    while True:
        try:
            page = try_again(Wanted(reason=reason, ids=ids, after=after, most=PAGE))
        except StoreUnavailableError as error:
            message = f"{error}; {_in_words(total)} Run it again: it goes on from there."
            raise SettingsError(message) from error
        for name in ("tried", "booked", "known", "past", "stays"):
            setattr(total, name, getattr(total, name) + getattr(page, name))
        for one in page.still:
            typer.echo(f"  {one.id}: {one.reason.value}: {one.detail}")
        if page.next is None:
            break
        after = page.next
    typer.echo(_in_words(total))


def _in_words(total: Replayed) -> str:
    return (
        f"{total.tried:,} tried: {total.booked:,} booked, {total.known:,} known already, "
        f"{total.past:,} past, {total.stays:,} still refused."
    )
