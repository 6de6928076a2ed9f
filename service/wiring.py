"""Builds the application from its settings; alone reads the clock and the dice."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.api.app import build_app
from service.api.readiness import Readiness
from service.domain.district import DistrictPlan
from service.domain.registry import Registry
from service.flows.circle import CircleMap, watch_circle
from service.flows.gaps import ask_for_gaps
from service.flows.watch import watch_quarantine, watch_silence, watch_stock
from service.geo.district_file import read_kiosk
from service.inbox.commands import send_replays
from service.inbox.receiver import BrokerAddress, Receiver
from service.inbox.worker import Worker
from service.jobs.scheduler import Job, Timetable
from service.settings import Settings, SettingsError
from service.store.coverage import read_circle_map
from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.reads.sql_reads import SqlReads
from service.store.registry import enrol, lay_out, raise_version, read_district
from service.store.sql_store import SqlStore
from service.store.trim import trim

log = logging.getLogger(__name__)

PAGES = Path(__file__).parent / "web" / "dist"


def now() -> datetime:
    """Return the present moment; the one place that reads the clock."""
    return datetime.now(UTC)  # noqa: TID251 - this is where the clock is read


def new_id() -> str:
    """Return an id that nobody had before; the one place that rolls the dice."""
    return uuid.uuid4().hex


def is_passing(error: Exception) -> bool:
    """Say whether an error is the database's, to be waited out: away, busy, full or read-only."""
    return isinstance(error, OperationalError | InterfaceError | InternalError | PoolTimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """All parts of a running service."""

    engine: Engine
    receiver: Receiver
    worker: Worker
    timetable: Timetable
    app: FastAPI

    def start(self) -> None:
        """Begin to hear, to book and to watch."""
        self.worker.start()
        self.timetable.start()

    def stop(self) -> None:
        """Stop in the order in which nothing is lost: finish, say goodbye, close."""
        self.timetable.stop()
        self.worker.stop()
        self.receiver.stop()
        self.engine.dispose()


def open_database(settings: Settings) -> Engine:
    """Return the database, brought up to its newest revision."""
    if not settings.database_url:
        try:
            settings.data_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"Setting CIRCLE15_DATA_FOLDER: no folder can be made there ({error})."
            raise SettingsError(message) from error
    engine = open_engine(settings.database)
    try:
        migrate(engine)
    except DatabaseError as error:
        said = " ".join(str(error.orig).split())
        where = "the database" if settings.database_url else settings.database
        message = f"Setting CIRCLE15_DATABASE_URL: {where} cannot be used ({said})."
        raise SettingsError(message) from error
    return engine


def build(settings: Settings) -> Application:
    """Return the application, connected to nothing yet but its database."""
    engine = open_database(settings)
    zone = _zone_of(engine, settings)
    store = SqlStore(engine)
    address = BrokerAddress(
        host=settings.broker_host,
        port=settings.broker_port,
        user=settings.user,
        password=settings.broker_password,
    )
    receiver = Receiver(address, region=settings.region)
    worker = Worker(
        receiver,
        store,
        region=settings.region,
        zone=zone,
        now=now,
        is_passing=is_passing,
        batch_max=settings.batch_max,
    )
    watchdog = Job(name="watchdog", every_s=5, run=lambda _at: worker.revive())
    jobs = [watchdog, *_jobs(engine, store, receiver, settings.region)]
    timetable = Timetable(jobs, now=now)
    app = build_app(
        SqlReads(engine, now=now, zone=zone),
        readiness=_readiness(receiver, worker),
        pages=PAGES,
        new_id=new_id,
    )
    return Application(
        engine=engine, receiver=receiver, worker=worker, timetable=timetable, app=app
    )


def lay_out_district(engine: Engine, plan: DistrictPlan) -> None:
    """Make the registry agree with a plan, in one transaction."""
    with writing(engine).begin() as connection:
        lay_out(connection, plan, at=now())


def enrol_kiosk(engine: Engine, *, kiosk_id: str, site_id: str, slots: str) -> None:
    """Add one kiosk to the registry; ``slots`` reads ``item:packs,item:packs,…`` from slot 1 on."""
    try:
        plan = read_kiosk(kiosk_id=kiosk_id, site_id=site_id, slots=slots)
        with writing(engine).begin() as connection:
            enrol(connection, plan, at=now())
            raise_version(connection)
    except (ValueError, IntegrityError) as error:
        unknown = isinstance(error, IntegrityError)
        why = "its site or an item is not in the district" if unknown else str(error)
        message = f"Kiosk {kiosk_id} cannot be enrolled: {why}."
        raise SettingsError(message) from error


def _zone_of(engine: Engine, settings: Settings) -> ZoneInfo:
    with engine.begin() as connection:
        district = read_district(connection)
    if district is None:
        message = (
            "The database has no district yet: run `python -m service import district FILE` first."
        )
        raise SettingsError(message)
    if district.region != settings.region:
        message = (
            f"Setting CIRCLE15_REGION is {settings.region}, "
            f"but the database is of region {district.region}."
        )
        raise SettingsError(message)
    return ZoneInfo(district.timezone)


def _jobs(engine: Engine, store: SqlStore, receiver: Receiver, region: str) -> list[Job]:
    def silence(at: datetime) -> None:
        with store.begin() as books:
            watch_silence(books=books, at=at)

    def stock(at: datetime) -> None:
        with store.begin() as books:
            watch_stock(books=books, at=at)

    def quarantine(at: datetime) -> None:
        with store.begin() as books:
            watch_quarantine(books=books, at=at)

    def gaps(at: datetime) -> None:
        if not receiver.connected.is_set():
            return
        with store.begin() as books:
            replays = ask_for_gaps(books=books, at=at, new_id=new_id)
        send_replays(receiver, replays, region=region, at=at)

    def housekeeping(at: datetime) -> None:
        with writing(engine).begin() as connection:
            trim(connection, at)

    return [
        Job(name="silence", every_s=10, run=silence),
        Job(name="stock", every_s=5, run=stock),
        Job(name="circle", every_s=5, run=_circle_job(engine, store), first_after_s=2),
        Job(name="quarantine", every_s=15, run=quarantine),
        Job(name="gaps", every_s=10, run=gaps),
        Job(name="housekeeping", every_s=600, run=housekeeping, first_after_s=60),
    ]


def _circle_job(engine: Engine, store: SqlStore) -> Callable[[datetime], None]:
    known: dict[int, tuple[Registry, CircleMap]] = {}

    def circle(at: datetime) -> None:
        with store.begin() as books:
            registry = books.registry
        if 0 not in known or known[0][0] is not registry:
            # Who reaches what changes with the registry alone.
            with engine.begin() as connection:
                known[0] = (registry, read_circle_map(connection))
        with store.begin() as books:
            watch_circle(known[0][1], books=books, at=at)

    return circle


def _readiness(receiver: Receiver, worker: Worker) -> Readiness:
    def inbox_age_s() -> float | None:
        last = worker.gauges.last_message_s
        return None if last is None else round(time.monotonic() - last, 1)

    def trouble() -> str:
        if not worker.is_alive:
            return "the inbox has stopped; restart the service"
        if receiver.refused:
            return f"the broker refused us ({receiver.refused}); check CIRCLE15_BROKER_PASSWORD"
        if worker.gauges.error:
            return "the database does not take what we hear; it is tried again, see the log"
        return ""

    return Readiness(
        broker_connected=receiver.connected.is_set,
        inbox_age_s=inbox_age_s,
        inbox_trouble=trouble,
    )
