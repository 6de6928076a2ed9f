"""Says who hears what, and what happened, in few words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.domain.incidents import (
    Finding,
    Happened,
    Incident,
    IncidentEvent,
    IncidentKind,
    Severity,
    Step,
    Subject,
    What,
)
from service.domain.notice import Notice, Outcome, Sent
from service.domain.recipients import Channel, ChannelKind, Recipient, Subscription
from service.flows.incidents import keep_steps
from service.flows.notices import Parcel
from service.flows.ports import Store
from service.outbox.sender import Outbox
from tests.support.books import Keeper
from tests.support.plans import NOW

OUT = Finding(
    subject=Subject(IncidentKind.OUT, "K0001"),
    severity=Severity.CRITICAL,
    numbers={"items": [{"item": "condom-52", "on_hand_packs": 0, "capacity_packs": 56}]},
)


def event(
    what: What = What.OPENED,
    *,
    number: int = 1,
    kind: IncidentKind = IncidentKind.OUT,
    place: str = "K0001",
    severity: Severity = Severity.CRITICAL,
    at: datetime = NOW,
) -> IncidentEvent:
    """Return something that happened to an incident."""
    return IncidentEvent(
        incident_id=number,
        kind=kind,
        place=place,
        severity=severity,
        what=what,
        at=at,
        numbers=OUT.numbers,
    )


def hears(
    store: Store,
    name: str = "manager",
    *,
    address: str = "https://example.org/hook",
    kind: ChannelKind = ChannelKind.WEBHOOK,
    recipient: dict[str, Any] | None = None,
    **asked: Any,  # noqa: ANN401 - the fields of a subscription
) -> int:
    """Let somebody hear of the district, or of what ``recipient`` says; return the channel."""
    about = {"whole_district": True, "hourly_max": 1_000, **(recipient or {})}
    with store.begin() as books:
        who = books.contacts.save_recipient(Recipient(id=0, name=name, **about))
        channel = Channel(
            id=0, recipient_id=who, kind=kind, name=name, address=address, secret="s" * 16
        )
        number = books.contacts.save_channel(channel)
        books.contacts.save_subscription(Subscription(id=0, recipient_id=who, **asked))
    return number


def happens(
    store: Store, *happened: What, at: datetime = NOW, place: str = "K0001", number: int = 0
) -> int:
    """Let something happen to an incident, a new one where it opens; return its number."""
    with store.begin() as books:
        before = books.incidents.one(number) if number else None
        for what in happened:
            subject = Subject(IncidentKind.OUT, place)
            incident = before or Incident(
                subject=subject,
                severity=OUT.severity,
                severity_at=at,
                opened_at=at,
                numbers=OUT.numbers,
            )
            step = _step(incident, what, at, is_new=before is None)
            [told] = keep_steps([step], books=books, at=at)
            before = books.incidents.one(told.incident_id)
        assert before is not None
        return before.id


def _step(incident: Incident, what: What, at: datetime, *, is_new: bool) -> Step:
    changes: dict[What, dict[str, Any]] = {
        What.RESOLVED: {"resolved_at": at},
        What.REOPENED: {"resolved_at": None},
        What.ACKNOWLEDGED: {"acknowledged_at": at, "acknowledged_by": "somebody"},
        What.SNOOZED: {"snoozed_until": at + timedelta(hours=8), "snooze_reason": "parts"},
    }
    values = {name: getattr(incident, name) for name in incident.__dataclass_fields__}
    after = Incident(**values | changes.get(what, {}))
    before = None if is_new else incident
    return Step(before=before, after=after, at=at, happened=(Happened(what),))


@dataclass
class Desk:
    """An outbox over a store on a clock of its own; what it sends ends as ``answers`` says."""

    store: Any
    answers: Callable[[Parcel], Outcome] = lambda _parcel: Sent()
    at: datetime = NOW
    sent: list[Parcel] = field(default_factory=list)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.store, self._send, now=lambda: self.at, new_id=self._new_id)

    def _new_id(self) -> str:
        self.numbers += 1
        return f"claim-{self.numbers}"

    def _send(self, parcel: Parcel, _at: datetime) -> Outcome:
        outcome = self.answers(parcel)
        if isinstance(outcome, Sent):
            self.sent.append(parcel)
        return outcome

    def go(self, **later: float) -> list[Parcel]:
        """Let time go by, then let the outbox run; return what was sent by it."""
        self.at += timedelta(**later)
        before = len(self.sent)
        self.outbox.run(self.at)
        self.outbox.wait()
        return self.sent[before:]

    def stop(self) -> None:
        self.outbox.stop()


def notices_of(keeper: Keeper, *incidents: int) -> list[Notice]:
    """Return what is kept of some incidents' notices, in the order in which they are due."""
    with keeper.store.begin() as books:
        found = books.notices.of(incidents)
    return sorted(found, key=lambda one: (one.due_at, one.event_at, one.id))


def styles(notices: Sequence[Notice]) -> list[str]:
    """Return how notices go out."""
    return [one.style.value for one in notices]
