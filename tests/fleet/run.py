"""One run: a fleet lives through its weather, calms down, and is called to account."""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from kiosk_sim.settings import Habits
from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from tests.fleet.agenda import Agenda
from tests.fleet.broker import Broker
from tests.fleet.disk import Moods
from tests.fleet.harm import Harm
from tests.fleet.pages import UndoStore
from tests.fleet.places import circle_of, district_of, specs_of
from tests.fleet.reckoning import settle_up
from tests.fleet.seat import Seat, Surroundings
from tests.fleet.service import Ground, Service
from tests.fleet.weather import Weather, dice
from tests.fleet.witness import BrokenError, Witness
from tests.support.books import Keeper, MemoryKeeper, SqlKeeper
from tests.support.plans import NOW

SERVICE: Final = "circle15-service-999901"
_SHARED: Final = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made below it
_LOOK_EVERY: Final = timedelta(minutes=10)
_CALM_WITHIN: Final = timedelta(days=3)


@dataclass(frozen=True)
class Report:
    """What came of a run: ``trace`` is the same for the same seed, wherever it runs."""

    trace: str
    counts: Counter[str]
    events: int
    failure: str
    last_lines: tuple[str, ...]


def run(weather: Weather) -> Report:
    """Live through a whole run in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="fleet-", dir=_memory()) as temporary:
        folder = Path(temporary)
        with _keeper(weather, folder) as keeper:
            return _live(weather, keeper, folder / "kiosks")


def _memory() -> Path | None:
    """Return a folder that is no disk, where there is one: thousands of small files are renamed."""
    return _SHARED if _SHARED.is_dir() else None


def _live(weather: Weather, keeper: Keeper, folder: Path) -> Report:
    agenda = Agenda(weather.begin)
    witness = Witness(agenda)
    failure = ""
    try:
        _live_and_settle(weather, keeper, folder, agenda, witness)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what the run is for
        place = _place_of(error)
        failure = f"{type(error).__name__}: {error}{place}"
        witness.trace("FAILED", failure)
    return Report(
        trace=witness.digest,
        counts=witness.counts,
        events=agenda.happened,
        failure=failure,
        last_lines=tuple(witness.last_lines),
    )


def _place_of(error: BaseException) -> str:
    """Say where a mistake happened, unless it is a broken promise, which says it itself."""
    if isinstance(error, BrokenError):
        return ""
    trail, places = error.__traceback__, []
    while trail is not None:
        code = trail.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trail.tb_lineno} {code.co_name}")
        trail = trail.tb_next
    return f" ({' > '.join(places[-4:])})"


def _live_and_settle(
    weather: Weather, keeper: Keeper, folder: Path, agenda: Agenda, witness: Witness
) -> None:
    broker = Broker(queue_max=weather.queue_max, window=weather.window)
    specs = specs_of(weather.kiosks)
    ground = Ground(agenda, broker, witness, keeper.store, Moods(), circle_of(specs), weather)
    habits = Habits(
        weather.seed,
        jam=weather.network.jam,
        breakdowns=weather.network.breakdowns,
        clock_wrong=weather.network.clock_wrong,
    )
    around = Surroundings(agenda, broker, witness, folder, habits, weather.demand, weather.network)
    service = Service(ground, SERVICE, dice(weather.seed, "service"))
    seats = [Seat(spec, around, dice(weather.seed, spec.id)) for spec in specs]
    harm = Harm(ground, seats, service)
    agenda.run_until(weather.end)
    harm.stop()
    for seat in seats:
        seat.calm_down()
    _calm_down(agenda, seats, service, witness, broker)
    service.watch_all()
    settle_up(keeper.read(), seats=seats, witness=witness, folder=folder, dropped=broker.dropped)
    witness.trace("end", len(witness.kept), broker.dropped)


def _calm_down(
    agenda: Agenda, seats: list[Seat], service: Service, witness: Witness, broker: Broker
) -> None:
    """Let time pass until nothing waits anywhere; it must come to that by itself."""
    until = agenda.now() + _CALM_WITHIN
    agenda.run_until(agenda.now() + _LOOK_EVERY)
    while agenda.now() < until:
        missing = [gap for gap in witness.gaps.values() if not gap.permanent]
        waiting = [seat.spec.id for seat in seats if not seat.is_done]
        if service.is_idle and not (missing or waiting or broker.waiting()):
            return
        agenda.run_until(agenda.now() + _LOOK_EVERY)
    message = (
        f"it does not calm down: gaps {missing[:3]}, kiosks {waiting[:5]}, "
        f"{broker.waiting()} messages, the service idle: {service.is_idle}"
    )
    raise BrokenError(message)


# Keepers.


@contextmanager
def _keeper(weather: Weather, folder: Path) -> Iterator[Keeper]:
    specs = specs_of(weather.kiosks)
    if weather.keeper == "memory":
        yield MemoryKeeper(UndoStore(district_of(specs)))
        return
    path = folder / "circle15.db"
    path.write_bytes(_template(weather.kiosks))
    engine = open_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _hurry)
    yield SqlKeeper(engine, "sqlite")
    engine.dispose()


def _hurry(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - the pool's own type
    """No power is cut under this database: it need not wait for the disk."""
    connection.execute("PRAGMA synchronous=OFF")


@cache
def _template(kiosks: int) -> bytes:
    """Return a migrated database with a district of so many kiosks, to be copied."""
    with tempfile.TemporaryDirectory(prefix="fleet-template-") as temporary:
        path = Path(temporary) / "circle15.db"
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        with writing(engine).begin() as connection:
            lay_out(connection, district_of(specs_of(kiosks)), at=NOW)
        engine.dispose()
        return path.read_bytes()
