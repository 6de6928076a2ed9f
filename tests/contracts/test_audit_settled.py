"""What was set aside is a fact once it is booked: then only the fact itself speaks for it."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from service.domain.audit import Audit, Invariant
from service.domain.facts import FactKey
from service.domain.quarantine import Fate, Wanted
from service.flows.audit import audit
from service.flows.keep import keep_batch
from service.store.engine import still
from service.store.sql_store import SqlStore
from tests.support.auditing import snapshot_of
from tests.support.plans import NOW, ZONE
from tests.support.say import KIOSK, aside, dispensed, fact

LATER: Final = NOW + timedelta(hours=3)


def told(engine: Engine) -> Audit:
    with still(engine).begin() as connection:
        return audit(snapshot_of(connection), zone=ZONE, at=LATER, on_facts=lambda _: None)


def test_what_was_booked_since_has_to_be_among_the_facts(sql_engine: Engine) -> None:
    held = aside(b"{}", key=FactKey(KIOSK, 1, 2))
    with SqlStore(sql_engine).begin() as books:
        keep_batch([fact(1, dispensed()), held], books=books, at=NOW, zone=ZONE)
    verdicts = told(sql_engine)
    assert verdicts.holds, "what waits is held"
    assert verdicts.verdicts[Invariant.ACKNOWLEDGED].figures["set aside"] == 1
    with SqlStore(sql_engine).begin() as books:
        [waiting] = books.quarantine.waiting(Wanted(most=9))
        books.quarantine.settle({waiting.id: Fate.BOOKED}, LATER)
    words = f"{KIOSK} epoch 1: 2 to 2 was acknowledged and is neither kept nor on record"
    assert told(sql_engine).verdicts[Invariant.ACKNOWLEDGED].breaches == [words]
    with SqlStore(sql_engine).begin() as books:
        again = [fact(2, dispensed())]
        assert keep_batch(again, books=books, at=LATER, zone=ZONE, again=True).new == 1
    assert told(sql_engine).holds
