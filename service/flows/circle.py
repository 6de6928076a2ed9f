"""Keep the fifteen-minute circle in step with the books: in the same transaction as each change.

What is kept is how each outlet stands, gaps, and figures whenever they change. What each community
can reach is remembered between transactions; after one that was undone, or that another process
has made, it is counted anew.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Protocol

from service.domain.circle_gaps import Closed, move
from service.domain.coverage import item_coverage
from service.domain.registry import Registry
from service.flows.circle_memory import Changes, Ground, Memory
from service.flows.ports import Books, Store, WatchedStore


class Follows(Protocol):
    """Something that opens transactions and follows what they change."""

    def begin(self) -> AbstractContextManager[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""

    def follow(
        self, stirred: Collection[str], touched: Collection[str], *, books: Books, at: datetime
    ) -> None:
        """Follow kiosks whose stock or state may have changed, and others that said something."""


class LiveCircle:
    """The circle as it stands now; one of a process, for all its threads."""

    def __init__(self, store: WatchedStore, ground_of: Callable[[Registry], Ground]) -> None:
        """Take the store and what gives the ground for a registry; both are asked when needed."""
        self._store = store
        self._ground_of = ground_of
        self._lock = RLock()
        self._memory: Memory | None = None

    @contextmanager
    def begin(self) -> Iterator[Books]:
        """Open a transaction whose changes can be followed; one at a time."""
        with self._lock:
            try:
                with self._store.begin() as books:
                    yield books
            except BaseException:
                self._memory = None
                raise

    def is_estimate(self) -> bool:
        """Say whether walks are estimates; so they are as long as nothing else is known."""
        memory = self._memory
        return memory is None or memory.ground.relation.is_estimate

    def follow(
        self, stirred: Collection[str], touched: Collection[str], *, books: Books, at: datetime
    ) -> None:
        """Follow kiosks in the transaction that changed them, opened by ``begin``.

        ``stirred`` may stand differently now; of those only ``touched`` the ones that were unknown
        are looked at.
        """
        memory = self._recall(books, at)
        wanted = memory.unknown.intersection(touched).union(stirred) & memory.outlets.keys()
        if memory.newest is None:
            wanted = set(memory.outlets)
        changes = memory.changes(books.stock.views(at, wanted)) if wanted else []
        self._move(memory, changes, books=books, at=at)

    def look_round(self, at: datetime) -> None:
        """Look at every kiosk and every hour of opening, and follow what nobody told us of.

        Silence comes by the clock alone. Nobody is held up unless something is to be written.
        Gaps are written here too: not with each flip, of which one may touch hundreds of them.
        """
        with self._lock, self._store.look() as books:
            memory = self._memory
            if memory is not None and not self._is_stale(memory, books):
                changes = memory.changes(books.stock.views(at))
                if not (changes or memory.pending or memory.is_new or memory.turned(at).size):
                    return
        with self.begin() as books:
            memory = self._recall(books, at)
            self._move(memory, memory.changes(books.stock.views(at)), books=books, at=at)
            self._settle_gaps(memory, books=books, at=at)

    def _is_stale(self, memory: Memory, books: Books) -> bool:
        return memory.registry is not books.registry or memory.newest != books.coverage.newest()

    def _recall(self, books: Books, at: datetime) -> Memory:
        if self._memory is None or self._is_stale(self._memory, books):
            ground = self._ground_of(books.registry)
            standings = books.coverage.standings()
            self._memory = Memory(books.registry, ground, standings, at)
        return self._memory

    def _move(self, memory: Memory, changes: Changes, *, books: Books, at: datetime) -> None:
        moved = memory.apply(changes, at)
        if memory.newest is None:
            memory.pending.clear()  # What is new to us came about through nobody that we know.
        if changes:
            books.coverage.note_standings(
                {
                    (memory.outlet_ids[outlet], memory.items[item]): standing
                    for item, outlet, standing in changes
                },
                at,
            )
        if moved or memory.newest is None:
            items = [
                item_coverage(item, memory.circle.figures(index))
                for index, item in enumerate(memory.items)
            ]
            if books.coverage.save(int(memory.circle.people.sum()), items, at):
                books.changes.note("coverage", ["circle"], at)
            memory.newest = books.coverage.newest()

    def _settle_gaps(self, memory: Memory, *, books: Books, at: datetime) -> None:
        """Bring the gaps on record in step; of a new memory all of them."""
        seen = memory.seen(everybody_at=at if memory.is_new else None)
        keys = {one.key for one in seen}
        still_open = books.coverage.gaps(None if memory.is_new else keys)
        closed, opened = move(seen, still_open)
        # Of a community or an item that is no more.
        closed += [Closed(gap, at, None) for key, gap in still_open.items() if key not in keys]
        books.coverage.move_gaps(closed, opened)
        memory.is_new = False


@dataclass(frozen=True, slots=True)
class NoCircle:
    """Transactions that nobody follows, where no circle is kept."""

    store: Store

    def begin(self) -> AbstractContextManager[Books]:
        """Open a transaction of the store."""
        return self.store.begin()

    def follow(
        self, stirred: Collection[str], touched: Collection[str], *, books: Books, at: datetime
    ) -> None:
        """Follow nothing."""
