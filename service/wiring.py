"""Builds the application from its settings; alone reads the clock and the dice."""

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
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
from service.api.routes.imports import FilesIn
from service.api.worker import build_worker_app
from service.circles import CircleRoom, circle_ports, open_circle
from service.domain.district import DistrictPlan
from service.flows.gaps import ask_for_gaps
from service.flows.quarantine import Replayer
from service.forecasting import outlook_job
from service.geo.district_file import read_kiosk
from service.importing import FileImporter
from service.inbox.again import translate_again
from service.inbox.commands import send_replays
from service.inbox.ear import Ear
from service.inbox.worker import Worker
from service.jobs.scheduler import Job, Timetable
from service.listening import open_inbox
from service.restocking import Surroundings, restocking_routes
from service.settings import Settings, SettingsError
from service.standing import pulse_of, readiness_of
from service.store.engine import open_engine, writing
from service.store.leases import Lease, open_lease
from service.store.migrate import make_schema, migrate
from service.store.partitions import make_months_ahead
from service.store.reads.sql_reads import SqlReads
from service.store.registry import enrol, lay_out, raise_version, read_district
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from service.store.trim import trim
from service.telemetry.measures import Measures
from service.telemetry.metrics import Metrics
from service.telling import Telling, open_telling
from service.watching import care_routes, watch_jobs

log = logging.getLogger(__name__)

VERSION = "0.1.0"
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
    lease: Lease
    receiver: Ear
    worker: Worker
    timetable: Timetable
    telling: Telling
    app: FastAPI
    worker_app: FastAPI
    """What a process without pages serves instead."""

    def start(self) -> None:
        """Begin to hear, to book and to watch, or to stand by for who does."""
        self.lease.start()
        self.worker.start()
        self.timetable.start()

    def stop(self) -> None:
        """Stop in the order in which nothing is lost: finish, say goodbye, close."""
        self.timetable.stop()
        self.telling.outbox.stop()
        self.worker.stop()
        self.receiver.stop()
        self.lease.stop()
        self.engine.dispose()


def open_database(settings: Settings) -> Engine:
    """Return the database, brought up to its newest revision."""
    if not settings.database_url:
        try:
            settings.data_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"Setting CIRCLE15_DATA_FOLDER: no folder can be made there ({error})."
            raise SettingsError(message) from error
    schema = settings.database_schema
    if schema and settings.database.startswith("sqlite"):
        message = "Setting CIRCLE15_DATABASE_SHARED: regions can share PostgreSQL, not SQLite."
        raise SettingsError(message)
    engine = open_engine(settings.database, schema=schema)
    try:
        if schema:
            make_schema(engine, schema)
        migrate(engine)
    except DatabaseError as error:
        said = " ".join(str(error.orig).split())
        where = "the database" if settings.database_url else settings.database
        message = f"Setting CIRCLE15_DATABASE_URL: {where} cannot be used ({said})."
        raise SettingsError(message) from error
    return engine


def open_ledger(settings: Settings) -> tuple[Engine, ZoneInfo]:
    """Return the database and the zone of the district in it, for commands beside the service."""
    engine = open_database(settings)
    return engine, _zone_of(engine, settings)


def build(settings: Settings) -> Application:
    """Return the application, connected to nothing yet but its database."""
    engine = open_database(settings)
    zone = _zone_of(engine, settings)
    lease = open_lease(settings.database, schema=settings.database_schema)
    store = SqlStore(engine, ParquetShelf(settings.archive_folder))
    circle = open_circle(engine, store, zone, settings, now=now, is_held=lease.is_held)
    measures = Measures()
    inbox = open_inbox(
        circle.live, settings, measures, lease, zone=zone, now=now, is_passing=is_passing
    )
    receiver, worker = inbox.receiver, inbox.worker
    telling = open_telling(
        store, public_url=settings.public_url, now=now, new_id=new_id, is_passing=is_passing
    )
    jobs = [
        inbox.watchdog,
        *_jobs(engine, store, receiver, settings.region),
        *watch_jobs(store, zone, is_connected=receiver.connected.is_set),
        *circle.jobs,
        telling.job,
        outlook_job(store, zone, settings, is_held=lease.is_held),
    ]
    timetable = Timetable(jobs, now=now, is_held=lease.is_held)
    reads = SqlReads(engine, now=now, zone=zone, circles=circle.kept, walking=circle.walking)
    readiness = readiness_of(receiver, worker, lease)
    metrics = Metrics(
        measures,
        pulse=pulse_of(receiver, worker, lease),
        counts=reads.network_counts,
        notices=reads.notice_counts,
        build={"version": VERSION, "database": engine.dialect.name, "region": settings.region},
    )
    app = build_app(
        reads,
        readiness=readiness,
        replay=open_replay(store, zone=zone, region=settings.region),
        metrics=metrics,
        files=FilesIn(
            importer=FileImporter(engine=engine, now=now, is_passing=is_passing),
            folder=settings.data_folder,
        ),
        more=_more_routes(store, circle, reads, telling, zone),
        pages=PAGES,
        new_id=new_id,
    )
    return Application(
        engine=engine,
        lease=lease,
        receiver=receiver,
        worker=worker,
        timetable=timetable,
        telling=telling,
        app=app,
        worker_app=build_worker_app(reads, readiness, metrics, new_id=new_id),
    )


def _more_routes(
    store: SqlStore, circle: CircleRoom, reads: SqlReads, telling: Telling, zone: ZoneInfo
) -> tuple[APIRouter, ...]:
    network = circle.grounds.network
    around = Surroundings(circles=circle.kept, reads=reads, network=network)
    return (
        *circle_ports(circle.kept, reads, network, zone).routers(),
        *telling.routes(reads),
        *restocking_routes(store, around, now=now, zone=zone, is_passing=is_passing),
        care_routes(reads, store, now=now, is_passing=is_passing),
    )


def open_replay(store: SqlStore, *, zone: ZoneInfo, region: str) -> Replayer:
    """Return what tries again what was set aside."""
    return Replayer(
        store=store,
        read=partial(translate_again, region=region),
        is_passing=is_passing,
        now=now,
        zone=zone,
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
            f"but the database is of region {district.region}. "
            "Where regions share a database, set CIRCLE15_DATABASE_SHARED=true."
        )
        raise SettingsError(message)
    return ZoneInfo(district.timezone)


def _jobs(engine: Engine, store: SqlStore, receiver: Ear, region: str) -> list[Job]:
    def gaps(at: datetime) -> None:
        if not receiver.connected.is_set():
            return
        with store.begin() as books:
            replays = ask_for_gaps(books=books, at=at, new_id=new_id)
        send_replays(receiver, replays, region=region, at=at)

    def housekeeping(at: datetime) -> None:
        with writing(engine).begin() as connection:
            trim(connection, at)

    def months_ahead(at: datetime) -> None:
        with writing(engine).begin() as connection:
            make_months_ahead(connection, at)

    return [
        Job(name="gaps", every_s=10, run=gaps),
        Job(name="months-ahead", every_s=3_600, run=months_ahead),
        Job(name="housekeeping", every_s=600, run=housekeeping, first_after_s=60),
    ]
