"""Whatever bytes come, each door has an answer; and what a message says holds together."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from service.contract import samples
from service.contract.commands import COMMAND, ReplayCommand
from service.contract.envelope import EVENT, Event
from service.contract.facts import Count, Restock
from tests.support.wire import DOORS, answer, dispense


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff",
        b"\x00",
        b"[" * 16000,
        b'{"a":' * 3000,
        b"\xef\xbb\xbf" + dispense().encode(),
        dispense().encode("utf-16"),
        b"1" * 16000,
        dispense(data__lot="?").replace("?", r"\ud800").encode(),
        b'"' + b"\\u0000" * 2000 + b'"',
    ],
)
def test_odd_bytes_get_an_answer_from_every_door(payload: bytes) -> None:
    assert [answer(door, payload) for door in DOORS] == [None] * len(DOORS)


@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(payload: bytes) -> None:
    for door in DOORS:
        answer(door, payload)


@given(st.data())
def test_any_cut_or_changed_byte_of_a_sample_gets_an_answer(data: st.DataObject) -> None:
    payload = bytearray(data.draw(st.sampled_from([dispense(), *_others()])).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(payload) - 1))
        payload[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for door in DOORS:
        read = answer(door, bytes(payload))
        if isinstance(read, BaseModel):
            read.model_dump_json(by_alias=True)


def _others() -> list[str]:
    return [one.model_dump_json(by_alias=True) for one in (samples.ack(), samples.heartbeat())]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30)), st.integers(-1439, 1439))
def test_any_instant_in_range_survives_the_wire(local: datetime, minutes: int) -> None:
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    event = EVENT.validate_json(dispense(time=local.isoformat() + offset))
    expected = (local - timedelta(minutes=minutes)).replace(tzinfo=UTC)
    assert event.time == expected
    again: Event = EVENT.validate_json(event.model_dump_json())
    assert again.time == expected


@pytest.mark.parametrize("written", ["a\nb", "a\x00", "\x1b[2J", "\x7f", "x" * 65])
def test_a_short_text_is_one_line_without_control_characters(written: str) -> None:
    message = samples.reply().model_dump() | {"result": "refused"}
    assert answer(DOORS[4], json.dumps(message | {"why": "门已打开 ☂" + "x" * 58})) is not None
    assert answer(DOORS[4], json.dumps(message | {"why": written})) is None


def test_a_removal_has_a_reason_and_a_slot_stands_once() -> None:
    slots = [{"slot": 1, "item": "n9-gel", "packs": 1}]
    Count.model_validate_json(json.dumps({"why": "boot", "slots": slots}))
    with pytest.raises(ValidationError, match="a slot stands twice"):
        Count.model_validate_json(json.dumps({"why": "boot", "slots": slots * 2}))
    filled = {"slot": 1, "item": "n9-gel", "packs_added": 0, "packs_removed": 1, "count_after": 0}
    with pytest.raises(ValidationError, match="removed_reason"):
        Restock.model_validate_json(json.dumps(filled))
    Restock.model_validate_json(json.dumps(filled | {"removed_reason": "other"}))


def test_a_replay_runs_forward() -> None:
    message = samples.command_replay().model_dump(mode="json", by_alias=True)
    assert isinstance(COMMAND.validate_python(message, strict=False), ReplayCommand)
    with pytest.raises(ValidationError, match="lower sequence to the higher"):
        COMMAND.validate_json(json.dumps(message | {"to": message["from"] - 1}))


def test_a_message_of_ours_has_nothing_in_it_that_we_did_not_name() -> None:
    assert answer(COMMAND, '{"id":"a","do":"count","expires":"2026-11-20T10:00:00Z"}') is not None
    assert answer(COMMAND, '{"id":"a","do":"count","expires":"2026-11-20T10:00:00Z","x":1}') is None
    assert answer(COMMAND, '{"id":"a","expires":"2026-11-20T10:00:00Z"}') is None
