"""What the door lets in: strict types, exact texts, and an answer to any bytes whatever."""

import json
from datetime import UTC
from typing import Final

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from service.contract import samples
from service.contract.envelope import EVENT, read_identity
from service.contract.liveness import KIOSK_STATE, Birth, Will
from service.contract.topics import read_topic
from tests.support.wire import DISPENSE, DOORS, answer, dispense, is_taken

MISTYPED: Final = ("true", '"3"', "3.0", "3e0", "3.5", "null", "[3]", "{}", "1e2", "NaN", "-0.0")


@pytest.mark.parametrize("written", MISTYPED)
@pytest.mark.parametrize("field", ["slot", "packs", "units", "stock_after"])
def test_a_number_is_written_as_a_plain_integer(field: str, written: str) -> None:
    old = f'"{field}": {DISPENSE["data"][field]}'
    assert old in dispense()
    payload = dispense().replace(old, f'"{field}": {written}')
    assert is_taken(payload) == (field == "stock_after" and written == "null")


@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [("slot", 1, 64), ("packs", 1, 20), ("units", 0, 1_000_000), ("stock_after", 0, 10_000)],
)
def test_a_number_keeps_its_range_at_both_ends(field: str, lowest: int, highest: int) -> None:
    inside = [is_taken(dispense(**{f"data__{field}": one})) for one in (lowest, highest)]
    outside = (lowest - 1, highest + 1, -(2**63) - 1, 10**30, 10**4000)
    assert inside == [True, True]
    assert [is_taken(dispense(**{f"data__{field}": one})) for one in outside] == [False] * 5


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T18:00:00+08:00",
        "2026-11-20T18:00:00.123456789Z",
        "2026-11-20t10:00:00z",
        "2024-02-29T00:00:00-23:59",
        "1970-01-01T00:00:00+14:00",
        "2999-12-31T23:59:59-12:00",
    ],
)
def test_an_instant_that_the_contract_knows_is_taken_and_converts_to_utc(written: str) -> None:
    event = EVENT.validate_json(dispense(time=written))
    assert event.time.astimezone(UTC).year in range(1969, 3001)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T18:00:00",
        "2026-11-20T18:00+08:00",
        "2026-11-20 18:00:00+08:00",
        "2026-11-20_18:00:00+08:00",
        "2026-11-20T18:00:00+0800",
        "2026-11-20T18:00:00+08",
        "2026-11-20T18:00:00+24:00",
        "2026-11-20T18:00:00−08:00",
        "2026-11-20T23:59:60Z",
        "2026-11-20T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "1969-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2026-11-20T18:00:00Z\n",
        " 2026-11-20T18:00:00Z",
        "٢٠٢٦-11-20T18:00:00Z",
        "2026-11-20",
        "1764000000",
        "",
        1764000000,
        1764000000.5,
        True,
        None,
    ],
)
def test_any_other_instant_is_refused_in_words(written: object) -> None:
    with pytest.raises(ValidationError) as refused:
        EVENT.validate_json(dispense(time=written))
    assert [one["msg"] for one in refused.value.errors()] == [
        (
            "an instant is written 2026-11-20T18:00:00.123+08:00, with seconds up to 59 and an"
            " offset, in the years 1970 to 2999"
        )
    ]


@pytest.mark.parametrize("written", ["2026-02-30", "20260228", "2026-02-28T00:00:00Z", 20512, ""])
def test_a_day_is_an_iso_day(written: object) -> None:
    message = samples.restock().model_dump(mode="json")
    assert is_taken(json.dumps(message))
    message["data"]["expires_on"] = written
    assert not is_taken(json.dumps(message))


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("sequence", "000000000000000001234"),
        ("sequence", "0000000000000001234"),
        ("sequence", "+0000000000000001234"),
        ("sequence", "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠١٢٣٤"),
        ("sequence", "00000000000000001234\n"),
        ("sequence", 1234),
        ("source", "urn:ck:kiosk:999901:K9001:1\n"),
        ("source", "urn:ck:kiosk:999901:K9001:0"),
        ("source", "urn:ck:kiosk:999901:K9001:01"),
        ("source", "urn:ck:kiosk:99990:K9001:1"),
        ("source", "urn:ck:kiosk:999901:K.42:7"),
        ("source", "URN:ck:kiosk:999901:K9001:1"),
        ("specversion", 1.0),
        ("specversion", "1.1"),
        ("datacontenttype", "text/plain"),
        ("subject", ""),
        ("subject", "slot\n3"),
        ("id", "K9001-1-3\n"),
        ("type", "ck.dispense.v2"),
        ("data__item", "condom-52\n"),
        ("data__item", "Condom-52"),
        ("data__outcome", "Dispensed"),
        ("data__who__age_band", "٣٠-٣٤"),
        ("data__who__residency", "tourist"),
        ("data__who__token", ""),
    ],
)
def test_a_text_matches_from_its_first_character_to_its_last(field: str, written: object) -> None:
    assert is_taken(dispense())
    assert not is_taken(dispense(**{field: written}))


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": "00000000000000000000", "id": "K9001-1-0"},
        {"sequence": "09223372036854775808", "id": "K9001-1-9223372036854775808"},
        {"sequence": "99999999999999999999"},
        {"sequence": "00000000000000001235"},
        {"id": "K9001-1-03"},
        {"id": "K9002-1-3"},
        {"source": "urn:ck:kiosk:999901:K9001:2"},
        {"source": "urn:ck:kiosk:999901:K9001:9999999999", "id": "K9001-9999999999-3"},
    ],
)
def test_an_identity_whose_parts_do_not_agree_is_none(changes: dict[str, str]) -> None:
    assert read_identity(EVENT.validate_json(dispense(**changes))) is None


