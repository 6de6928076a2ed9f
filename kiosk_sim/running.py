"""One run of the simulator: history first, then the upload, then live until told to stop."""

import fcntl
import json
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk_sim.fleet import Air, Fleet
from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.line import Broker
from kiosk_sim.settings import Faults, Habits, SettingError
from kiosk_sim.show import Show
from kiosk_sim.spec import DistrictError, KioskSpec, load_specs
from kiosk_sim.world.days import DAY_MS

_SHOW_EVERY_S: Final = 0.5
_FILES_EACH: Final = 4
_PORT_MOST: Final = 65_535


@dataclass(frozen=True, slots=True)
class Run:
    """All that a run was asked to do, already checked."""

    seed: int
    kiosks: int | None
    days: int
    demand_factor: float
    live_demand_factor: float
    faults: Faults
    brokers: tuple[tuple[str, int], ...]
    passwords: dict[str, str]
    data: Path
    district: Path
    retry_most_s: float
    crew: bool
    history_only: bool


def read_brokers(text: str) -> tuple[tuple[str, int], ...]:
    """Read ``host:port``, or those of all nodes of a cluster, separated by commas."""
    return tuple(read_broker(one.strip()) for one in text.split(","))


def read_broker(text: str) -> tuple[str, int]:
    """Read ``host:port``."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 1 <= int(port) <= _PORT_MOST:
        message = f"--broker must be host:port, for example 127.0.0.1:1883, not {text!r}"
        raise SettingError(message)
    return host.strip("[]"), int(port)


def read_secrets(path: Path | None) -> dict[str, str]:
    """Read the passwords that the kiosks have inside: {kiosk id: password}."""
    if path is None:
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"--secrets: cannot read {path}: {error.strerror}"
        raise SettingError(message) from None
    except ValueError:
        held = None
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        message = f"--secrets: {path} must be JSON of the form {{kiosk id: password}}"
        raise SettingError(message)
    return held


def _specs(run: Run) -> list[KioskSpec]:
    try:
        specs = load_specs(run.district, run.kiosks)
    except DistrictError as error:
        message = f"--district: {error}"
        raise SettingError(message) from None
    missing = [spec.id for spec in specs if run.passwords and spec.id not in run.passwords]
    if missing:
        message = f"--secrets: no password for {len(missing)} kiosks, the first is {missing[0]}"
        raise SettingError(message)
    return specs


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two simulators in one folder would spoil each other's journals."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        message = f"--data: cannot write in the folder {folder}: {error.strerror}"
        raise SettingError(message) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"--data: another simulator is at work in {folder}"
            raise SettingError(message) from None
        yield


def run_fleet(
    run: Run, show: Show, clock: Callable[[], float], is_over: Callable[[], bool]
) -> None:
    """Write the history that is missing, upload it through the broker and live on."""
    specs = _specs(run)
    _allow_files(len(specs) * _FILES_EACH)
    with _alone_in(run.data):
        kiosks = _write_history(run, specs, show, clock, is_over)
        if run.history_only or is_over():
            return
        (host, port), *others = run.brokers
        broker = Broker(host, port, run.passwords, run.retry_most_s, tuple(others))
        air = Air(broker, run.faults, live_factor=run.live_demand_factor)
        fleet = Fleet(kiosks, air, random.Random(f"fleet/{run.seed}"), clock)
        try:
            _drive(fleet, show, clock, is_over)
        finally:
            fleet.close()


def _write_history(
    run: Run,
    specs: list[KioskSpec],
    show: Show,
    clock: Callable[[], float],
    is_over: Callable[[], bool],
) -> list[Kiosk]:
    habits = Habits(
        run.seed, run.crew, run.faults.jam, run.faults.breakdowns, run.faults.clock_wrong
    )
    now_ms = int(clock() * 1000)

    def progress(done: int, total: int) -> bool:
        show.advance(done, total, clock())
        return not is_over()

    show.begin("history (kiosks)")
    try:
        kiosks = open_fleet(specs, run.data, habits, Tuning(), now_ms - run.days * DAY_MS)
    except DistrictError as error:
        message = f"--data: {error}"
        raise SettingError(message) from None
    written = write_history(kiosks, now_ms, run.demand_factor, progress)
    show.end()
    held = sum(kiosk.head for kiosk in kiosks)
    show.tell(f"history: {written} facts written for {len(kiosks)} kiosks, {held} in the journals")
    return kiosks


def _drive(
    fleet: Fleet, show: Show, clock: Callable[[], float], is_over: Callable[[], bool]
) -> None:
    begun, show_at, trouble, is_uploading = clock(), 0.0, "", True
    backlog = fleet.standing().facts
    show.begin("upload (facts confirmed)")
    while not is_over():
        fleet.step()
        now = clock()
        if now < show_at:
            continue
        show_at = now + _SHOW_EVERY_S
        standing = fleet.standing()
        if standing.trouble != trouble:
            trouble = standing.trouble
            show.tell(f"trouble: {trouble}" if trouble else "all lines are in order again")
        if is_uploading:
            show.advance(standing.confirmed, standing.facts, now)
            # What happens meanwhile is always a little ahead: the backlog of the start counts.
            if standing.confirmed >= min(backlog, standing.facts):
                is_uploading = False
                show.end()
                show.tell(
                    f"upload: all {standing.confirmed} facts confirmed by the service after "
                    f"{now - begun:.1f} s; live with {standing.connected} kiosks"
                )


def _allow_files(wanted: int) -> None:
    """Raise the limit of open files for large fleets, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted += 256
    if soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
