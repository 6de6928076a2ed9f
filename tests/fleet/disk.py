"""The database under a worker: a real keeper that the witness sees, and that fails as told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, cast

from sqlalchemy.exc import OperationalError

from service.domain.facts import Fact
from service.domain.gaps import Gap
from service.domain.incidents import IncidentEvent, Step, Subject, What
from service.domain.progress import Progress
from service.domain.quarantine import SetAside
from service.flows.ports import (
    Books,
    FactKeeper,
    GapKeeper,
    IncidentKeeper,
    Journal,
    ProgressKeeper,
    QuarantineKeeper,
    WatchedStore,
)
from tests.fleet.witness import Transaction, Witness


def _refuse(what: str) -> NoReturn:
    """Say what a driver says when the database does not do something now."""
    raise OperationalError(what, {}, Exception("the database does not take it now"))


class _Seen:
    """A keeper that is looked at over its shoulder; whatever is not looked at goes through."""

    def __init__(self, keeper: object, done: Transaction) -> None:
        self._keeper: Any = keeper
        self._done = done

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the keeper has
        return getattr(self._keeper, name)


class _SeenFacts(_Seen):
    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        self._keeper.add(facts, sites)
        self._done.facts += facts


class _SeenProgress(_Seen):
    def save(self, progress: Mapping[Journal, Progress]) -> None:
        self._keeper.save(progress)
        self._done.progress |= progress


class _SeenGaps(_Seen):
    def replace(self, old: Sequence[Gap], new: Sequence[Gap]) -> None:
        self._keeper.replace(old, new)
        self._done.gaps.append((list(old), list(new)))


class _SeenQuarantine(_Seen):
    def add(self, messages: Sequence[SetAside]) -> int:
        self._done.aside += messages
        return int(self._keeper.add(messages))


class _SeenIncidents(_Seen):
    def keep(self, steps: Sequence[Step]) -> list[IncidentEvent]:
        events: list[IncidentEvent] = self._keeper.keep(steps)
        raised = {What.OPENED, What.REOPENED}
        self._done.alarms += [
            Subject(event.kind, event.place) for event in events if event.what in raised
        ]
        return events


def _nothing() -> None:
    """Nothing happens at this point."""


@dataclass
class Moods:
    """How the database is just now; it is one for all workers."""

    is_busy: bool = False
    is_full: bool = False
    next_commit_in_doubt: bool = False


@dataclass
class Disk:
    """What one worker sees of the database; it may die before a commit or right after it."""

    store: WatchedStore
    witness: Witness
    moods: Moods
    before_commit: Callable[[], None] = field(default=_nothing)
    after_commit: Callable[[], None] = field(default=_nothing)

    @contextmanager
    def begin(self) -> Iterator[Books]:
        if self.moods.is_busy:
            _refuse("BEGIN")
        done = Transaction()
        with self.store.begin() as books:
            yield _seen(books, done)
            self.before_commit()
            if self.moods.is_full:
                _refuse("COMMIT")
        self.witness.committed(done)
        self.after_commit()
        if self.moods.next_commit_in_doubt:
            self.moods.next_commit_in_doubt = False
            _refuse("COMMIT, whose answer was lost")

    def look(self) -> AbstractContextManager[Books]:
        return self.store.look()


def _seen(books: Books, done: Transaction) -> Books:
    return replace(
        books,
        facts=cast("FactKeeper", _SeenFacts(books.facts, done)),
        progress=cast("ProgressKeeper", _SeenProgress(books.progress, done)),
        gaps=cast("GapKeeper", _SeenGaps(books.gaps, done)),
        incidents=cast("IncidentKeeper", _SeenIncidents(books.incidents, done)),
        quarantine=cast("QuarantineKeeper", _SeenQuarantine(books.quarantine, done)),
    )
