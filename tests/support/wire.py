"""A good message, every door that a message comes in by, and what they answer."""

import copy
import json
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from service.contract import samples
from service.contract.commands import COMMAND, Ack, Answer, Reply
from service.contract.envelope import EVENT
from service.contract.liveness import KIOSK_STATE, Heartbeat

DISPENSE: Final[dict[str, Any]] = samples.dispense().model_dump(mode="json")
DOORS: Final[tuple[TypeAdapter[Any], ...]] = (
    EVENT,
    KIOSK_STATE,
    COMMAND,
    *(TypeAdapter(model) for model in (Heartbeat, Reply, Ack, Answer)),
)


def dispense(**changes: Any) -> str:  # noqa: ANN401 - any JSON value at all is the point
    """Return the golden dispense with changes; ``data__slot`` reaches into ``data``."""
    message = copy.deepcopy(DISPENSE)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = message
        for name in parents:
            place = place[name]
        place[last] = value
    return json.dumps(message)


def is_taken(payload: str | bytes) -> bool:
    return answer(EVENT, payload) is not None


def answer(door: TypeAdapter[Any], payload: str | bytes) -> object | None:
    try:
        read: object = door.validate_json(payload)
    except ValidationError as error:
        reasons = error.errors(include_url=False, include_context=False)
    else:
        return read
    assert reasons[0]["msg"], "a reason in words"
    return None
