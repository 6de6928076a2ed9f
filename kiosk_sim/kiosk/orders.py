"""What the service orders a kiosk to do: each order once, its answer as often as it is asked."""

from collections import OrderedDict, deque
from typing import Final, NamedTuple, Protocol

import orjson

from kiosk_sim.kiosk.journal import Journal
from kiosk_sim.kiosk.outbox import Outbox
from service.contract.commands import Command, ReplayCommand
from service.contract.topics import kiosk_topic

_REMEMBERED_MAX: Final = 256
_REPLAYS_MAX: Final = 64


class Packet(NamedTuple):
    """One message for the broker."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class Inside(Protocol):
    """What the protocol needs from the kiosk around it."""

    region: str
    id: str
    boot: int
    journal: Journal
    outbox: Outbox

    def count_asked(self, now: float) -> None:
        """Count every slot now and journal it."""
        ...

    def clock_ms(self, now: float) -> int:
        """Return what the kiosk's clock shows."""
        ...


class Orders:
    """Commands taken, replays still to be sent, and replies not yet sent."""

    def __init__(self, inside: Inside) -> None:
        """Begin with no orders."""
        self._inside = inside
        self._answered: OrderedDict[str, str] = OrderedDict()
        self._replays: deque[tuple[int, int, str]] = deque()
        self._replies: list[Packet] = []

    def take(self, command: Command, now: float) -> None:
        """Do as told, unless the order is stale by the kiosk's own clock or was done before."""
        if command.expires.timestamp() * 1000 <= self._inside.clock_ms(now):
            return
        if command.id in self._answered:
            result = self._answered[command.id]
            if result:
                self._reply(command.id, result)
            return
        self._remember(command.id, "")
        if isinstance(command, ReplayCommand):
            self._take_replay(command)
        else:
            self._inside.count_asked(now)
            self._reply(command.id, "done")

    def _take_replay(self, command: ReplayCommand) -> None:
        journal = self._inside.journal
        if command.epoch < journal.epoch:
            self._reply(command.id, "gone")
        elif command.epoch > journal.epoch or not command.first <= command.last <= journal.head:
            self._reply(command.id, "refused", "no such facts in this journal")
        elif len(self._replays) >= _REPLAYS_MAX:
            self._reply(command.id, "refused", "too many replays at once")
        else:
            self._replays.append((command.first, command.last, command.id))

    def next_replay(self, room: int) -> tuple[int, int] | None:
        """Return the next facts (first, last) to send again, at most ``room`` of them.

        With the last part of a replay goes its reply: done.
        """
        if not self._replays:
            return None
        first, last, command_id = self._replays.popleft()
        end = min(last, first + room - 1)
        if end < last:
            self._replays.appendleft((end + 1, last, command_id))
        else:
            self._reply(command_id, "done")
        return first, end

    def forget_replays(self) -> None:
        """Answer replays that a lost journal cannot serve any more."""
        while self._replays:
            self._reply(self._replays.popleft()[2], "gone")

    def replies(self) -> list[Packet]:
        """Return the replies to send, once."""
        replies, self._replies = self._replies, []
        return replies

    def _remember(self, command_id: str, result: str) -> None:
        self._answered[command_id] = result
        while len(self._answered) > _REMEMBERED_MAX:
            self._answered.popitem(last=False)

    def _reply(self, command_id: str, result: str, why: str | None = None) -> None:
        self._remember(command_id, result)
        body = {"id": command_id, "result": result}
        if why is not None:
            body["why"] = why
        topic = kiosk_topic(self._inside.region, self._inside.id, "r")
        self._replies.append(Packet(topic, orjson.dumps(body)))
