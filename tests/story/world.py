"""Kiosks, a network and a service that can crash: the world in which stories are told."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.domain.facts import Fact, FactKey, What
from service.domain.heard import Born, Heard, Replied
from service.domain.quarantine import Reason
from service.flows.gaps import Replay, ask_for_gaps
from service.flows.keep import Acknowledgement, keep_batch
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.say import aside, fact


class CrashedError(Exception):
    """The service dies before its commit."""


def _crash(*, now: bool) -> None:
    if now:
        raise CrashedError


@dataclass
class SimpleKiosk:
    """A journal and an outbox that only an acknowledgement empties."""

    kiosk_id: str
    epoch: int = 1
    boot: int = 1
    head: int = 0
    outbox: dict[FactKey, Fact] = field(default_factory=dict)
    acked: set[FactKey] = field(default_factory=set)
    produced: dict[FactKey, Fact] = field(default_factory=dict)

    def happens(self, what: What, *, at: datetime) -> Fact:
        self.head += 1
        key = FactKey(self.kiosk_id, self.epoch, self.head)
        one = fact(self.head, what, at=at, heard_at=at)._replace(key=key)
        self.outbox[key] = self.produced[key] = one
        return one

    def birth(self) -> Born:
        return Born(
            kiosk_id=self.kiosk_id,
            boot=self.boot,
            epoch=self.epoch,
            head=self.head,
            firmware="2.4.1",
        )

    def is_told(self, ack: Acknowledgement) -> None:
        for key in list(self.outbox):
            if key.epoch == ack.epoch and ack.progress.has(key.sequence):
                del self.outbox[key]
                self.acked.add(key)

    def loses_its_journal(self) -> None:
        self.outbox.clear()
        self.epoch, self.head, self.boot = self.epoch + 1, 0, self.boot + 1

    def answers(self, ask: Replay) -> list[Heard]:
        """Send again what is left; say gone only where nothing of it is."""
        keys = [FactKey(self.kiosk_id, ask.epoch, n) for n in range(ask.first, ask.last + 1)]
        left: list[Heard] = [self.outbox[key] for key in keys if key in self.outbox]
        return [
            *left,
            Replied(kiosk_id=self.kiosk_id, command_id=ask.command_id, gone=not left),
        ]


class World:
    """Everything together; ``wire`` is what the broker still has to deliver."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.now = NOW
        self.kiosks = {name: SimpleKiosk(name) for name in ("K0001", "K0002")}
        self.wire: list[Heard] = []
        self.held: list[Heard] = []
        self._ids = 0

    def deliver(
        self,
        batch: list[Heard],
        *,
        crash_before_commit: bool = False,
        crash_after_commit: bool = False,
        acks_arrive: bool = True,
    ) -> None:
        """Let the service book a batch; what it does not acknowledge stays on the wire."""
        self.now += timedelta(seconds=10)
        acks: Iterable[Acknowledgement] = ()
        try:
            with self.keeper.store.begin() as books:
                kept = keep_batch(batch, books=books, at=self.now, zone=ZONE)
                _crash(now=crash_before_commit)
            acks = kept.acknowledgements
        except CrashedError:
            return
        if crash_after_commit:
            return
        for one in batch:
            self.wire.remove(one)
        for ack in acks if acks_arrive else ():
            self.kiosks[ack.kiosk_id].is_told(ack)

    def hear(self, batch: list[Heard]) -> None:
        """Let a batch arrive at once, past everything that waits on the wire."""
        self.wire += batch
        self.deliver(batch)

    def ask(self) -> list[Replay]:
        """Let time pass and let the service ask for what is missing."""
        self.now += timedelta(hours=2)
        with self.keeper.store.begin() as books:
            return ask_for_gaps(books=books, at=self.now, new_id=self._new_id)

    def _new_id(self) -> str:
        self._ids += 1
        return f"cmd-{self._ids}"

    def malformed(self, one: Fact) -> Heard:
        """Return a fact as the inbox sets it aside: its shape is wrong, its name is plain."""
        return aside(one.body.encode(), key=one.key, kiosk=one.key.kiosk_id)

    def contradiction(self, one: Fact) -> Fact:
        """Return the same key with other content."""
        return one._replace(digest=OTHER_DIGEST, body=OTHER_BODY)

    def calm_down(self) -> None:
        """No more harm: all is delivered, asked for and answered until nothing is open."""
        self.wire += self.held
        for _ in range(60):
            for kiosk in self.kiosks.values():
                self.wire += [kiosk.birth(), *kiosk.outbox.values()]
            self.deliver(list(self.wire))
            for ask in self.ask():
                self.wire += self.kiosks[ask.kiosk_id].answers(ask)
            open_gaps = any(not gap.permanent for gap in self.keeper.read().gaps)
            if not (self.wire or open_gaps or any(k.outbox for k in self.kiosks.values())):
                return
        message = "the network did not calm down"
        raise AssertionError(message)


CONFLICTS = Reason.CONFLICT.value
OTHER_BODY = '{"other":1}'
OTHER_DIGEST = hashlib.sha256(OTHER_BODY.encode()).digest()
