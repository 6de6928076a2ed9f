"""One short story in golden messages: the first hour of a kiosk, with a fact lost and replayed.

K9001 of the unassigned region 999901 comes up for the first time, with nothing in its journal yet.
Slot 3 gets 16 boxes and loses two expired ones (1), the door closes and all is counted (2), a box
goes to a card (3), an aisle jams (4, lost on the way), and counts go on to 9. The service
acknowledges all but 4 and asks for it; the kiosk sends it again. The same card asks for another
box and hears from which day on. At last the line is cut, and the broker publishes the will.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from service.contract.commands import Ack, Answer, Ask, CountCommand, ReplayCommand, Reply
from service.contract.envelope import (
    CountEvent,
    DispenseEvent,
    Event,
    FaultEvent,
    RestockEvent,
    source_of,
)
from service.contract.facts import Count, CountedSlot, Dispense, Fault, Restock, Who
from service.contract.liveness import Birth, Heartbeat, ServiceState, Will

REGION: Final = "999901"
KIOSK: Final = "K9001"
BOOT: Final = 1
EPOCH: Final = 1

_LOCAL: Final = timezone(timedelta(hours=8))
_CARD: Final = "b64Zk3xY9Qm7TtA1"
_REPLAY_ID: Final = "cmd-5c1f"
_ASK_ID: Final = "K9001-ask-1"


def _at(hour: int, minute: int, second: int = 0, *, microsecond: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, second, microsecond, tzinfo=_LOCAL)


def _envelope(sequence: int, *, at: datetime, subject: str | None) -> dict[str, Any]:
    """Return what all facts share; a fact about one slot has it as its subject."""
    return {
        "specversion": "1.0",
        "id": f"{KIOSK}-{EPOCH}-{sequence}",
        "source": source_of(REGION, KIOSK, EPOCH),
        "time": at,
        "sequence": f"{sequence:020d}",
        "subject": subject,
        "datacontenttype": "application/json",
    }


def restock() -> RestockEvent:
    """Four were left; two of them had expired."""
    return RestockEvent(
        **_envelope(1, at=_at(17, 41, 5), subject="slot/3"),
        type="ck.restock.v1",
        data=Restock(
            slot=3,
            item="condom-52",
            packs_added=16,
            packs_removed=2,
            removed_reason="expired",
            lot="20260318",
            expires_on=date(2031, 3, 17),
            count_after=18,
            staff="staff-07",
            round="2026-11-20-east",
        ),
    )


def count() -> CountEvent:
    """The door closed behind the crew."""
    held = (("n9-gel", 11), ("n9-film", 20), ("condom-52", 18), ("n9-suppository", 26))
    slots = tuple(
        CountedSlot(slot=slot, item=item, packs=packs)
        for slot, (item, packs) in enumerate(held, start=1)
    )
    return CountEvent(
        **_envelope(2, at=_at(17, 44, 30), subject=None),
        type="ck.count.v1",
        data=Count(why="door", slots=slots),
    )


def dispense() -> DispenseEvent:
    """One box of ten, to a card."""
    return DispenseEvent(
        **_envelope(3, at=_at(18, 0, 0, microsecond=123_000), subject="slot/3"),
        type="ck.dispense.v1",
        data=Dispense(
            slot=3,
            item="condom-52",
            packs=1,
            units=10,
            outcome="dispensed",
            stock_after=17,
            who=Who(token=_CARD, age_band="30-34", residency="migrant"),
        ),
    )


def fault() -> FaultEvent:
    """The fact that got lost on the way and was replayed."""
    return FaultEvent(
        **_envelope(4, at=_at(18, 4, 12), subject="slot/3"),
        type="ck.fault.v1",
        data=Fault(code="aisle_jam", state="raised", slot=3, since=_at(18, 4, 10)),
    )


def facts() -> tuple[Event, ...]:
    """Return the four facts of the story in their sequence."""
    return (restock(), count(), dispense(), fault())


def birth() -> Birth:
    """After the connect, before the first fact of the story."""
    return Birth(online=True, boot=BOOT, epoch=EPOCH, head=0, firmware="2.4.1")


def will() -> Will:
    """Left with the broker at the same connect."""
    return Will(online=False, boot=BOOT)


def heartbeat() -> Heartbeat:
    """Between the ack and the replay: one fact, the lost one, waits in the outbox."""
    return Heartbeat(
        at=_at(18, 5), epoch=EPOCH, head=9, outbox=1, temperature_c=21.5, signal_dbm=-71
    )


def ack() -> Ack:
    """Everything but 4 is kept."""
    return Ack(epoch=EPOCH, upto=3, have=((5, 9),))


def command_replay() -> ReplayCommand:
    """Ask for the missing one."""
    return ReplayCommand(
        id=_REPLAY_ID,
        epoch=EPOCH,
        first=4,
        last=4,
        expires=_at(18, 15).astimezone(UTC),
    )


def command_count() -> CountCommand:
    """After a jam the service wants to know what the machine senses."""
    return CountCommand(id="cmd-5c20", expires=_at(18, 15).astimezone(UTC))


def reply() -> Reply:
    """What was asked for has been sent again."""
    return Reply(id=_REPLAY_ID, result="done")


def ask() -> Ask:
    """The card of 3 once more, six minutes later."""
    return Ask(
        id=_ASK_ID, do="allow", token=_CARD, item="condom-52", packs=1, expires=_at(18, 6, 2)
    )


def answer() -> Answer:
    """One box every 22 days."""
    return Answer(id=_ASK_ID, allow=False, why="interval", next_on=date(2026, 12, 12))


def service_state() -> ServiceState:
    """Somebody is listening."""
    return ServiceState(online=True)
