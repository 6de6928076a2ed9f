"""A kiosk's facts as the bytes that go over the wire, written once and kept in the journal."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from kiosk_sim.spec import Slot
from kiosk_sim.world.days import Person
from service.contract.envelope import source_of

CHINA: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).astimezone(CHINA)
_KIND = re.compile(rb'"type":"ck\.(dispense|restock|count|fault)\.v1"')


class Draft(NamedTuple):
    """A fact that has no number yet: its kind, subject and data (compact JSON)."""

    kind: str
    subject: str
    data: str


def stamp(at_ms: int) -> str:
    """Return a time as the kiosk writes it: local, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")


class Pen:
    """Writes the envelopes of one kiosk's journal."""

    def __init__(self, region: str, kiosk_id: str, epoch: int) -> None:
        """Take the identity that all envelopes share."""
        self._head = f'{{"specversion":"1.0","id":"{kiosk_id}-{epoch}-'
        self._source = f'","source":"{source_of(region, kiosk_id, epoch)}","type":"ck.'

    def write(self, draft: Draft, sequence: int, stamped_ms: int) -> bytes:
        """Return the envelope of a fact."""
        subject = f'"subject":"{draft.subject}",' if draft.subject else ""
        return (
            f'{self._head}{sequence}{self._source}{draft.kind}.v1","time":"{stamp(stamped_ms)}",'
            f'"sequence":"{sequence:020d}",{subject}"datacontenttype":"application/json",'
            f'"data":{draft.data}}}'
        ).encode()


def kind_of(envelope: bytes) -> str:
    """Return dispense, restock, count or fault: the topic's last word."""
    found = _KIND.search(envelope)
    assert found is not None, "the journal holds our own envelopes"
    return found[1].decode()


class Handover(NamedTuple):
    """What somebody asked a slot for, and what came of it."""

    slot: int
    item: str
    packs: int
    units: int
    outcome: str
    stock_after: int
    who: Person | None


class Lot(NamedTuple):
    """A lot of packs and its last day."""

    code: str
    expires_on: str


def dispense(handover: Handover) -> Draft:
    """Draft a dispense."""
    slot, item, packs, units, outcome, stock_after, who = handover
    told = ""
    if who is not None:
        told = (
            f',"who":{{"token":"{who.token}","age_band":"{who.age_band}",'
            f'"residency":"{who.residency}"}}'
        )
    return Draft(
        "dispense",
        f"slot/{slot}",
        f'{{"slot":{slot},"item":"{item}","packs":{packs},"units":{units},'
        f'"outcome":"{outcome}","stock_after":{stock_after}{told}}}',
    )


def restock(slot: Slot, added: int, lot: Lot, after: int) -> Draft:
    """Draft a filling."""
    return Draft(
        "restock",
        f"slot/{slot.number}",
        f'{{"slot":{slot.number},"item":"{slot.item}","packs_added":{added},"packs_removed":0,'
        f'"lot":"{lot.code}","expires_on":"{lot.expires_on}","count_after":{after},'
        f'"staff":"crew-1"}}',
    )


def removal(slot: Slot, removed: int, reason: str, lot: Lot, after: int) -> Draft:
    """Draft a removal."""
    return Draft(
        "restock",
        f"slot/{slot.number}",
        f'{{"slot":{slot.number},"item":"{slot.item}","packs_added":0,"packs_removed":{removed},'
        f'"removed_reason":"{reason}","lot":"{lot.code}","expires_on":"{lot.expires_on}",'
        f'"count_after":{after},"staff":"crew-1"}}',
    )


def count(why: str, slots: list[tuple[int, str, int]]) -> Draft:
    """Draft a count of every slot."""
    rows = ",".join(
        f'{{"slot":{slot},"item":"{item}","packs":{packs}}}' for slot, item, packs in slots
    )
    return Draft("count", "", f'{{"why":"{why}","slots":[{rows}]}}')


def fault(code: str, state: str, slot: int | None, since: str | None) -> Draft:
    """Draft a fault raised or cleared."""
    where = "" if slot is None else f',"slot":{slot}'
    when = "" if since is None else f',"since":"{since}"'
    subject = "" if slot is None else f"slot/{slot}"
    return Draft("fault", subject, f'{{"code":"{code}","state":"{state}"{where}{when}}}')
