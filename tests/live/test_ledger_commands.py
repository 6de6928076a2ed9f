"""``audit`` and ``rebuild`` as one runs them: beside a service that books, and killed midway."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from service.__main__ import app
from service.domain.audit import Audit, Invariant
from service.domain.facts import Fact, What
from service.flows.audit import audit
from service.flows.keep import keep_batch
from service.store.engine import open_engine, still, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.bench.backlog import REGION, plan
from tests.live.running import UP_WITHIN_S, Process, ended, run_once
from tests.servers.processes import eventually
from tests.support.auditing import snapshot_of
from tests.support.plans import NOW, ZONE
from tests.support.say import counted, dispensed, fact, restocked

KIOSKS = 24
FACTS = 60


def _journal(kiosk: str) -> list[Fact]:
    whats: list[What] = [restocked(28), *(dispensed() for _ in range(FACTS - 2)), counted(3)]
    return [fact(number, what, kiosk=kiosk) for number, what in enumerate(whats, 1)]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with some kiosks and their past."""
    url = f"sqlite:///{tmp_path / 'circle15.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    engine = open_engine(url)
    migrate(engine)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(KIOSKS), at=NOW)
    for number in range(1, KIOSKS + 1):
        _keep(engine, _journal(f"K{number:04d}"))
    engine.dispose()
    return url


def _keep(engine: Engine, facts: list[Fact]) -> None:
    with SqlStore(engine).begin() as books:
        keep_batch(facts, books=books, at=NOW, zone=ZONE)


@contextmanager
def _booking(url: str) -> Iterator[None]:
    """Let every kiosk dispense in turn, and be counted now and then, all the while."""
    engine, stop = open_engine(url), threading.Event()

    def book() -> None:
        for sequence in count(FACTS + 1):
            for number in range(1, KIOSKS + 1):
                what = counted(7) if sequence % 3 == 0 else dispensed(after=sequence % 9)
                _keep(engine, [fact(sequence, what, kiosk=f"K{number:04d}")])
                if stop.wait(0.05):
                    return

    thread = threading.Thread(target=book)
    thread.start()
    try:
        yield
        assert thread.is_alive(), "booking went on all the while"
    finally:
        stop.set()
        thread.join()
        engine.dispose()


def _settings(url: str, folder: Path) -> dict[str, str]:
    return {
        "CIRCLE15_DATA_FOLDER": str(folder),
        "CIRCLE15_DATABASE_URL": url,
        "CIRCLE15_REGION": REGION,
    }


def _verdicts(engine: Engine) -> Audit:
    with still(engine).begin() as connection:
        return audit(snapshot_of(connection), zone=ZONE, at=NOW, on_facts=lambda _: None)


def _damage(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        connection.execute(text("UPDATE level SET counted_packs = 99"))
        connection.execute(text("UPDATE day_tally SET dispensed_packs = dispensed_packs + 1"))
        connection.execute(text("DELETE FROM hour_tally"))
        connection.execute(text("DELETE FROM discrepancy"))


def test_a_rebuild_beside_a_booking_service_killed_midway_mends_everything(
    url: str, tmp_path: Path
) -> None:
    settings = _settings(url, tmp_path)
    engine = open_engine(url)
    assert _verdicts(engine).holds
    _damage(engine)
    first = Process("service", "rebuild", log=tmp_path / "first.log", settings=settings)

    def steps() -> int:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM rebuild_step")) or 0

    with _booking(url):
        with ended(first):
            eventually(lambda: steps() > 0, within_s=UP_WITHIN_S)
            first.kill()
        assert steps() > 0, "killed too late to prove anything"
        broken = _verdicts(engine).verdicts
        assert {one for one, verdict in broken.items() if verdict.breaches} == {
            Invariant.ONCE,
            Invariant.STOCK,
        }
        again = run_once("service", "rebuild", settings=settings)
        assert again.returncode == 0, again.stderr
        print(again.stdout)
        assert "Going on after kiosk K00" in again.stderr
        done = run_once("service", "audit", "--json", settings=settings)
    told = json.loads(done.stdout)
    assert told["holds"], [one["breaches"] for one in told["invariants"]]
    assert done.returncode == 0
    assert told["facts"] > KIOSKS * FACTS, "facts came in meanwhile"
    assert steps() == 0
    engine.dispose()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Give a command line on a small district, in this process."""
    url = f"sqlite:///{tmp_path / 'circle15.db'}"
    for name, setting in _settings(url, tmp_path).items():
        monkeypatch.setenv(name, setting)
    engine = open_engine(url)
    migrate(engine)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(1), at=NOW)
    _keep(engine, _journal("K0001"))
    engine.dispose()

    def ran(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, words)
        told = "" if isinstance(done.exception, SystemExit | None) else str(done.exception)
        return done.exit_code, (done.output + told).strip()

    return ran


def test_the_audit_tells_a_person_what_is_wrong_where(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, told = run("audit")
    assert code == 0, told
    assert "1 acknowledged is kept     holds" in told
    assert "60 facts audited" in told
    engine = open_engine(f"sqlite:///{tmp_path / 'circle15.db'}")
    _damage(engine)
    engine.dispose()
    code, told = run("audit")
    assert code == 1
    assert "6 stock follows the counts BROKEN 2x" in told
    assert "K0001 slot 1: the books hold SlotLevel(" in told
    assert run("rebuild", "--fresh")[0] == 0
    assert run("audit")[0] == 0


def test_a_month_is_closed_once_it_is_over_and_opened_again(
    run: Callable[..., tuple[int, str]],
) -> None:
    assert run("month", "close", "2025-10", "--by", "office") == (0, "Month 2025-10 is closed.")
    again = "Month 2025-10 cannot be closed: 2025-10 is closed already."
    assert run("month", "close", "2025-10") == (1, again)
    assert run("month", "close", "2999-01")[1].endswith("2999-01 is not over in the district.")
    assert run("month", "close", "2025-13")[1] == "There is no month 2025-13; write it as 2026-05."
    assert " by office" in run("month", "list")[1]
    assert run("month", "reopen", "2025-10") == (0, "Month 2025-10 is open again.")
    assert run("month", "list") == (0, "")
