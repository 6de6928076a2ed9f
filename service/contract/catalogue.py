"""Every message of the wire in one table: its topic, its direction, its QoS and its sample."""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from service.contract import samples
from service.contract.topics import ROOT, SERVICE

Sender = Literal["kiosk", "service"]
# As MQTT has it; QoS 2 never.
Qos = Literal[0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message, as a kiosk maker needs to know it."""

    name: str
    sender: Sender
    leaf: str
    qos: Qos
    retain: bool = False
    sample: BaseModel

    @property
    def address(self) -> str:
        """The topic, with its parameters in braces."""
        if self.leaf == f"{SERVICE}/state":
            return f"{ROOT}/{{region}}/{self.leaf}"
        return f"{ROOT}/{{region}}/{{kiosk}}/{self.leaf}"

    @property
    def model(self) -> type[BaseModel]:
        """What reads and writes the payload."""
        return type(self.sample)

    @property
    def sentence(self) -> str:
        """The first line of the model's docstring."""
        described = self.model.__doc__
        assert described, self.model
        return described.strip().partition("\n")[0]


def _kiosk(
    name: str, leaf: str, sample: BaseModel, *, qos: Qos = 1, retain: bool = False
) -> Message:
    return Message(name=name, sender="kiosk", leaf=leaf, qos=qos, retain=retain, sample=sample)


def _service(
    name: str, leaf: str, sample: BaseModel, *, qos: Qos = 1, retain: bool = False
) -> Message:
    return Message(name=name, sender="service", leaf=leaf, qos=qos, retain=retain, sample=sample)


MESSAGES: Final = (
    _kiosk("dispense", "e/dispense", samples.dispense()),
    _kiosk("restock", "e/restock", samples.restock()),
    _kiosk("count", "e/count", samples.count()),
    _kiosk("fault", "e/fault", samples.fault()),
    _kiosk("birth", "state", samples.birth(), retain=True),
    _kiosk("will", "state", samples.will(), retain=True),
    _kiosk("heartbeat", "hb", samples.heartbeat(), qos=0),
    _kiosk("reply", "r", samples.reply()),
    _kiosk("ask", "ask", samples.ask()),
    _service("ack", "ack", samples.ack(), qos=0),
    _service("command-replay", "cmd", samples.command_replay()),
    _service("command-count", "cmd", samples.command_count()),
    _service("answer", "answer", samples.answer()),
    _service("service-state", f"{SERVICE}/state", samples.service_state(), retain=True),
)
