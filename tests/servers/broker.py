"""What a test may ask of any broker, whichever program it is."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from broker.accounts import Enrolment, Role, enrol_all, new_password, service_name

REGION = "999901"


class BrokerServer(Protocol):
    """A running broker with accounts; `passwords` has every enrolled name."""

    kind: str
    host: str
    port: int
    folder: Path
    passwords: dict[str, str]

    def enrol(self, kiosks: Iterable[str] = (), *, region: str = REGION) -> dict[str, str]:
        """Let in, while running, whoever is new of these kiosks and the region's service."""
        ...

    def kill(self) -> None:
        """End the program as a power cut would; whether it comes back is its supervisor's job."""
        ...


def enrol_fresh(
    path: Path, kiosks: Iterable[str], region: str, *, known: Iterable[str] = ()
) -> dict[str, str]:
    """Write accounts for those not yet known, and return their new passwords by name."""
    roles: dict[str, Role] = {service_name(region): "service"}
    roles.update(dict.fromkeys(kiosks, "kiosk"))
    for name in known:
        roles.pop(name, None)
    passwords = {name: new_password(os.urandom) for name in roles}
    enrol_all(
        path,
        [
            Enrolment(name=name, role=role, region=region, password=passwords[name])
            for name, role in roles.items()
        ],
    )
    return passwords
