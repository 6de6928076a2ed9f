"""A month comes back in pieces; whatever dies on the way, each fact is there once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from service.domain.archive import ArchivedPart, ArchiveError
from service.domain.facts import Fact
from service.flows.archive import restore_month
from service.store.archived import archived_facts, archived_stretches
from tests.support.archive import MARCH, DiedError, Dying, Place, journal, spring
from tests.support.say import dispensed, fact

PIECES = 8


@pytest.fixture
def place(sql_engine: Engine, tmp_path: Path) -> Place:
    return Place(sql_engine, tmp_path / "archive")


def _with_holes(place: Place) -> list[Fact]:
    """Keep a spring and, of one more kiosk, every sixth day not: its March is of many stretches."""
    told = [one for one in journal("K0003", first=MARCH, days=31) if one.key.sequence % 6 != 5]
    place.keep(told)
    return [*spring(place), *told]


def _back(place: Place, ledger: Any = None) -> list[ArchivedPart]:  # noqa: ANN401 - a port
    return restore_month(MARCH, ledger=ledger or place.ledger, shelf=place.shelf, at_once=1)


def _everywhere(place: Place) -> list[tuple[Any, ...]]:
    return sorted(place.rows() + place.archived_rows())


@pytest.mark.parametrize("done", [False, True])
def test_a_kill_between_any_two_pieces_doubles_nothing_and_the_next_run_goes_on(
    place: Place, *, done: bool
) -> None:
    told = _with_holes(place)
    before, books = place.rows(), place.keeper.read().books()
    place.archive()
    left = len(place.archived_rows())
    for _ in range(PIECES - 1):
        # The parts are read, then a piece comes back, then another, where this run still lives.
        calls: list[str] = []
        with pytest.raises(DiedError):
            _back(place, Dying(place.ledger, calls, at=2 if done else 3, done=done))
        assert calls[0] == "parts"
        [part] = place.ledger.parts(MARCH)
        assert part.facts == len(place.archived_rows()) < left
        left = part.facts
        assert _everywhere(place) == before
        with place.engine.begin() as connection:
            rows = [row[:3] for row in archived_facts(connection, place.shelf)]
            held = sum(last - first + 1 for _, first, last in archived_stretches(connection))
        assert rows == sorted(row[:3] for row in place.archived_rows())
        assert held == left
        assert place.keep(told).repeats == len(told), "wherever it lies, it is known"
    [last] = _back(place)
    assert last.facts == left
    assert (place.rows(), place.ledger.all_parts()) == (before, [])
    assert place.keeper.read().books() == books


def test_each_piece_is_a_transaction_of_its_own_of_whole_stretches(place: Place) -> None:
    _with_holes(place)
    whole = place.archive()
    calls: list[str] = []
    with pytest.raises(DiedError):
        _back(place, Dying(place.ledger, calls, at=PIECES + 1, done=True))
    assert calls.count("take_back") == PIECES
    assert place.ledger.parts(MARCH) == []
    assert len(place.rows(MARCH)) == whole.facts


def test_facts_that_come_late_meanwhile_stay_and_all_go_again_together(place: Place) -> None:
    _with_holes(place)
    place.archive()
    before = _everywhere(place)
    with pytest.raises(DiedError):
        _back(place, Dying(place.ledger, [], at=3, done=True))
    hole = journal("K0003", first=MARCH, days=5)[4]
    late = fact(101, dispensed(), at=hole.happened_at + timedelta(minutes=1))
    assert place.keep([hole, late]).new == 2
    second = place.archive()
    assert (second.part, len(place.ledger.parts(MARCH))) == (2, 2)
    assert place.rows(MARCH) == []
    assert len(_back(place)) == 2
    assert [row for row in place.rows() if row[:3] not in (hole.key, late.key)] == before
    assert len(place.rows()) == len(before) + 2


def test_two_that_bring_back_the_same_are_told_and_nothing_is_doubled(place: Place) -> None:
    _with_holes(place)
    before = place.rows()
    place.archive()
    [part] = place.ledger.parts(MARCH)
    facts = list(place.shelf.facts(part))
    place.ledger.take_back(part, facts[:4])
    with pytest.raises(ArchiveError, match="somebody else brings it back too"):
        place.ledger.take_back(part, facts[4:9])
    assert _everywhere(place) == before


def test_what_is_left_of_a_file_is_read_from_any_place_in_it(place: Place) -> None:
    _with_holes(place)
    [part] = [place.archive()]
    whole = place.archived_rows()
    for left in (part.facts, part.facts - 1, 40, 1):
        shown = ArchivedPart(
            **{name: getattr(part, name) for name in part.__slots__} | {"facts": left}
        )
        assert [tuple(row) for row in place.shelf.facts(shown)] == whole[-left:]
        of_one = [tuple(row) for row in place.shelf.since(shown, "K0003", None)]
        assert of_one == [row for row in whole[-left:] if row[0] == "K0003"]
