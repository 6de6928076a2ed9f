"""Months leave for the archive and come back, whatever dies on the way, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from service.domain.archive import ArchivedPart, ArchiveError
from service.flows.archive import due_months, restore_month
from service.store.archive import SqlArchive
from service.store.archived import archived_facts, archived_stretches
from service.store.facts import to_fact
from tests.support.archive import (
    APRIL,
    MARCH,
    DiedError,
    Dying,
    Place,
    cut_short,
    journal,
    spring,
)
from tests.support.plans import ZONE
from tests.support.say import dispensed, fact


@pytest.fixture
def place(sql_engine: Engine, tmp_path: Path) -> Place:
    return Place(sql_engine, tmp_path / "archive")


def test_a_month_goes_whole_and_comes_back_row_for_row(place: Place) -> None:
    told = spring(place)
    before, march = place.rows(), place.rows(MARCH)
    books = place.keeper.read().books()
    part = place.archive()
    assert part.facts == len(march) == 31 + 31
    assert place.rows(MARCH) == []
    assert place.rows() == [row for row in before if row not in march]
    assert place.archived_rows() == march
    assert place.keeper.read().books() == books
    with place.engine.begin() as connection:
        archived = [to_fact(row) for row in archived_facts(connection, place.shelf)]
        stretches = list(archived_stretches(connection))
    assert archived == sorted((one for one in told if one in archived), key=lambda one: one.key)
    assert stretches == [(("K0001", 1), 29, 59), (("K0002", 3), 1, 31)]

    restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    assert place.rows() == before
    assert place.ledger.all_parts() == []
    with place.engine.begin() as connection:
        assert list(archived_stretches(connection)) == []
    assert place.archive().file == part.file, "the very same again needs no other name"


@pytest.mark.parametrize("done", [False, True])
def test_a_kill_between_any_two_steps_loses_nothing_and_another_run_finishes(
    place: Place, *, done: bool
) -> None:
    spring(place)
    before, march = place.rows(), place.rows(MARCH)
    steps = 0
    while True:
        steps += 1
        calls: list[str] = []
        ports = (Dying(port, calls, at=steps, done=done) for port in (place.ledger, place.shelf))
        try:
            place.archive(ledger=next(ports), shelf=next(ports))
        except DiedError:
            assert sorted(place.rows() + place.archived_rows()) == before, calls
            if place.ledger.parts(MARCH) == []:
                place.archive()
            assert place.archived_rows() == march
            restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
            assert place.rows() == before
        else:
            break
    assert steps == len(calls) + 1 == 9
    assert list(place.shelf.files()) == ["2025-03.parquet"]


@contextmanager
def _dies_at(engine: Engine, words: str) -> Iterator[None]:
    def dies(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        if words in statement:
            raise DiedError(statement)

    event.listen(engine, "before_cursor_execute", dies)
    try:
        with pytest.raises(DiedError):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", dies)


def test_a_kill_within_the_last_step_leaves_the_facts_where_they_were(place: Place) -> None:
    spring(place)
    before = place.rows()
    last = "DROP TABLE" if place.engine.dialect.name == "postgresql" else "DELETE FROM fact"
    with _dies_at(place.engine, last):
        place.archive()
    assert (place.rows(), place.ledger.all_parts()) == (before, [])
    place.archive()
    with _dies_at(place.engine, "DELETE FROM archived_month"):
        restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    assert sorted(place.rows() + place.archived_rows()) == before
    assert place.rows(MARCH) == []


def test_a_kill_within_a_file_leaves_no_file_that_has_a_name(place: Place) -> None:
    spring(place)
    with place.ledger.facts(MARCH) as facts, pytest.raises(DiedError):
        place.shelf.write(MARCH, 1, cut_short(facts, 40))
    assert place.shelf.files() == {}
    assert place.archive().facts == 62


def test_a_file_in_which_anything_reads_otherwise_than_it_was_written_is_no_archive(
    place: Place,
) -> None:
    spring(place)
    rows = place.rows(MARCH)
    same_moment = rows[9][6].astimezone(ZONE)
    odd = [*rows[:9], (*rows[9][:6], same_moment, *rows[9][7:]), *rows[10:]]
    with pytest.raises(ArchiveError, match="is not what was read back"):
        place.shelf.write(MARCH, 1, iter(odd))
    assert place.shelf.files() == {}


def test_a_month_that_is_not_closed_stays(place: Place) -> None:
    spring(place)
    before = place.rows()
    with pytest.raises(ArchiveError, match="2025-04 is not closed"):
        place.archive(APRIL)
    assert (place.rows(), place.shelf.files()) == (before, {})


def test_months_are_due_by_the_setting_and_by_local_time(place: Place) -> None:
    spring(place)
    due = [
        due_months(place.ledger, today=today, keep_months=keep)
        for today, keep in (
            (date(2025, 5, 31), 3),
            (date(2025, 6, 1), 3),
            (date(2026, 1, 1), 9),
            (date(2026, 1, 1), 0),
        )
    ]
    february = date(2025, 2, 1)
    assert due == [[], [february], [february, MARCH], []]
    place.archive()
    assert due_months(place.ledger, today=date(2025, 12, 1), keep_months=2) == [
        february,
        APRIL,
        date(2025, 5, 1),
    ]


def test_facts_that_come_while_a_month_is_written_go_with_it(place: Place) -> None:
    spring(place)
    late = fact(101, dispensed(), at=journal("K0001", first=MARCH, days=9)[8].happened_at)

    class Slow(Dying):
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is there
            if name == "let_go" and not self._calls:
                self._calls.append(name)
                place.keep([late])
            return getattr(self._inner, name)

    part = place.archive(ledger=Slow(place.ledger, [], 0, done=True))
    assert part.facts == 63
    assert late.key in {row[:3] for row in place.archived_rows()}
    assert (part.part, place.rows(MARCH)) == (1, [])


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def test_a_month_that_somebody_reads_stays_until_he_is_done(
    postgres_engine: Engine, tmp_path: Path
) -> None:
    place = Place(postgres_engine, tmp_path)
    spring(place)
    before = place.rows()
    ledger = SqlArchive(postgres_engine, ZONE, readers_wait_s=0.2)
    with postgres_engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM fact"))
        with pytest.raises(ArchiveError, match="2025-03 stays for now"):
            place.archive(ledger=ledger)
    assert (place.rows(), place.ledger.all_parts()) == (before, [])
    assert place.archive(ledger=ledger).facts == 62


def test_a_file_that_is_not_what_was_archived_is_refused(place: Place) -> None:
    spring(place)
    part = place.archive()
    _damage(place.folder / part.file)
    with pytest.raises(ArchiveError, match="is not what was archived"):
        restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    with pytest.raises(ArchiveError, match="cannot be read"):
        list(place.shelf.since(part, None, None))
    (place.folder / part.file).unlink()
    with pytest.raises(ArchiveError, match="is not in the archive's folder"):
        restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    assert place.ledger.parts(MARCH) == [part]
    with pytest.raises(ArchiveError, match="2025-04 is not in the archive"):
        restore_month(APRIL, ledger=place.ledger, shelf=place.shelf)


def test_a_file_that_lies_there_is_never_written_over(place: Place) -> None:
    """After a database was lost it may be all that is left of its month."""
    spring(place)
    place.folder.mkdir()
    (place.folder / "2025-03.parquet").write_bytes(b"all that is left")
    part: ArchivedPart = place.archive()
    assert (part.part, part.file) == (1, "2025-03.part2.parquet")
    assert (place.folder / "2025-03.parquet").read_bytes() == b"all that is left"


def test_months_begin_by_local_time(place: Place) -> None:
    begin = journal("K0001", first=MARCH, days=1)[0].happened_at - timedelta(hours=12)
    assert begin.astimezone(ZONE).date() == MARCH
    step = timedelta(microseconds=1)
    place.keep([fact(1, dispensed(), at=begin - step), fact(2, dispensed(), at=begin)])
    place.close(MARCH)
    assert place.ledger.months() == [date(2025, 2, 1), MARCH]
    place.archive()
    assert [row[2] for row in place.archived_rows()] == [2]
    assert [row[2] for row in place.rows()] == [1]
