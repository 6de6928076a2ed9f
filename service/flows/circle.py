"""Keep the fifteen-minute circle in step with the books: in the same transaction as each change.

What is kept is how each outlet stands, gaps, and figures whenever they change. What each community
can reach is remembered between transactions; after one that was undone, or that another process
has made, it is counted anew.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Protocol

from service.domain.circle_gaps import Closed, move
from service.domain.registry import Registry
from service.flows.circle_memory import Changes, Ground, Memory
from service.flows.ports import Books, Store, WatchedStore

log = logging.getLogger(__name__)


class Follows(Protocol):
    """Something that opens transactions and follows what they change."""

    def begin(self) -> AbstractContextManager[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""

    def follow(
        self, stirred: Collection[str], touched: Collection[str], *, books: Books, at: datetime
    ) -> None:
        """Follow kiosks whose stock or state may have changed, and others that said something."""

    def forget(self) -> None:
        """Remember nothing: from now on another process may write."""


class LiveCircle:
    """The circle as it stands now; one of a process, for all its threads."""

    def __init__(
        self,
        store: WatchedStore,
        ground_of: Callable[[Registry], Ground],
        *,
        is_storage: Callable[[Exception], bool] = lambda _error: True,
    ) -> None:
        """Take the store and what gives the ground for a registry; both are asked when needed.

        ``is_storage``: is an error the store's own? Any other is a mistake of the circle's, and no
        fact may wait for that to be mended.
        """
        self._store = store
        self._ground_of = ground_of
        self._is_storage = is_storage
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

    def forget(self) -> None:
        """Remember nothing: from now on another process may write."""
        with self._lock:
            self._memory = None

    def is_estimate(self) -> bool:
        """Say whether walks are estimates; so they are as long as nothing else is known."""
        memory = self._memory
        return memory is None or memory.ground.relation.is_estimate

    def follow(
        self, stirred: Collection[str], touched: Collection[str], *, books: Books, at: datetime
    ) -> None:
        """Follow kiosks in the transaction that changed them, opened by ``begin``.

        ``stirred`` may stand differently now; of those only ``touched`` the ones that were unknown
        are looked at. Where the circle itself fails, the facts are kept all the same, and the next
        look round tells of it.
        """
        try:
            memory = self._recall(books, at)
            wanted = memory.unknown.intersection(touched).union(stirred) & memory.machines
            if memory.told is None:
                wanted = memory.machines
            changes = memory.changes(books.coverage.machines(wanted, at)) if wanted else []
            self._move(memory, changes, books=books, at=at)
        except Exception as error:
            if self._is_storage(error):
                raise
            self._memory = None
            log.exception("Coverage could not follow; the facts are kept, and it is tried again.")

    def look_round(self, at: datetime) -> None:
        """Look at every kiosk and every hour of opening, and follow what nobody told us of.

        Silence comes by the clock alone. Nobody is held up unless something is to be written.
        Gaps are written here too: not with each flip, of which one may touch hundreds of them.
        """
        with self._store.look() as books:
            registry, views = books.registry, books.stock.views(at)
        self._ground_of(registry)  # Made before anybody waits for it.
        with self._lock:
            memory = self._memory
            others = memory.others(views) if memory is not None else set()
            if memory is not None and memory.registry is registry and not memory.is_due(at, others):
                return
        with self.begin() as books:
            self.follow(others, (), books=books, at=at)
        while self._settle_some(at):
            pass

    def _settle_some(self, at: datetime) -> bool:
        """Bring some gaps on record in step, in one transaction; say whether any are left."""
        with self.begin() as books:
            memory = self._recall(books, at)
            if memory.told is None:
                return False  # Forgotten meanwhile: the next look round begins anew.
            seen = memory.seen(at)
            still_open = books.coverage.gaps([one.key for one in seen])
            books.coverage.move_gaps(*move(seen, still_open))
            is_left, is_new = memory.is_unsettled, memory.is_new
        if is_new and not is_left:
            self._close_strangers(memory, at)
        return is_left

    def _close_strangers(self, memory: Memory, at: datetime) -> None:
        """Close the gaps of communities and items that are no more."""
        with self._store.look() as books:
            found = books.coverage.gaps(None).items()
            strangers = [Closed(gap, at, None) for key, gap in found if not memory.knows(key)]
        if strangers:
            with self.begin() as books:
                books.coverage.move_gaps(strangers, [])
        memory.is_new = False

    def _is_stale(self, memory: Memory, books: Books) -> bool:
        return memory.registry is not books.registry or memory.number != books.coverage.number()

    def _recall(self, books: Books, at: datetime) -> Memory:
        if self._memory is None or self._is_stale(self._memory, books):
            ground = self._ground_of(books.registry)
            number, kept = books.coverage.number(), books.coverage.standings()
            self._memory = Memory(books.registry, ground, kept, at, number=number)
        return self._memory

    def _move(self, memory: Memory, changes: Changes, *, books: Books, at: datetime) -> None:
        figures = memory.apply(changes, at)
        if changes:
            memory.number += 1
            books.coverage.note_standings(
                {
                    (memory.outlet_ids[outlet], memory.items[item]): standing
                    for item, outlet, standing in changes
                },
                number=memory.number,
                at=at,
            )
        if figures == memory.told:
            return
        if memory.told is not None:
            books.coverage.append(memory.people, figures, at)
            books.changes.note("coverage", ["circle"], at)
        elif books.coverage.save(memory.people, figures, at):
            books.changes.note("coverage", ["circle"], at)
        memory.told = figures


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

    def forget(self) -> None:
        """Remember nothing, as ever."""
