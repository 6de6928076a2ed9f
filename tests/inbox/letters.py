"""Letters as K0001 writes them, right and wrong."""

import json
from datetime import datetime
from typing import Any

from service.contract.envelope import source_of
from service.inbox.receiver import Letter
from tests.support.plans import NOW, REGION

TOPIC = f"ck/v1/{REGION}/K0001/e/dispense"


def dispense(sequence: int, *, at: datetime = NOW, **data: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return one box out of slot 1, with whatever else is said in its data."""
    message = {
        "specversion": "1.0",
        "id": f"K0001-1-{sequence}",
        "source": source_of(REGION, "K0001", 1),
        "type": "ck.dispense.v1",
        "time": at.isoformat(),
        "sequence": f"{sequence:020d}",
        "datacontenttype": "application/json",
        "data": {
            "slot": 1,
            "item": "condom-52",
            "packs": 1,
            "units": 10,
            "outcome": "dispensed",
            **data,
        },
    }
    return json.dumps(message).encode()


def letter(payload: bytes, mid: int = 1, *, topic: str = TOPIC) -> Letter:
    """Return a message as it came on the first connection."""
    return Letter(connection=1, mid=mid, qos=1, topic=topic, payload=payload)
