"""Bad input through a real broker: one clear reason each, and nothing valid beside it is lost."""

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.live.conftest import Install
from tests.live.running import Service
from tests.live.saying import fact, listening, topic
from tests.servers.mqtt import Session, session
from tests.servers.processes import eventually

GOOD, BAD = "K0001", "K0002"
COUNT = {"why": "daily", "slots": [{"slot": 1, "item": "condom-52", "packs": -3}]}


@dataclass(frozen=True)
class Wrong:
    """One bad message of ``BAD``: where it goes, and the reason that it must get."""

    reason: str
    payload: bytes
    leaf: str = "e/dispense"
    settles: bool = False


def changed(sequence: int, *, kind: str = "dispense", **envelope: object) -> bytes:
    return json.dumps({**fact(BAD, sequence, kind=kind), **envelope}).encode()


def every_wrong() -> list[Wrong]:
    """Return what the issue names and more; those that can be told apart settle their sequence."""
    of_k0003 = json.dumps(fact("K0003", 1)).encode()
    settling = [
        ("wrong_shape", "e/dispense", json.dumps(fact(BAD, 1, packs="one")).encode()),
        ("wrong_shape", "e/dispense", json.dumps(fact(BAD, 2, packs=-1)).encode()),
        ("wrong_shape", "e/count", changed(3, kind="count", data=COUNT)),
        ("unknown_item", "e/dispense", json.dumps(fact(BAD, 4, item="mystery")).encode()),
        ("clock_ahead", "e/dispense", changed(5, time="2099-01-01T00:00:00Z")),
        ("unknown_type", "e/dispense", changed(6, type="ck.gift.v1")),
        ("wrong_shape", "e/dispense", json.dumps(fact(BAD, 7, slot=0)).encode()),
        ("wrong_shape", "e/restock", changed(8)),
    ]
    return [
        *(Wrong(reason, payload, leaf, settles=True) for reason, leaf, payload in settling),
        Wrong("not_json", b"{"),
        Wrong("not_json", b"\xff\xfe\x00"),
        Wrong("not_json", b""),
        Wrong("wrong_shape", b"[]"),
        Wrong("forged", of_k0003),
        Wrong("wrong_identity", changed(9, id=f"{BAD}-1-10")),
        Wrong("too_large", json.dumps(fact(BAD, 9, note="x" * 2**20)).encode()),
        Wrong("not_json", b"[" * 10_000),
        Wrong("wrong_shape", b'{"online":"perhaps"}', "state"),
    ]


def reasons(service: Service) -> list[str]:
    return sorted(one["reason"] for one in service.quarantine())


def sequences(service: Service, kiosk: str) -> list[int]:
    facts: list[dict[str, Any]] = service.kiosk(kiosk)["facts"]
    return sorted(one["sequence"] for one in facts)


@pytest.mark.parametrize("broker", ["nats", "mosquitto", "open"])
def test_each_bad_message_has_one_reason_and_valid_facts_between_them_are_kept(
    install: Install, broker: str
) -> None:
    installation = install(broker, with_past=False)
    service = installation.service()
    wrong = every_wrong()
    with session(installation.broker, GOOD) as good, session(installation.broker, BAD) as bad:
        good.subscribe(topic(GOOD, "ack"))
        bad.subscribe(topic(BAD, "ack"))
        began_s = time.monotonic()
        for sequence, one in enumerate(wrong, start=1):
            bad.publish(topic(BAD, one.leaf), one.payload)
            good.publish(topic(GOOD), json.dumps(fact(GOOD, sequence)).encode())
        eventually(lambda: acked(good) == len(wrong), what="the ack of every valid fact")
        took_s = time.monotonic() - began_s
        settled = sum(one.settles for one in wrong)
        eventually(lambda: acked(bad) == settled, what="the ack of what is held in quarantine")
    print(f"{len(wrong)} bad and {len(wrong)} valid messages on {broker}: {took_s:.2f} s")
    assert reasons(service) == sorted(one.reason for one in wrong)
    assert all(one["count"] == 1 and one["detail"] for one in service.quarantine())
    assert all(len(one["head"].encode()) <= 3 * 512 for one in service.quarantine())
    assert sequences(service, GOOD) == list(range(1, len(wrong) + 1))
    assert sequences(service, BAD) == []
    assert sequences(service, "K0003") == []
    assert {one["kiosk_id"] for one in service.quarantine()} == {BAD}


def acked(kiosk: Session) -> int:
    """Return how far a kiosk was acknowledged so far."""
    return max((json.loads(one.payload)["upto"] for one in kiosk.heard), default=0)


@pytest.mark.parametrize("broker", ["nats", "mosquitto"])
def test_the_broker_itself_keeps_a_kiosk_from_speaking_for_another(
    install: Install, broker: str
) -> None:
    installation = install(broker, with_past=False)
    service = installation.service()
    with session(installation.broker, BAD) as forger, session(installation.broker, GOOD) as good:
        good.subscribe(topic(GOOD, "ack"))
        forger.publish(topic("K0003"), json.dumps(fact("K0003", 1)).encode())
        good.publish(topic(GOOD), json.dumps(fact(GOOD, 1)).encode())
        eventually(lambda: acked(good) == 1, what="the ack of the valid fact")
    assert service.quarantine() == []
    assert sequences(service, "K0003") == []


def test_a_forger_with_wider_rights_is_refused_by_the_service(install: Install) -> None:
    installation = install("open", with_past=False)
    service = installation.service()
    with session(installation.broker, BAD) as forger:
        forger.publish(topic("K0003"), json.dumps(fact(BAD, 1)).encode())
        forger.publish(topic("K7777"), json.dumps(fact("K7777", 1)).encode())
        forger.publish("ck/v1/999902/K0003/e/dispense", json.dumps(fact("K0003", 1)).encode())
        forger.publish(topic("K0003", "e/gift"), b"{}")
        eventually(lambda: len(service.quarantine()) == 3, what="three reasons")
    assert reasons(service) == ["forged", "unknown_kiosk", "unknown_topic"]
    assert sequences(service, "K0003") == sequences(service, BAD) == []


@pytest.mark.parametrize("broker", ["nats", "mosquitto"])
def test_a_flood_of_rubbish_delays_no_valid_fact(install: Install, broker: str) -> None:
    installation = install(broker, with_past=False)
    service = installation.service()
    with (
        listening(service) as ear,
        session(installation.broker, GOOD) as good,
        session(installation.broker, BAD) as bad,
    ):
        good.subscribe(topic(GOOD, "ack"))
        rubbish = [b"{rubbish %d" % number for number in range(3_000)]
        began_s = time.monotonic()
        bad.publish_many(topic(BAD), [*rubbish, *rubbish[:100]])
        since, sent_s = len(ear.told), time.monotonic()
        good.publish(topic(GOOD), json.dumps(fact(GOOD, 1)).encode())
        news = ear.wait_for(GOOD, since)
    print(
        f"{broker}: 3,100 bad messages sent in {sent_s - began_s:.2f} s, "
        f"the valid one after them told in {news.at_s - sent_s:.2f} s"
    )
    assert sequences(service, GOOD) == [1]
    assert news.at_s - sent_s < 5
