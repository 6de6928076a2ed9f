"""The command line: run the service, import files, enrol a kiosk, or show it all as a demo."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from fastapi import FastAPI

from broker.accounts import AccountError, Enrolment, account_of, new_password
from broker.accounts import enrol as enrol_account
from broker.folder import FolderInUseError
from broker.ports import LOOPBACK, is_free
from service.calendars import CalendarError
from service.commands.archive import archive
from service.commands.forecast import forecast
from service.commands.forecast_file import HistoryError
from service.commands.imports import ImportRefusedError, imports
from service.commands.ledger import audit, rebuild
from service.commands.months import months
from service.commands.notices import notices
from service.commands.offline import read_settings_offline
from service.commands.quarantine import quarantine
from service.commands.site import site as where_next
from service.contract.envelope import DispenseEvent, source_of
from service.contract.facts import Dispense
from service.demo import DemoError, DemoWishes, run_demo
from service.domain.archive import ArchiveError
from service.domain.imports import ImportFileError
from service.domain.months import MonthError
from service.geo.district_file import DistrictFileError
from service.settings import SettingsError, read_settings
from service.wiring import build, enrol_kiosk, now, open_database

SERVER_STOPS_WITHIN_S: Final = 5.0

app = typer.Typer(
    help="Circle15: an exact stock ledger of kiosks, and who can walk to what is really there.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(imports, name="import")
app.add_typer(months, name="month")
app.add_typer(archive, name="archive")
app.add_typer(quarantine, name="quarantine")
app.add_typer(notices, name="notices")
app.command()(audit)
app.command()(rebuild)
app.command("site")(where_next)
app.command()(forecast)

_EXPECTED = (
    *(SettingsError, DistrictFileError, DemoError, FolderInUseError, AccountError),
    *(MonthError, ArchiveError, ImportFileError, ImportRefusedError, CalendarError, HistoryError),
)


@app.command()
def run() -> None:
    """Run the service: it hears the kiosks, keeps the ledger, watches, and serves the pages.

    Settings come from CIRCLE15_… variables; the README lists them.
    """
    settings = read_settings()
    _refuse_taken(settings.api_host, settings.api_port, "API_PORT")
    application = build(settings)
    server = _server(application.app, settings.api_host, settings.api_port)
    application.start()
    try:
        server.run()
    finally:
        application.stop()


@app.command()
def worker() -> None:
    """Hear the kiosks, keep the ledger and watch one region, without pages.

    One process of a region works at a time; any other, a `run` as well, stands by and takes over
    within seconds. Settings as for `run`; CIRCLE15_WORKER_PORT serves how it stands.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    settings = read_settings()
    if settings.worker_port:
        _refuse_taken(settings.api_host, settings.worker_port, "WORKER_PORT")
    application = build(settings)
    application.start()
    try:
        with _served(application.worker_app, settings.api_host, settings.worker_port):
            ended.wait()
    finally:
        application.stop()


def _refuse_taken(host: str, port: int, name: str) -> None:
    if host == LOOPBACK and not is_free(port):
        message = f"Setting CIRCLE15_{name}: port {port} is taken; choose another."
        raise SettingsError(message)


def _server(served: FastAPI, host: str, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            served,
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=3,
            proxy_headers=False,  # Whoever asks could say to be anybody, and ask without limit.
        )
    )


@contextmanager
def _served(served: FastAPI, host: str, port: int) -> Iterator[None]:
    """Serve beside what this process is there for; at port 0, nothing."""
    if port == 0:
        yield
        return
    server = _server(served, host, port)
    beside = threading.Thread(target=server.run, name="metrics", daemon=True)
    beside.start()
    try:
        yield
    finally:
        server.should_exit = True
        beside.join(SERVER_STOPS_WITHIN_S)


@app.command()
def enrol(
    kiosk: Annotated[str, typer.Argument(help="The kiosk's id, [A-Za-z0-9-]{1,32}.")],
    site: Annotated[str, typer.Option(help="The site where it stands.")],
    slots: Annotated[
        str, typer.Option(help="Its aisles from 1 on, as item:packs,item:packs,…")
    ] = "condom-52:28,condom-52:28,n9-suppository:28,n9-gel:28",
    port: Annotated[
        int | None,
        typer.Option(help="The broker's port in the printed example; else the setting's."),
    ] = None,
) -> None:
    """Enrol a kiosk, give it a password for the broker, and print how it connects."""
    settings = read_settings_offline()
    password = new_password(os.urandom)
    account_of(Enrolment(name=kiosk, role="kiosk", region=settings.region, password=password))
    enrol_kiosk(open_database(settings), kiosk_id=kiosk, site_id=site, slots=slots)
    accounts = settings.data_folder / "broker" / "accounts.json"
    enrol_account(accounts, kiosk, "kiosk", settings.region, password)
    typer.echo(f"Kiosk {kiosk} is enrolled at site {site}. Its password, shown this once:")
    typer.echo(f"  {password}")
    typer.echo("It connects like this, from the top folder of this project:")
    where = f"-h {settings.broker_host} -p {port or settings.broker_port}"
    typer.echo(
        f"  mosquitto_pub {where} -q 1 -i {kiosk} -u {kiosk} -P {password} "
        f"-t ck/v1/{settings.region}/{kiosk}/e/dispense -m "
        f"'{_example(settings.region, kiosk)}'"
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("data"),
    *,
    fresh: Annotated[bool, typer.Option(help="Throw the data away and begin anew.")] = False,
    seed: Annotated[int, typer.Option(help="Which district and history.")] = 15,
    days: Annotated[int, typer.Option(min=1, max=800, help="Days of history.")] = 396,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web page.")] = 8015,
    live_demand: Annotated[
        float, typer.Option(min=0.1, max=500, help="How many times real demand, once live.")
    ] = 60.0,
) -> None:
    """Start everything on this machine: broker, service, simulated kiosks and the web page."""
    run_demo(
        DemoWishes(
            folder=folder, fresh=fresh, seed=seed, days=days, port=port, live_demand=live_demand
        )
    )


def _example(region: str, kiosk: str) -> str:
    """Return the first fact of a new kiosk's journal: somebody took a box of condoms."""
    event = DispenseEvent(
        specversion="1.0",
        id=f"{kiosk}-1-1",
        source=source_of(region, kiosk, 1),
        type="ck.dispense.v1",
        time=now().replace(microsecond=0),
        sequence=f"{1:020d}",
        subject="slot/1",
        datacontenttype="application/json",
        data=Dispense(
            slot=1, item="condom-52", packs=1, units=10, outcome="dispensed", stock_after=27
        ),
    )
    return event.model_dump_json(exclude_none=True)


def main() -> None:
    """Run a command; what a user can put right ends in one sentence, not in a traceback."""
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=line)
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        app()
    except _EXPECTED as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
