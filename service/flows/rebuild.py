"""Derive all books anew from the facts, a kiosk and a site at a time, while the service goes on.

Each is derived without a lock and put in place in a short transaction of its own, unless facts
came in between: then it is derived again, at last under the lock. A step on record says where to
go on after a kill. Timelines and person-hours are noted as due; the service derives them by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, Protocol

from service.domain.books import KioskBooks, derive
from service.domain.facts import Fact
from service.domain.totals import Tallies, tally

TRIES_WITHOUT_LOCK: Final = 3
OnFacts = Callable[[int], None]


class Reader(Protocol):
    """Facts and books in one moment of the database."""

    def kiosks(self, after: str) -> Iterator[str]:
        """Yield, in order, the kiosks after one of which anything is kept."""

    def facts(self, kiosk_id: str) -> Iterator[Fact]:
        """Yield all facts of a kiosk by key."""

    def kiosk_fact_count(self, kiosk_id: str) -> int:
        """Return how many facts of a kiosk are kept."""

    def kiosk_books(self, kiosk_id: str) -> KioskBooks:
        """Return the books of a kiosk as they are kept."""

    def sites(self, after: str) -> Iterator[str]:
        """Yield, in order, the sites after one of which anything is kept."""

    def site_facts(self, site_id: str) -> Iterator[Fact]:
        """Yield all facts of a site that are tallied, in any order."""

    def site_fact_count(self, site_id: str) -> int:
        """Return how many facts of a site are kept."""

    def tallies(self, site_id: str) -> Tallies:
        """Return the sums of a site as they are kept."""


class Writer(Reader, Protocol):
    """The same under the writers' lock, and the means to put books in place."""

    def replace_kiosk_books(self, kiosk_id: str, books: KioskBooks, *, at: datetime) -> None:
        """Put books in the place of all that is kept of a kiosk beside its facts."""

    def replace_tallies(self, site_id: str, tallies: Tallies) -> None:
        """Put sums in the place of all that are kept of a site."""

    def note_step(self, book: str, upto: str, facts: int, *, at: datetime) -> None:
        """Put on record how far the rebuild has come with one kind of book."""

    def forget_steps(self) -> None:
        """Put on record that the rebuild is done."""

    def mark_the_past(self) -> None:
        """Note that timelines and person-hours are to be derived anew from their beginning."""


class RebuildStore(Protocol):
    """Opens moments to read, and transactions to write."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Open one consistent moment."""

    def writing(self) -> AbstractContextManager[Writer]:
        """Open a transaction under the writers' lock."""

    def steps(self) -> dict[str, tuple[str, int]]:
        """Return how far an unfinished rebuild came: by book, the last place and the facts."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did; ``mended`` are the kiosks and sites whose books were wrong."""

    places: dict[str, int] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    facts: int = 0


Put = Callable[[Writer], bool]
"""Puts derived books in place; says whether they were not there already."""


class _Book(NamedTuple):
    """What differs between the books of a kiosk and those of a site."""

    name: str
    places: Callable[[Reader, str], Iterator[str]]
    facts_in: Callable[[Reader, str], int]
    derive: Callable[[Reader, str], Put]


def rebuild(store: RebuildStore, *, zone: tzinfo, at: datetime, on_facts: OnFacts) -> Rebuilt:
    """Make the books what the facts give; go on where an interrupted rebuild stopped.

    ``on_facts`` hears of the facts of each kiosk and of each site as it is done.
    """
    rebuilt = Rebuilt()
    steps = store.steps()
    for book in (_of_kiosks(at), _of_sites(zone)):
        upto, facts = steps.get(book.name, ("", 0))
        rebuilt.places[book.name] = 0
        on_facts(facts)
        while (place := _next(store, book, upto)) is not None:
            count, was_wrong = _rebuild_one(store, book, place, facts_before=facts, at=at)
            rebuilt.places[book.name] += 1
            rebuilt.facts += count
            if was_wrong:
                rebuilt.mended.append(f"{book.name} {place}")
            upto, facts = place, facts + count
            on_facts(count)
    with store.writing() as writer:
        writer.mark_the_past()
        writer.forget_steps()
    return rebuilt


def _next(store: RebuildStore, book: _Book, after: str) -> str | None:
    with store.reading() as reader:
        return next(book.places(reader, after), None)


def _rebuild_one(
    store: RebuildStore, book: _Book, place: str, *, facts_before: int, at: datetime
) -> tuple[int, bool]:
    """Rebuild one kiosk or site; return its facts, and whether its books were wrong."""
    for _ in range(TRIES_WITHOUT_LOCK):
        with store.reading() as reader:
            count = book.facts_in(reader, place)
            put = book.derive(reader, place)
        with store.writing() as writer:
            if book.facts_in(writer, place) == count:
                was_wrong = put(writer)
                writer.note_step(book.name, place, facts_before + count, at=at)
                return count, was_wrong
    # Facts come in faster than they are read: under the lock none can.
    with store.writing() as writer:
        count = book.facts_in(writer, place)
        was_wrong = book.derive(writer, place)(writer)
        writer.note_step(book.name, place, facts_before + count, at=at)
    return count, was_wrong


def _of_kiosks(at: datetime) -> _Book:
    def derive_one(reader: Reader, kiosk_id: str) -> Put:
        derived = derive(reader.facts(kiosk_id))

        def put(writer: Writer) -> bool:
            if writer.kiosk_books(kiosk_id) == derived:
                return False
            writer.replace_kiosk_books(kiosk_id, derived, at=at)
            return True

        return put

    return _Book(
        name="kiosk",
        places=lambda reader, after: reader.kiosks(after),
        facts_in=lambda reader, kiosk_id: reader.kiosk_fact_count(kiosk_id),
        derive=derive_one,
    )


def _of_sites(zone: tzinfo) -> _Book:
    def derive_one(reader: Reader, site_id: str) -> Put:
        derived = tally(reader.site_facts(site_id), site_of=lambda _: site_id, zone=zone)

        def put(writer: Writer) -> bool:
            if writer.tallies(site_id) == derived:
                return False
            writer.replace_tallies(site_id, derived)
            return True

        return put

    return _Book(
        name="site",
        places=lambda reader, after: reader.sites(after),
        facts_in=lambda reader, site_id: reader.site_fact_count(site_id),
        derive=derive_one,
    )
