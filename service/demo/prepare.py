"""What the demo needs before it starts: a district, its streets, and a password for everyone."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from broker.accounts import Enrolment, enrol_all, new_password, service_name, write_private
from service.domain.coordinates import Crs
from service.domain.depots import Depot, EntryKind, Lot
from service.domain.district import DistrictPlan, Named, Place
from service.flows.depots import DepotDesk
from service.flows.ports_imports import ImportKind, ImportWish
from service.geo.district_file import read_district
from service.importing import FileImporter
from service.settings import Settings
from service.store.sql_store import SqlStore
from service.wiring import is_passing, lay_out_district, now, open_database

DEPOT: Final = "D1"
LOTS: Final = {"A-01": 240, "B-02": 700}
"""The depot's lots, and in how many days each expires."""

LOT_PACKS: Final = 1_000


def prepare(folder: Path, district_path: Path, streets_path: Path) -> str:
    """Bring the database and the accounts up to date; return the service's password."""
    plan = read_district(district_path)
    settings = Settings(
        data_folder=folder,
        region=plan.region,
        broker_password="not-needed-here",  # noqa: S106 - nobody connects with these settings
        database_url="",
    )
    engine = open_database(settings)
    lay_out_district(engine, plan)
    take = FileImporter(engine=engine, now=now, is_passing=is_passing)
    take(ImportWish(kind=ImportKind.STREETS, path=streets_path, crs=Crs.WGS84))
    _stock_depot(engine, plan)
    engine.dispose()
    secrets_path = folder / "kiosk-secrets.json"
    passwords: dict[str, Any] = (
        json.loads(secrets_path.read_bytes()) if secrets_path.exists() else {}
    )
    for kiosk in plan.kiosks:
        passwords.setdefault(kiosk.id, new_password(secrets.token_bytes))
    write_private(secrets_path, json.dumps(passwords, indent=1) + "\n")
    own_path = folder / "service-password"
    if not own_path.exists():
        write_private(own_path, new_password(secrets.token_bytes))
    own = own_path.read_text(encoding="utf-8").strip()
    region = plan.region
    wishes = [
        Enrolment(name=name, role="kiosk", region=region, password=password)
        for name, password in passwords.items()
    ]
    service = Enrolment(name=service_name(region), role="service", region=region, password=own)
    enrol_all(folder / "broker" / "accounts.json", [*wishes, service])
    return own


def _stock_depot(engine: Engine, plan: DistrictPlan) -> None:
    """Give the district a depot in its middle, with two lots of each item, unless it has one."""
    desk = DepotDesk(store=SqlStore(engine), now=now, zone=ZoneInfo(plan.timezone))
    if desk.all():
        return
    lon = fmean(site.place.lon for site in plan.sites)
    lat = fmean(site.place.lat for site in plan.sites)
    name = Named("区药具仓库", "District depot")
    desk.save(Depot(id=DEPOT, name=name, place=Place(lon, lat)))
    today = now().astimezone(desk.zone).date()
    for item in plan.items:
        for lot, days in LOTS.items():
            what = Lot(item=item.code, lot=lot, expires_on=today + timedelta(days=days))
            desk.enter(DEPOT, EntryKind.RECEIPT, what, packs=LOT_PACKS)
