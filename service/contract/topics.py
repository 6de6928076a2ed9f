"""The topic tree ``ck/v1/{region}/{kiosk}/…``: writing a topic and reading one."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from service.contract.bounds import KIOSK_PATTERN, REGION_PATTERN

ROOT: Final = "ck/v1"
SERVICE: Final = "service"

FactKind = Literal["dispense", "restock", "count", "fault"]
FACT_KINDS: Final[tuple[FactKind, ...]] = ("dispense", "restock", "count", "fault")

FROM_KIOSK: Final = (*(f"e/{kind}" for kind in FACT_KINDS), "state", "hb", "r", "ask")
TO_KIOSK: Final = ("ack", "cmd", "answer")

TOPICS_REMEMBERED: Final = 65_536
"""A kiosk publishes on few topics, thousands of times: so many are read once and remembered."""

TOPIC_CHARS_MAX: Final = 64
"""No topic of the contract is longer; what is longer is not worth remembering."""

_FROM_KIOSK = re.compile(
    rf"{ROOT}/(?P<region>{REGION_PATTERN})/(?P<kiosk>{KIOSK_PATTERN})/"
    rf"(?P<leaf>{'|'.join(FROM_KIOSK)})"
)


@dataclass(frozen=True, slots=True)
class KioskTopic:
    """Who speaks and on which leaf: ``e/dispense``, ``state``, ``hb``, ``r`` or ``ask``."""

    region: str
    kiosk: str
    leaf: str


def read_topic(topic: str) -> KioskTopic | None:
    """Return the parts of a topic that a kiosk may publish on; None for any other topic."""
    return _read_topic(topic) if len(topic) <= TOPIC_CHARS_MAX else None


@lru_cache(maxsize=TOPICS_REMEMBERED)
def _read_topic(topic: str) -> KioskTopic | None:
    found = _FROM_KIOSK.fullmatch(topic)
    if found is None or found["kiosk"] == SERVICE:
        return None
    return KioskTopic(region=found["region"], kiosk=found["kiosk"], leaf=found["leaf"])


def kiosk_topic(region: str, kiosk: str, leaf: str) -> str:
    """Return the topic of one leaf of one kiosk."""
    assert leaf in FROM_KIOSK or leaf in TO_KIOSK, leaf
    return f"{ROOT}/{region}/{kiosk}/{leaf}"


def service_state_topic(region: str) -> str:
    """Return the retained topic that says whether the service of a region is listening."""
    return f"{ROOT}/{region}/{SERVICE}/state"


def subscriptions(region: str) -> tuple[tuple[str, int], ...]:
    """Return the (filter, QoS) pairs by which a service hears every kiosk of its region."""
    leaves = (("e/+", 1), ("state", 1), ("hb", 0), ("r", 1), ("ask", 1))
    return tuple((f"{ROOT}/{region}/+/{leaf}", qos) for leaf, qos in leaves)
