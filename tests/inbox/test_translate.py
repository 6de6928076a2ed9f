"""Any bytes on any topic get exactly one answer, and each bad input its one reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contract import samples
from service.contract.topics import FROM_KIOSK
from service.domain.facts import Counted, Dispensed, Fact, FactKey, Faulted, Restocked
from service.domain.heard import Beat, Born, Died, Replied
from service.domain.quarantine import Reason, SetAside
from service.inbox.translate import DETAIL_CHARS_MAX, translate
from tests.support.plans import NOW

ROOT = "ck/v1/999901/K9001"
DISPENSE = f"{ROOT}/e/dispense"
KEY = FactKey("K9001", 1, 3)

Message = dict[str, Any]
EVENTS: dict[str, Message] = {
    f"{ROOT}/e/{event.type.split('.')[1]}": event.model_dump(mode="json", exclude_none=True)
    for event in samples.facts()
}


def _bytes(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode("utf-8", errors="surrogatepass")


def _dispense(change: Callable[[Message], object] = lambda _message: None) -> bytes:
    message = json.loads(_bytes(EVENTS[DISPENSE]))
    change(message)
    return _bytes(message)


def _answer(payload: bytes, topic: str = DISPENSE) -> object:
    return translate(topic, payload, heard_at=NOW)


def _aside(payload: bytes, topic: str = DISPENSE) -> SetAside:
    answer = _answer(payload, topic)
    assert isinstance(answer, SetAside), answer
    return answer


def test_each_golden_fact_means_what_it_says() -> None:
    meanings = [_answer(_bytes(event), topic) for topic, event in EVENTS.items()]
    facts = [one for one in meanings if isinstance(one, Fact)]
    assert [type(one.what) for one in facts] == [Restocked, Counted, Dispensed, Faulted]
    assert [one.key.sequence for one in facts] == [1, 2, 3, 4]
    assert facts[2].happened_at == datetime(2026, 11, 20, 10, 0, 0, 123_000, tzinfo=UTC)
    assert json.loads(facts[2].body).keys() == {"data", "subject", "time", "type"}


def test_each_golden_sign_means_what_it_says() -> None:
    def of(leaf: str, message: Any) -> object:  # noqa: ANN401 - any model of the contract
        return _answer(message.model_dump_json(exclude_none=True).encode(), f"{ROOT}/{leaf}")

    birth = of("state", samples.birth())
    assert birth == Born(kiosk_id="K9001", boot=1, epoch=1, head=0, firmware="2.4.1")
    assert of("state", samples.will()) == Died(kiosk_id="K9001", boot=1)
    assert isinstance(of("hb", samples.heartbeat()), Beat)
    assert of("r", samples.reply()) == Replied(
        kiosk_id="K9001", command_id=samples.reply().id, gone=False
    )
    assert of("ask", samples.ask()) is None
    assert _answer(b"", f"{ROOT}/state") is None, "somebody cleared the retained state"


def _set(path: str, value: object) -> Callable[[Message], object]:
    *parents, last = path.split(".")

    def change(message: Message) -> None:
        for parent in parents:
            message = message[parent]
        message[last] = value

    return change


WRONG: dict[str, tuple[bytes, Reason, bool]] = {
    "not json": (b'{"specversion": ', Reason.NOT_JSON, False),
    "nothing": (b"", Reason.NOT_JSON, False),
    "no text": (b"\xff\xfe", Reason.NOT_JSON, False),
    "a lone surrogate": (_dispense(_set("data.new", "\ud800")), Reason.NOT_JSON, False),
    "a lone surrogate, escaped": (
        _dispense().replace(b'"slot":', b'"new": "\\ud800", "slot":'),
        Reason.NOT_JSON,
        False,
    ),
    "a hundred thousand brackets": (b"[" * 16_000, Reason.NOT_JSON, False),
    "a megabyte": (b" " * 1_000_000, Reason.TOO_LARGE, False),
    "one byte too many": (_dispense() + b" " * 16_384, Reason.TOO_LARGE, False),
    "a list": (b"[1]", Reason.WRONG_SHAPE, False),
    "a number": (b"7", Reason.WRONG_SHAPE, False),
    "a type of next year": (_dispense(_set("type", "ck.refund.v1")), Reason.UNKNOWN_TYPE, True),
    "no type": (_dispense(lambda m: m.pop("type")), Reason.UNKNOWN_TYPE, True),
    "a word for a number": (_dispense(_set("data.slot", "3")), Reason.WRONG_SHAPE, True),
    "a truth for a number": (_dispense(_set("data.packs", value=True)), Reason.WRONG_SHAPE, True),
    "a fraction": (_dispense(_set("data.packs", 1.5)), Reason.WRONG_SHAPE, True),
    "a negative count": (_dispense(_set("data.packs", -1)), Reason.WRONG_SHAPE, True),
    "no packs at all": (_dispense(_set("data.packs", 0)), Reason.WRONG_SHAPE, True),
    "a huge number": (_dispense(_set("data.units", 10**400)), Reason.WRONG_SHAPE, False),
    "a huge number in a new field": (_dispense(_set("data.new", 2**64)), Reason.WRONG_SHAPE, True),
    "no number": (_dispense(_set("data.new", float("nan"))), Reason.WRONG_SHAPE, False),
    "no end": (_dispense(_set("new", [float("inf")])), Reason.WRONG_SHAPE, False),
    "a NUL in a new field": (_dispense(_set("data.new", ["a\0"])), Reason.WRONG_SHAPE, True),
    "a NUL in the subject": (_dispense(_set("subject", "slot\0")), Reason.WRONG_SHAPE, True),
    "an item that is no code": (_dispense(_set("data.item", "a\0b")), Reason.WRONG_SHAPE, True),
    "an outcome of its own": (_dispense(_set("data.outcome", "eaten")), Reason.WRONG_SHAPE, True),
    "no data": (_dispense(lambda m: m.pop("data")), Reason.WRONG_SHAPE, True),
    "a time without a zone": (
        _dispense(_set("time", "2026-11-20T18:00:00")),
        Reason.WRONG_SHAPE,
        True,
    ),
    "a time as a number": (_dispense(_set("time", 1_764_000_000)), Reason.WRONG_SHAPE, True),
    "the first year": (
        _dispense(_set("time", "0001-01-01T00:00:00+14:00")),
        Reason.WRONG_SHAPE,
        True,
    ),
    "the last year": (
        _dispense(_set("time", "9999-12-31T23:59:59-12:00")),
        Reason.WRONG_SHAPE,
        True,
    ),
    "another sequence": (_dispense(_set("sequence", f"{4:020d}")), Reason.WRONG_IDENTITY, False),
    "another id": (_dispense(_set("id", "K9001-1-1")), Reason.WRONG_IDENTITY, False),
    "the zeroth fact": (
        _dispense(lambda m: m.update(sequence="0" * 20, id="K9001-1-0")),
        Reason.WRONG_IDENTITY,
        False,
    ),
    "a sequence past the end": (
        _dispense(lambda m: m.update(sequence="9" * 20, id="K9001-1-" + "9" * 20)),
        Reason.WRONG_IDENTITY,
        False,
    ),
    "a short sequence": (_dispense(_set("sequence", "1234")), Reason.WRONG_SHAPE, False),
    "a forged kiosk": (
        _dispense(lambda m: m.update(source="urn:ck:kiosk:999901:K0001:1", id="K0001-1-3")),
        Reason.FORGED,
        False,
    ),
    "a forged region": (
        _dispense(_set("source", "urn:ck:kiosk:510105:K9001:1")),
        Reason.FORGED,
        False,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_bad_input_has_one_reason(name: str) -> None:
    payload, reason, settled = WRONG[name]
    aside = _aside(payload)
    assert (aside.reason, aside.kiosk_id) == (reason, "K9001"), aside.detail
    assert aside.key == (KEY if settled else None)
    assert (aside.payload, aside.heard_at, aside.topic) == (payload, NOW, DISPENSE)
    assert 0 < len(aside.detail) <= DETAIL_CHARS_MAX
    aside.detail.encode()


def test_a_fact_on_the_topic_of_another_kind_is_set_aside_and_settled() -> None:
    aside = _aside(_dispense(), f"{ROOT}/e/count")
    assert (aside.reason, aside.key) == (Reason.WRONG_SHAPE, KEY)


@pytest.mark.parametrize(
    "topic",
    ["", "ck/v1", f"{ROOT}/e/refund", f"{ROOT}/ack", "ck/v1/999901/service/hb", f"{DISPENSE}\n",
     "ck/v1/99990/K9001/hb", "ck/v1/999901/K.42/hb", "ck/v1/999901/K9001/hb/x", "\ufffd", "\0"],
)  # fmt: skip
def test_what_is_no_topic_of_the_contract_is_said_so(topic: str) -> None:
    aside = _aside(_dispense(), topic)
    assert (aside.reason, aside.kiosk_id, aside.key) == (Reason.UNKNOWN_TOPIC, None, None)


@pytest.mark.parametrize("leaf", ["state", "hb", "r", "ask"])
@pytest.mark.parametrize("payload", [b"x", b"{}", b"[]", b'{"online":1,"boot":1}', b"\xff"])
def test_a_malformed_sign_is_set_aside(leaf: str, payload: bytes) -> None:
    aside = _aside(payload, f"{ROOT}/{leaf}")
    assert aside.reason in {Reason.NOT_JSON, Reason.WRONG_SHAPE}
    assert aside.key is None


def test_what_we_do_not_know_yet_is_kept_and_not_refused() -> None:
    def next_year(message: Message) -> None:
        message["traceparent"] = "00-1"
        message["data"]["lamp"] = {"colour": "红", "levels": [1, -2.5, None, True]}

    fact = _answer(_dispense(next_year))
    assert isinstance(fact, Fact)
    assert json.loads(fact.body)["data"]["lamp"]["colour"] == "红"


def test_the_digest_is_of_the_content_however_it_is_spelled() -> None:
    message = json.loads(_dispense())
    turned = {name: message[name] for name in reversed(message)}
    turned["traceparent"] = "00-2"
    spelled = (
        json.dumps(message),
        json.dumps(turned, indent=2),
        _dispense().decode().replace('"data":', '"data": {"slot": 9}, "data":'),
    )
    facts = [_answer(one.encode()) for one in spelled]
    assert all(isinstance(one, Fact) for one in facts)
    assert len({one.digest for one in facts if isinstance(one, Fact)}) == 1
    other = _answer(_dispense(_set("data.stock_after", 16)))
    assert isinstance(other, Fact)
    assert isinstance(facts[0], Fact)
    assert other.digest != facts[0].digest


TOPICS = st.sampled_from([f"{ROOT}/{leaf}" for leaf in FROM_KIOSK]) | st.text(max_size=60)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["ck.dispense.v1", "K9001-1-3", "1.0", 0, -1, 2**64, "\0", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def _is_one_answer(topic: str, payload: bytes) -> None:
    answer = translate(topic, payload, heard_at=NOW)
    if isinstance(answer, SetAside):
        assert (answer.payload, answer.topic) == (payload, topic)
        assert 0 < len(answer.detail) <= DETAIL_CHARS_MAX
        answer.detail.encode()
    elif isinstance(answer, Fact):
        assert "\0" not in answer.body
        assert answer.body.encode() == orjson.dumps(
            orjson.loads(answer.body), option=orjson.OPT_SORT_KEYS
        )
    else:
        assert answer is None or isinstance(answer, Born | Died | Beat | Replied)


@given(TOPICS, st.binary(max_size=400))
def test_any_bytes_get_an_answer(topic: str, payload: bytes) -> None:
    _is_one_answer(topic, payload)


@given(TOPICS, JSON)
def test_any_json_gets_an_answer(topic: str, message: object) -> None:
    _is_one_answer(topic, json.dumps(message).encode())


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_a_valid_event_with_anything_in_it_gets_an_answer(topic: str, data: st.DataObject) -> None:
    message = json.loads(_bytes(EVENTS[topic]))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from([message, message["data"]]))
        if isinstance(where, dict):
            known = st.sampled_from(sorted(where) or ["x"]) | st.text(max_size=6)
            where[data.draw(known)] = data.draw(JSON)
        message.setdefault("data", {})
    _is_one_answer(topic, json.dumps(message).encode())


@given(st.binary(min_size=1, max_size=3), st.integers(0, 10_000))
def test_a_valid_event_with_broken_bytes_gets_an_answer(noise: bytes, at: int) -> None:
    payload = _dispense()
    at %= len(payload)
    _is_one_answer(DISPENSE, payload[:at] + noise + payload[at + len(noise) :])
