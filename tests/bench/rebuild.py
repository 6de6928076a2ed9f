"""How fast the books are derived anew from the facts, and proved, on both databases."""

import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from service.flows.audit import audit
from service.flows.keep import keep_batch
from service.flows.rebuild import rebuild
from service.inbox.translate import translate
from service.store.audit import SqlSnapshot
from service.store.engine import open_engine, still, writing
from service.store.kept import Archive, KeptFacts
from service.store.migrate import migrate
from service.store.rebuild import SqlRebuildStore
from service.store.registry import lay_out
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from tests.bench.backlog import backlog, plan
from tests.bench.report import Figures
from tests.servers.postgres import postgres_server

KIOSKS = 43
FACTS = 200_000
BATCH = 5_000
ZONE = ZoneInfo("Asia/Shanghai")


def measure(facts: int = FACTS) -> Figures:
    """Fill a database, break every book of it, rebuild and prove it."""
    figures: dict[str, float | int] = {"rebuild.facts": facts}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgres_server(fsync=True))
        server.start()
        postgres = stack.enter_context(server.database())
        for name, url in (("sqlite", f"sqlite:///{folder}/bench.db"), ("postgres", postgres)):
            rebuilt_s, audited_s = _rebuild_and_prove(url, facts, folder)
            figures[f"rebuild.{name}.facts_per_s"] = facts / rebuilt_s
            figures[f"audit.{name}.facts_per_s"] = facts / audited_s
    figures["rebuild.facts_per_s"] = min(
        figures["rebuild.sqlite.facts_per_s"], figures["rebuild.postgres.facts_per_s"]
    )
    return figures


def _rebuild_and_prove(url: str, facts: int, folder: Path) -> tuple[float, float]:
    """Return the seconds that a rebuild of all books takes, and those of an audit."""
    engine = open_engine(url)
    migrate(engine)
    at = datetime.now(UTC)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(KIOSKS), at=at)
    store, messages = SqlStore(engine), backlog(KIOSKS, facts, seed=15)
    while some := list(islice(messages, BATCH)):
        heard = [translate(topic, payload, heard_at=at) for topic, payload in some]
        with store.begin() as books:
            keep_batch([one for one in heard if one], books=books, at=at, zone=ZONE)
    with writing(engine).begin() as connection:
        connection.execute(text("UPDATE level SET left_packs = 9"))
        connection.execute(text("UPDATE day_tally SET jams = 9"))
    archive = Archive(ParquetShelf(folder))
    started = time.perf_counter()
    done = rebuild(SqlRebuildStore(engine, archive), zone=ZONE, at=at, on_facts=lambda _: None)
    rebuilt_s = time.perf_counter() - started
    assert len(done.mended) == 2 * KIOSKS, "every book was wrong"
    started = time.perf_counter()
    with still(engine).begin() as connection:
        snapshot = SqlSnapshot(connection, KeptFacts(connection, archive))
        verdicts = audit(snapshot, zone=ZONE, at=at, on_facts=lambda _: None)
    assert verdicts.holds, verdicts
    audited_s = time.perf_counter() - started
    engine.dispose()
    return rebuilt_s, audited_s
