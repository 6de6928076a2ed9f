"""The one table of who may say and hear what, which both brokers' rules are rendered from."""

from dataclasses import dataclass
from typing import Final

from broker.accounts import Account

ROOT: Final = "ck/v1"

_FACTS: Final = ("e/dispense", "e/restock", "e/count", "e/fault")
_KIOSK_SAYS: Final = (*_FACTS, "state", "hb", "r", "ask")
_KIOSK_HEARS: Final = ("ack", "cmd", "answer")
_SERVICE_SAYS: Final = _KIOSK_HEARS
_SERVICE_HEARS: Final = ("e/+", "state", "hb", "r", "ask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """MQTT topic filters; everything outside of them is forbidden."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def rights_of(account: Account) -> Rights:
    """Return what the wire contract allows this account, and nothing more."""
    region = f"{ROOT}/{account.region}"
    service_state = f"{region}/service/state"
    if account.role == "kiosk":
        own = f"{region}/{account.name}"
        return Rights(
            publish=tuple(f"{own}/{leaf}" for leaf in _KIOSK_SAYS),
            subscribe=(*(f"{own}/{leaf}" for leaf in _KIOSK_HEARS), service_state),
        )
    return Rights(
        publish=(*(f"{region}/+/{leaf}" for leaf in _SERVICE_SAYS), service_state),
        subscribe=tuple(f"{region}/+/{leaf}" for leaf in _SERVICE_HEARS),
    )
