"""Keep what happens to incidents, and what people do about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.incident_care import Act, Refusal, act_on
from service.domain.incident_life import wake
from service.domain.incidents import IncidentEvent, Step
from service.flows.notices import tell
from service.flows.ports import Books, Store, WatchedStore
from service.flows.reads.ports import StoreUnavailableError


def keep_steps(steps: Sequence[Step], *, books: Books, at: datetime) -> list[IncidentEvent]:
    """Keep incidents as they are now, with what happened to them, and tell the pages."""
    if not steps:
        return []
    events = books.incidents.keep(steps)
    tell(events, books=books, at=at)
    subjects = {step.after.subject for step in steps}
    books.changes.note("incident", sorted(one.key for one in subjects), at)
    places = {one.place for one in subjects}
    books.changes.note("kiosk", sorted(places & books.registry.site_by_kiosk.keys()), at)
    return events


def wake_up(*, store: WatchedStore, at: datetime) -> None:
    """End what was put off until now; nobody is held up where there is none."""
    with store.look() as books:
        is_due = bool(books.incidents.snoozed(at))
    if is_due:
        with store.begin() as books:
            steps = [wake(one, at) for one in books.incidents.snoozed(at)]
            keep_steps([step for step in steps if step is not None], books=books, at=at)


Care = Callable[[int, Act], Refusal | None]
"""What does something about an incident, by its number; a refusal says why it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caretaker:
    """Does what people ask for, one after another: of two clicks the second finds it done."""

    store: Store
    is_passing: Callable[[Exception], bool]
    now: Callable[[], datetime]

    def __call__(self, incident_id: int, act: Act) -> Refusal | None:
        """Do something about an incident; a database that is away is a StoreUnavailableError."""
        try:
            with self.store.begin() as books:
                return self._do(incident_id, act, books)
        except Exception as error:
            if not self.is_passing(error):
                raise
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error

    def _do(self, incident_id: int, act: Act, books: Books) -> Refusal | None:
        incident = books.incidents.one(incident_id)
        if incident is None:
            return Refusal.UNKNOWN
        at, newest = self.now(), books.incidents.newest_event(incident_id)
        step = act_on(incident, act, at=at, newest=newest)
        if isinstance(step, Refusal):
            return step
        keep_steps([step] if step is not None else [], books=books, at=at)
        return None
