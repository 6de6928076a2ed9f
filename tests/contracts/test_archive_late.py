"""What is said of an archived month: repeats, lies, facts that come late, levels behind them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.domain.archive import ArchiveError
from service.flows.archive import restore_month
from tests.support.archive import APRIL, MARCH, Place, journal, spring
from tests.support.rebuild import recount
from tests.support.say import dispensed, fact


@pytest.fixture
def place(sql_engine: Engine, tmp_path: Path) -> Place:
    return Place(sql_engine, tmp_path / "archive")


def test_what_is_said_again_after_the_archive_is_a_repeat_and_never_counted_twice(
    place: Place,
) -> None:
    told = spring(place)
    books = place.keeper.read().books()
    place.archive()
    kept = place.keep(told)
    assert (kept.new, kept.repeats, kept.aside) == (0, len(told), 0)
    assert place.keeper.read().books() == books
    assert place.rows(MARCH) == []


def test_other_content_than_the_archive_has_is_a_conflict_whatever_time_it_claims(
    place: Place,
) -> None:
    told = spring(place)
    place.archive()
    before = place.rows()
    march = [one for one in told if one.key.kiosk_id == "K0002"][:2]
    lies = [
        fact(one.key.sequence, dispensed(packs=5), kiosk="K0002", epoch=3, at=at)
        for one, at in zip(
            march, (march[0].happened_at, march[1].happened_at + timedelta(days=60)), strict=True
        )
    ]
    kept = place.keep(lies)
    assert (kept.new, kept.repeats, kept.aside) == (0, 0, 2)
    assert {line[0] for line in place.keeper.read().quarantine} == {"conflict"}
    assert place.rows() == before


def test_a_late_fact_of_an_archived_month_is_kept_and_makes_another_part(place: Place) -> None:
    told = spring(place)
    lost, missing = told.pop(), told[35]
    # A new epoch whose journal reaches back into March.
    late = fact(2, dispensed(), kiosk="K0003", at=missing.happened_at)
    place.archive()
    assert place.keep([late]).new == 1
    assert [row[:3] for row in place.rows(MARCH)] == [late.key]
    second = place.archive()
    assert (second.part, second.facts, second.file) == (2, 1, "2025-03.part2.parquet")
    assert place.keep([late, missing, lost]).repeats == 3
    assert len(restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)) == 2
    assert len(place.rows(MARCH)) == 63


def test_a_level_that_stands_on_archived_facts_is_derived_from_them(place: Place) -> None:
    """A fact that comes late, before facts in the archive, has the same effect as ever."""
    told = spring(place)
    other = Place(place.engine, place.folder)
    hole = [one for one in journal("K0003", first=MARCH, days=45) if one.key.sequence != 20]
    [found] = [one for one in journal("K0003", first=MARCH, days=45) if one.key.sequence == 20]
    place.keep(hole)
    place.archive()
    place.close(APRIL)
    place.archive(APRIL)
    assert [row for row in place.rows() if row[0] == "K0003"] == []
    assert other.keep([found]).new == 1
    levels = {slot: one for slot, one in place.keeper.read().levels.items() if slot[0] == "K0003"}

    restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    restore_month(APRIL, ledger=place.ledger, shelf=place.shelf)
    with place.store.begin() as books:
        again = books.facts.since_count("K0003", found.key._replace(sequence=0))
    assert [one.key.sequence for one in again] == list(range(1, 46))
    assert len(told) == 140
    assert levels
    for (_, slot), level in levels.items():
        assert level.on_hand_packs == recount(again, "K0003", slot)


def test_a_level_is_not_guessed_where_the_archive_is_not_at_hand(place: Place) -> None:
    spring(place)
    part = place.archive()
    (place.folder / part.file).unlink()
    late = fact(1, dispensed(), kiosk="K0002", epoch=2)
    with pytest.raises(ArchiveError, match=r"2025-03\.parquet cannot be read"):
        place.keep([late])
    place.store = place.keeper.store  # type: ignore[assignment]  # one without an archive
    with pytest.raises(ArchiveError, match="no archive is at hand"):
        place.keep([late])
