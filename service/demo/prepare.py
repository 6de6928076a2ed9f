"""What the demo needs before it starts: a district, its streets, and a password for everyone."""

import json
import secrets
from pathlib import Path
from typing import Any

from broker.accounts import Enrolment, enrol_all, new_password, service_name, write_private
from service.domain.coordinates import Crs
from service.flows.ports_imports import ImportKind, ImportWish
from service.geo.district_file import read_district
from service.importing import FileImporter
from service.settings import Settings
from service.wiring import is_passing, lay_out_district, now, open_database


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
