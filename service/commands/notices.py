"""``notices`` tells what waits, what failed and why, and has it sent again."""

from typing import Annotated, Final

import typer

from service.commands.offline import read_settings_offline
from service.domain.recipients import Channel
from service.flows.contacts import ContactDesk, ContactError
from service.flows.reads.notices import NoticeFilter, NoticesWanted
from service.settings import SettingsError
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from service.wiring import is_passing, new_id, now, open_ledger

notices = typer.Typer(help="What people were told, and another try.", no_args_is_help=True)

SHOWN: Final = 50


@notices.command("list")
def tell(
    state: Annotated[str, typer.Option(help="waiting, sent, failed, dropped or all.")] = "failed",
) -> None:
    """Tell the newest notices in a state, with why one failed."""
    engine, zone = open_ledger(read_settings_offline())
    reads = SqlReads(engine, now=now, zone=zone)
    found = reads.notices(NoticesWanted(state=_known(state), most=SHOWN))
    for one in found:
        to = f"{one.recipient_name or '(removed)'} by {one.channel_name or '(removed)'}"
        what = f"{one.kind or one.style} {one.what or ''} {one.place}".rstrip()
        typer.echo(f"{one.id} {one.made_at:%Y-%m-%d %H:%M} {one.state} to {to}: {what}")
        if one.reason:
            typer.echo(f"  {one.reason}")
    counts = reads.notice_counts()
    typer.echo(f"{counts.waiting:,} wait or are being sent, {counts.failed:,} failed.")


@notices.command("retry")
def retry(
    number: Annotated[list[str], typer.Argument(help="The ids of notices that failed.")],
) -> None:
    """Have notices that failed sent again; a running service does so within seconds."""
    engine, _ = open_ledger(read_settings_offline())
    desk = ContactDesk(
        store=SqlStore(engine), now=now, new_id=new_id, fault_of=_fine, is_passing=is_passing
    )
    for one in number:
        try:
            desk.retry(one)
        except ContactError as error:
            message = f"Notice {one}: {error.words.en}"
            raise SettingsError(message) from error
    typer.echo(f"{len(number):,} will be sent again.")


def _fine(_channel: Channel) -> str:
    return ""


def _known(state: str) -> NoticeFilter:
    for one in ("waiting", "sent", "failed", "dropped", "all"):
        if state == one:
            return one
    message = f"There is no state {state!r}: choose waiting, sent, failed, dropped or all."
    raise SettingsError(message)
