"""A receiver fed by hand and a store that fails on demand, to see what happens in which order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, Queue

from sqlalchemy.exc import OperationalError

from service.domain.facts import Fact, FactKey
from service.flows.ports import Books, FactKeeper, Store
from service.inbox.receiver import Letter


class HandReceiver:
    """Never connects: letters are put in by hand, and what is sent is written down."""

    def __init__(self, journal: list[str]) -> None:
        self.journal = journal
        self.acknowledged: list[int] = []
        self.published: list[tuple[str, str]] = []
        self._by_hand: Queue[list[Letter]] = Queue()

    def put(self, letters: Sequence[Letter]) -> None:
        self._by_hand.put(list(letters))

    def take(self, *, most: int, wait_s: float) -> list[Letter]:  # noqa: ARG002 - batches are cut by hand
        try:
            return self._by_hand.get(timeout=0.02)
        except Empty:
            return []

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        self.journal.append("acknowledged")
        self.acknowledged += [letter.mid for letter in letters]

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        self.journal.append(f"published at {qos}")
        self.published.append((topic, payload))

    def drop(self) -> None:
        self.journal.append("dropped")


def database_is_away() -> OperationalError:
    """Return what a driver says when the database does not answer."""
    return OperationalError("COMMIT", {}, Exception("the database is away"))


@dataclass(frozen=True)
class PoisonedFacts:
    """Stumbles over one key, as over a mistake of ours."""

    facts: FactKeeper
    key: FactKey

    def add(self, facts: Sequence[Fact], sites: dict[str, str]) -> None:
        if any(fact.key == self.key for fact in facts):
            message = "this fact breaks our code"
            raise RuntimeError(message)
        self.facts.add(facts, sites)

    def digests(self, claimed: Mapping[FactKey, datetime]) -> dict[FactKey, bytes]:
        return self.facts.digests(claimed)

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        return self.facts.since_count(kiosk_id, before)


class TroubledStore:
    """A real store in between: fails before the commit while ``trouble`` says so."""

    def __init__(self, store: Store, journal: list[str]) -> None:
        self.store = store
        self.journal = journal
        self.trouble: Callable[[], Exception | None] = lambda: None
        self.poison: FactKey | None = None

    @contextmanager
    def begin(self) -> Iterator[Books]:
        with self.store.begin() as books:
            if self.poison is None:
                yield books
            else:
                poisoned = PoisonedFacts(books.facts, self.poison)
                yield replace(books, facts=poisoned)  # type: ignore[arg-type]  # wider arguments
            error = self.trouble()
            if error is not None:
                self.journal.append("failed")
                raise error
        self.journal.append("committed")