def test_the_greatest_sequence_is_an_identity() -> None:
    changes = {"sequence": "09223372036854775807", "id": "K9001-1-9223372036854775807"}
    identity = read_identity(EVENT.validate_json(dispense(**changes)))
    assert identity is not None
    assert identity.sequence == 2**63 - 1


@pytest.mark.parametrize(
    "topic",
    [
        "ck/v1/999901/K0042/state\n",
        "ck/v1/999901/service/state",
        "ck/v1/٩٩٩٩٠١/K0042/state",
        "ck/v1/999901/K0042/ack",
        "ck/v1/999901/K.42/state",
        "ck/v1/999901/+/state",
        "ck/v1/999901/K0042/e/dispense/",
        "/ck/v1/999901/K0042/state",
        "",
    ],
)
def test_no_other_topic_is_a_kiosks(topic: str) -> None:
    assert read_topic(topic) is None
    assert read_topic("ck/v1/999901/K0042/state") is not None


@pytest.mark.parametrize("written", ["1", "0", "1.0", '"true"', "null", "NaN", "[]", "{}"])
def test_online_is_said_as_a_bool(written: str) -> None:
    payload = f'{{"online":{written},"boot":12,"epoch":7,"head":1,"firmware":"2"}}'
    assert answer(KIOSK_STATE, payload) is None
    with pytest.raises(ValidationError, match="a state says online: true"):
        KIOSK_STATE.validate_json(payload)
    for model in (Birth, Will):
        assert answer(TypeAdapter(model), payload) is None
    assert isinstance(answer(KIOSK_STATE, payload.replace(written, "true", 1)), Birth)
    assert isinstance(answer(KIOSK_STATE, payload.replace(written, "false", 1)), Will)


@pytest.mark.parametrize("written", ["true", '"21"', "NaN", "Infinity", "1e400", "121", "-60.1"])
def test_a_temperature_is_a_finite_number_in_range(written: str) -> None:
    payload = samples.heartbeat().model_dump_json()
    assert '"temperature_c":21.5' in payload
    for good in ("21", "-60", "120", "2.15e1"):
        assert answer(DOORS[3], payload.replace("21.5", good)) is not None
    assert answer(DOORS[3], payload.replace("21.5", written)) is None


def test_unknown_fields_are_kept_on_every_floor_of_a_message() -> None:
    new = {"from": [1, {"next": "year"}], "π": -1.5, "big": 2**63 - 1, "no": None, "yes": True}
    event = EVENT.validate_json(dispense(shard="a", data__new=new, data__who__card=new))
    kept = event.model_dump(mode="json")
    assert (kept["shard"], kept["data"]["new"], kept["data"]["who"]["card"]) == ("a", new, new)
    assert EVENT.validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize(
    "written",
    [
        "NaN",
        "-Infinity",
        "1e400",
        str(2**63),
        str(-(2**63) - 1),
        "1" * 4000,
        r'"a\u0000"',
        r'{"a\u0000":1}',
        r'[[["\u0000"]]]',
    ],
)
def test_an_unknown_field_that_no_database_could_keep_is_refused(written: str) -> None:
    payload = dispense(data__new=0).replace('"new": 0', f'"new": {written}')
    assert written in payload
    assert not is_taken(payload)


def test_nesting_is_read_and_written_back_or_refused_at_any_depth() -> None:
    taken = []
    for depth in (1, 150, 190, 198, 199, 200, 201, 7000):
        event = answer(
            EVENT, dispense(data__new=0).replace(": 0}", f": {'[' * depth}{']' * depth}}}")
        )
        taken.append(event is not None)
        if isinstance(event, BaseModel):
            assert "[" * depth in event.model_dump_json()
    assert taken == sorted(taken, reverse=True)
    assert (taken[0], taken[-1]) == (True, False)


def test_of_a_name_that_stands_twice_the_last_one_counts() -> None:
    payload = dispense().replace('"slot": 3', '"slot": 4, "slot": 5')
    assert EVENT.validate_json(payload).model_dump()["data"]["slot"] == 5
    assert not is_taken(dispense().replace('"slot": 3', '"slot": 4, "slot": "5"'))
