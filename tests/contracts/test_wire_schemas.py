"""The published JSON Schemas refuse what the service refuses, and take what it takes."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError as SchemaError
from jsonschema.validators import extend
from pydantic import ValidationError

from service.contract.catalogue import MESSAGES, Message
from service.contract.commands import COMMAND
from service.contract.schemas import message_schema, sample_of

FORMATS: Final = FormatChecker(formats=())
MESSAGE = st.sampled_from(MESSAGES)


@FORMATS.checks("date", raises=ValueError)
def is_a_day(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def is_an_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(datetime.fromisoformat(re.sub(r"\.[0-9]+", "", value).upper()))


def ecma_pattern(_: object, pattern: str, value: object, __: object) -> Iterator[SchemaError]:
    """Match as JSON Schema means it: ``$`` is the end, not the place before a last newline."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield SchemaError(f"{value!r} does not match {pattern!r}")


# What the guide says beside the schemas: formats are checked, and 3.0 is not an integer.
Strict = extend(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    Draft202012Validator,
    validators={"pattern": ecma_pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
SCHEMAS: Final = {one.name: Strict(message_schema(one), format_checker=FORMATS) for one in MESSAGES}


def schema_takes(message: Message, value: object) -> bool:
    return bool(SCHEMAS[message.name].is_valid(value))


def model_takes(message: Message, value: object) -> bool:
    payload = json.dumps(value)
    try:
        if message.leaf == "cmd":
            return isinstance(COMMAND.validate_json(payload, by_name=False), message.model)
        message.model.model_validate_json(payload, by_name=False)
    except ValidationError:
        return False
    return True


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """Yield the path of each value within a message, itself included."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401 - JSON
    if not path:
        return new
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return value


def without(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - JSON
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return value


ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 3.0, 3.5, 1e300, 64, 65, 20, 21, 151, 10_000, 10_001, 1_000_001),
    *(2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, -0.0),
    *("", "3", "a", "K9001", "x" * 64, "x" * 65, "a\n", "1.0", "true", "٣", "condom-52\n", "é"),
    *("2026-11-20", "2026-02-30", "2026-11-20T18:00:00Z", "2026-11-20T18:00:00", "\x7f"),
    *("2026-11-20T18:00:00Z\n", "2026-11-20\n", "a\x00b", "a\tb"),
    *("2026-02-30T18:00:00Z", "2026-11-20T23:59:60Z", "9999-01-01T00:00:00Z", "1" * 20, "1" * 21),
    *([], {}, [1], [[1, 2]], [[1]], [[1, 2, 3]], [[0, 1]], [None], {"a": 1}),
)
# Rules that JSON Schema has no words for, and how each refusal begins; see the guide.
BEYOND_SCHEMA: Final = ("Value error, a slot stands twice", "Value error, a replay runs")
BEYOND_SCHEMA_EXTRA: Final = "Value error, an unknown field"


def is_beyond_schema(message: Message, value: object) -> bool:
    """Whether the model refuses only for a rule that the guide lists beside the schemas."""
    try:
        message.model.model_validate_json(json.dumps(value), by_name=False)
    except ValidationError as error:
        return all(
            one["msg"].startswith((*BEYOND_SCHEMA, BEYOND_SCHEMA_EXTRA)) for one in error.errors()
        )
    return False


def must_agree(message: Message, value: object) -> None:
    by_schema, by_model = schema_takes(message, value), model_takes(message, value)
    if by_schema and not by_model and is_beyond_schema(message, value):
        return
    assert by_schema == by_model, (message.name, value)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.name)
def test_every_place_of_a_sample_with_every_odd_value_is_judged_alike(message: Message) -> None:
    sample = sample_of(message)
    judged = 0
    for path in places(sample):
        for odd in ODD:
            must_agree(message, changed(sample, path, odd))
            judged += 1
        if path:
            must_agree(message, without(sample, path))
    assert judged >= len(ODD)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.name)
def test_an_unknown_field_is_judged_alike_at_every_place(message: Message) -> None:
    sample = sample_of(message)
    for path in places(sample):
        inner = sample
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            must_agree(message, changed(sample, path, {**inner, "new": 1}))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.data())
def test_any_json_at_any_place_is_judged_alike(data: st.DataObject) -> None:
    message = data.draw(MESSAGE)
    sample = sample_of(message)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(places(sample))))
        sample = changed(sample, path, data.draw(JSON))
    must_agree(message, sample)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.name)
def test_what_a_model_writes_keeps_its_schema(message: Message) -> None:
    for left_out in (True, False):
        written = message.sample.model_dump(mode="json", by_alias=True, exclude_none=left_out)
        assert list(SCHEMAS[message.name].iter_errors(written)) == []
