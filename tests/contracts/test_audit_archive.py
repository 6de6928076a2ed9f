"""What is in the archive counts as kept: for the audit, and for a rebuild."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.domain.archive import ArchiveError
from service.domain.audit import Audit, Invariant
from service.domain.facts import What
from service.domain.months import Closing
from service.flows.archive import archive_month
from service.flows.audit import audit
from service.flows.keep import keep_batch
from service.flows.rebuild import rebuild
from service.store.archive import SqlArchive
from service.store.audit import SqlSnapshot
from service.store.engine import still, writing
from service.store.kept import Archive, KeptFacts
from service.store.months import SqlMonths
from service.store.rebuild import SqlRebuildStore
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from tests.support.plans import NOW, ZONE
from tests.support.say import counted, dispensed, fact, restocked

OCTOBER = NOW.date().replace(month=10, day=1)
THEN = NOW - timedelta(days=30)


def _tell(engine: Engine) -> None:
    """K0001 and K0002 tell of October and November; K0003 of November alone."""
    journal: tuple[What, ...] = (
        *(restocked(20), dispensed(), counted(17)),
        *(dispensed(after=15), dispensed()),
    )
    told = [
        fact(sequence, what, kiosk=kiosk, at=THEN if sequence < 4 else NOW)
        for kiosk in ("K0001", "K0002")
        for sequence, what in enumerate(journal, 1)
    ]
    with SqlStore(engine).begin() as books:
        keep_batch([*told, fact(1, restocked(9), kiosk="K0003")], books=books, at=NOW, zone=ZONE)


def _audited(engine: Engine, archive: Archive) -> Audit:
    with still(engine).begin() as connection:
        snapshot = SqlSnapshot(connection, KeptFacts(connection, archive))
        return audit(snapshot, zone=ZONE, at=NOW, on_facts=lambda _: None)


def test_books_that_stand_on_archived_facts_are_proved_and_rebuilt(
    sql_engine: Engine, tmp_path: Path
) -> None:
    _tell(sql_engine)
    shelf = ParquetShelf(tmp_path)
    archive = Archive(shelf)
    whole = _audited(sql_engine, archive)
    with writing(sql_engine).begin() as connection:
        SqlMonths(connection).close(Closing(month=OCTOBER, closed_at=NOW, closed_by="a test"))
    ledger = SqlArchive(sql_engine, ZONE)
    part = archive_month(OCTOBER, ledger=ledger, shelf=shelf, at=NOW)
    assert part.facts == 6

    verdicts = _audited(sql_engine, archive)
    assert [one.breaches for one in verdicts.verdicts.values()] == [[]] * len(Invariant)
    assert verdicts.verdicts[Invariant.ONCE].figures == whole.verdicts[Invariant.ONCE].figures
    with writing(sql_engine).begin() as connection:
        connection.execute(text("UPDATE level SET left_packs = 9"))
        connection.execute(text("DELETE FROM discrepancy"))
        connection.execute(text("UPDATE day_tally SET dispensed_packs = 99"))
    done = rebuild(SqlRebuildStore(sql_engine, archive), zone=ZONE, at=NOW, on_facts=lambda _: None)
    assert len(done.mended) == 5
    assert _audited(sql_engine, archive).holds

    (tmp_path / part.file).rename(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError, match=r"2026-10\.parquet"):
        _audited(sql_engine, archive)
