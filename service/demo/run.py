"""The demo from start to Ctrl-C: broker, service and simulated kiosks on this machine."""

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.folder import FolderInUseError, FolderLock
from broker.ports import answers, free_port
from service.demo.children import Child, Demo, DemoError, say
from service.demo.prepare import prepare
from service.geo.district_file import read_district

BROKER_PORT: Final = 18830
READY_WITHIN_S: Final = 60.0
POLL_S: Final = 0.2
TOLD_LEAST: Final = 0.9
"""Share of kiosks that must have told their past; the network may have cut off one or two."""
TELLING_MOST: Final = 1
"""So many may still be telling their past when the address is printed: one on a bad line."""

OWN: Final = (
    *("circle15.db", "circle15.db-wal", "circle15.db-shm", "district.json"),
    *("district.osm", "walks"),
    *("kiosk-secrets.json", "service-password", "seed", "broker", "kiosks", "logs"),
)
"""All that the demo keeps in its folder; to begin anew deletes these and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWishes:
    """What somebody wants to see."""

    folder: Path
    fresh: bool
    seed: int
    days: int
    port: int
    live_demand: float


def run_demo(wishes: DemoWishes) -> None:
    """Set up, start everything, print the address, and wait for Ctrl-C."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    lock = _take(wishes.folder)
    demo = Demo()
    try:
        if wishes.fresh:
            _throw_away(wishes.folder)
        address = _start_all(demo, wishes)
        say(f"\n  Open {address}\n  Ctrl-C stops everything; the data stays in {wishes.folder}/.\n")
        while True:
            time.sleep(1)
            demo.mend()
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
        lock.release()
    say("Stopped.")


def _take(folder: Path) -> FolderLock:
    """Hold the folder against a second demo, before anything in it is touched."""
    lock = FolderLock(folder)
    try:
        lock.acquire()
    except FolderInUseError as error:
        holder = lock.path.read_text(encoding="ascii").strip() or "unknown"
        message = (
            f"Another demo (process {holder}) is at work in {folder}/: stop it first, or give "
            "this one another folder with --folder."
        )
        raise DemoError(message) from error
    except OSError as error:
        message = f"Cannot write in {folder}/ ({error.strerror}): give another with --folder."
        raise DemoError(message) from error
    return lock


def _throw_away(folder: Path) -> None:
    held = {path.name for path in folder.iterdir()}
    if held & set(OWN) and not held & {"circle15.db", "district.json"}:
        message = f"{folder} does not look like the demo's data; delete it yourself if it is."
        raise DemoError(message)
    for name in OWN:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _same_seed(path: Path, seed: int) -> None:
    """Refuse to mix two worlds: the kiosks' past was drawn from one seed."""
    if not path.exists():
        path.write_text(f"{seed}\n", encoding="ascii")
    before = path.read_text(encoding="ascii").strip()
    if before != str(seed):
        message = (
            f"The data in {path.parent} was made with seed {before}, not {seed}: "
            "begin anew with FRESH=1 (--fresh), or leave the seed as it was."
        )
        raise DemoError(message)


def _start_all(demo: Demo, wishes: DemoWishes) -> str:
    folder = wishes.folder.absolute()
    district_path, streets_path = folder / "district.json", folder / "district.osm"
    _same_seed(folder / "seed", wishes.seed)
    if not (district_path.exists() and streets_path.exists()):
        say("Laying out the reference district …")
        _run_once(
            [
                *("-m", "kiosk_sim", "district", "--seed", str(wishes.seed)),
                *("--out", str(district_path), "--streets", str(streets_path)),
            ]
        )
    password = prepare(folder, district_path, streets_path)
    broker_port = _choose_port(BROKER_PORT)
    api_port = _choose_port(wishes.port)
    plan = read_district(district_path)
    demo.start(
        _python(
            "broker",
            ["-m", "broker", "run", "--folder", str(folder / "broker"), "--port", str(broker_port)],
            folder=folder,
            port=broker_port,
        )
    )
    _wait_for("broker", lambda: answers(broker_port), demo)
    demo.start(
        _python(
            "service",
            ["-m", "service", "run"],
            folder=folder,
            port=api_port,
            environment={
                "CIRCLE15_DATA_FOLDER": str(folder),
                "CIRCLE15_REGION": plan.region,
                "CIRCLE15_BROKER_HOST": "127.0.0.1",
                "CIRCLE15_BROKER_PORT": str(broker_port),
                "CIRCLE15_BROKER_PASSWORD": password,
                "CIRCLE15_API_PORT": str(api_port),
            },
        )
    )
    address = f"http://127.0.0.1:{api_port}"
    _wait_for("service", lambda: _is_ready(address), demo)
    say(f"Broker and service are up ({address}); the kiosks tell their past now.")
    demo.start(_simulator(wishes, folder, broker_port))
    _wait_for_history(demo, address, {kiosk.id for kiosk in plan.kiosks})
    return address


def _simulator(wishes: DemoWishes, folder: Path, broker_port: int) -> Child:
    command = [
        *("-m", "kiosk_sim", "run", "--seed", str(wishes.seed), "--days", str(wishes.days)),
        *("--district", str(folder / "district.json"), "--data", str(folder / "kiosks")),
        *("--broker", f"127.0.0.1:{broker_port}"),
        *("--secrets", str(folder / "kiosk-secrets.json")),
        *("--live-demand-factor", str(wishes.live_demand)),
        *("--reconnect-most-s", "5", "--fault-mix", "mild"),
    ]
    child = _python("simulator", command, folder=folder)
    child.log_path = None  # Its progress bar is for the person at the terminal.
    return child


def _python(
    name: str,
    arguments: Sequence[str],
    *,
    folder: Path,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Child:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    return Child(
        name=name,
        command=[sys.executable, *arguments],
        environment=environment or {},
        log_path=logs / f"{name}.log",
        port=port,
    )


def _run_once(arguments: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise DemoError((done.stderr or done.stdout).strip()[-500:])


def _choose_port(preferred: int) -> int:
    port, note = free_port(preferred)
    if note:
        say(note)
    return port


def _wait_for(name: str, is_up: Callable[[], bool], demo: Demo) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_up():
        child = next(one for one in demo.children if one.name == name)
        ended = child.process is not None and child.process.poll() is not None
        if ended or time.monotonic() > deadline:
            said = child.log_path.read_text(encoding="utf-8")[-500:] if child.log_path else ""
            message = f"The {name} did not start; {child.log_path} says: {said.strip()}"
            raise DemoError(message)
        time.sleep(POLL_S)


def _wait_for_history(demo: Demo, address: str, simulated: Collection[str]) -> None:
    """Return once the simulated kiosks have told their past; the simulator shows the progress."""
    while True:
        demo.mend()
        answer = _ask(f"{address}/api/v1/kiosks")
        everyone = json.loads(answer)["kiosks"] if answer else []
        kiosks = [one for one in everyone if one["id"] in simulated]
        # A fact or two are always on their way, and who is cut off tells the rest when it is back.
        telling = [one for one in kiosks if one["state"] == "catching_up"]
        told = [one for one in kiosks if one["heard_at"] and one not in telling]
        if kiosks and len(telling) <= TELLING_MOST and len(told) >= TOLD_LEAST * len(kiosks):
            return
        time.sleep(POLL_S * 2)


def _is_ready(address: str) -> bool:
    return bool(_ask(f"{address}/api/v1/ready"))


def _ask(address: str) -> bytes:
    """Return an answer of our own service, or nothing where there is none yet."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, OSError):
        return b""


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
