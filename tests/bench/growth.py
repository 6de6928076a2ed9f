"""What a fact costs in a full database, beside what it costs in an empty one, batch by batch."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from rich.progress import Progress as ProgressBar
from sqlalchemy import Engine

from service.domain.facts import FactKey
from service.domain.progress import Progress
from service.domain.stock import SlotLevel
from service.flows.keep import keep_batch
from service.inbox.translate import translate
from service.store.engine import dialect_of, open_engine, writing
from service.store.migrate import migrate
from service.store.partitions import make_months
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.bench.backlog import FULL_PACKS, ITEMS, START, Message, backlog, plan
from tests.servers.postgres import postgres_server

KIOSKS = 200
BATCH = 2_000
ROUNDS = 15
APART = timedelta(minutes=5)
CHUNK = 500
"""Facts of each kiosk that are laid down in one transaction while the full database is filled."""

ZONE = ZoneInfo("Asia/Shanghai")

_BODY = (
    '{"data":{"item":"condom-52","outcome":"dispensed","packs":1,"slot":1,"stock_after":17,'
    '"units":10,"who":{"age_band":"30-34","token":"t0123456789ab"}},'
    '"time":"2025-10-01T00:00:00.000+00:00","type":"ck.dispense.v1"}'
)
_SERIES = {
    "sqlite": (
        "WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}),"
        " k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {kiosks}) "
    ),
    "postgresql": (
        "WITH s(n) AS (SELECT generate_series({first}, {last})),"
        " k(n) AS (SELECT generate_series(1, {kiosks})) "
    ),
}
_FACTS = (
    "INSERT INTO fact SELECT {kiosk}, 1, s.n, {site}, 'dispense', {at}, {at}, 1 + s.n % 4, {item},"
    " 1, 10, 'dispensed', NULL, NULL, 17, NULL, {digest}, '{body}' FROM s CROSS JOIN k"
)
_HOURS = (
    "INSERT INTO hour_tally (site_id, item, hour, dispensed_packs, dispensed_units, empty_asks,"
    " jams, refusals, restocked_packs, removed_packs)"
    " SELECT {site}, {item}, {hour}, 3, 30, 0, 0, 0, 0, 0 FROM s CROSS JOIN k WHERE s.n % 12 < 4"
)
_WORDS = {
    "sqlite": {
        "kiosk": "printf('K%04d', k.n)",
        "site": "printf('S%04d', k.n)",
        "at": "{start_us} + s.n * 300000000",
        "hour": "{start_us} + s.n / 12 * 3600000000",
        "digest": "randomblob(32)",
    },
    "postgresql": {
        "kiosk": "'K' || lpad(k.n::text, 4, '0')",
        "site": "'S' || lpad(k.n::text, 4, '0')",
        "at": "timestamptz '{start}' + s.n * interval '5 minutes'",
        "hour": "timestamptz '{start}' + s.n / 12 * interval '1 hour'",
        "digest": "decode(md5(s.n::text || k.n::text) || md5(k.n::text), 'hex')",
    },
}


@dataclass(frozen=True)
class Books:
    """A database and the messages that come next for it."""

    engine: Engine
    store: SqlStore
    messages: list[Message]

    def cost_us(self, number: int) -> float:
        """Book the n-th batch; return what each fact of it cost, in microseconds."""
        batch = self.messages[number * BATCH : (number + 1) * BATCH]
        at = datetime.now(UTC)
        started = time.perf_counter()
        heard = [translate(topic, payload, heard_at=at) for topic, payload in batch]
        with self.store.begin() as books:
            kept = keep_batch([one for one in heard if one], books=books, at=at, zone=ZONE)
        took = time.perf_counter() - started
        assert kept.new == len(batch), "every fact is new"
        return took / len(batch) * 1e6


def sqlite_growth(folder: Path, facts: int) -> dict[str, float | int]:
    """Compare an empty SQLite file with one of so many facts."""
    return _growth(f"sqlite:///{folder}/empty.db", f"sqlite:///{folder}/full.db", facts)


def postgres_growth(facts: int) -> dict[str, float | int]:
    """Compare an empty PostgreSQL database with one of so many facts."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(fsync=True))
        server.start()
        urls = [stack.enter_context(server.database()) for _ in range(2)]
        return _growth(urls[0], urls[1], facts)


def _growth(empty_url: str, full_url: str, facts: int) -> dict[str, float | int]:
    each = facts // KIOSKS
    empty, full = _open(empty_url, 0), _open(full_url, each)
    _fill(full.engine, each)
    # In turn, so that a slow minute of the machine is one for both.
    costs = [(empty.cost_us(number), full.cost_us(number)) for number in range(ROUNDS)]
    for books in (empty, full):
        books.engine.dispose()
    settled = costs[2:]  # The first batches warm caches up.
    return {
        "facts": each * KIOSKS,
        "start_us": median(start for start, _ in settled),
        "end_us": median(end for _, end in settled),
        "growth": median(end / start for start, end in settled),
    }


def _open(url: str, after: int) -> Books:
    engine = open_engine(url)
    migrate(engine)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(KIOSKS), at=datetime.now(UTC))
    messages = list(
        backlog(KIOSKS, ROUNDS * BATCH, 15, after=after, start=START + after * APART, apart=APART)
    )
    return Books(engine=engine, store=SqlStore(engine), messages=messages)


def _fill(engine: Engine, each: int) -> None:
    name = dialect_of(engine)
    words = {word: text.format(**_start()) for word, text in _WORDS[name].items()}
    cases = " ".join(f"WHEN {n} THEN '{item}'" for n, item in enumerate(ITEMS))
    words |= {"item": f"CASE s.n % 4 {cases} END", "body": _BODY}
    if name == "postgresql":
        with writing(engine).begin() as connection:
            make_months(connection, _months(each), ZONE)
    with ProgressBar() as bar:
        task = bar.add_task(f"{name}: {each * KIOSKS:,} facts", total=each)
        for first in range(1, each + 1, CHUNK):
            last = min(each, first + CHUNK - 1)
            series = _SERIES[name].format(first=first, last=last, kiosks=KIOSKS)
            with writing(engine).begin() as connection:
                for statement in (_FACTS, _HOURS):
                    written = statement.format(**words)
                    connection.exec_driver_sql((series + written).replace("%", _percent(name)))
            bar.advance(task, last - first + 1)
    _settle(engine, each)


def _percent(name: str) -> str:
    return "%%" if name == "postgresql" else "%"


def _settle(engine: Engine, each: int) -> None:
    """Say how far each journal is kept and what its slots hold."""
    at = START + each * APART
    with SqlStore(engine).begin() as books:
        kiosk_ids = sorted(books.registry.site_by_kiosk)
        books.progress.save({(kiosk_id, 1): Progress(upto=each) for kiosk_id in kiosk_ids})
        books.stock.save_levels(
            {
                (kiosk_id, slot): SlotLevel(
                    kiosk_id=kiosk_id,
                    slot=slot,
                    item=item,
                    counted_packs=FULL_PACKS,
                    counted_at=at,
                    left_packs=0,
                    moved_by=FactKey(kiosk_id, 1, each),
                )
                for kiosk_id in kiosk_ids
                for slot, item in enumerate(ITEMS, start=1)
            }
        )


def _start() -> dict[str, object]:
    return {"start": START.isoformat(), "start_us": int(START.timestamp() * 1e6)}


def _months(each: int) -> set[date]:
    days = (each * APART).days + 2
    return {
        (START + timedelta(days=number)).astimezone(ZONE).date().replace(day=1)
        for number in range(days)
    }
