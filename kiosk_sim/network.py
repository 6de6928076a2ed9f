"""The bad network between a kiosk's outbox and its MQTT client, drawn from a seed, time given.

It loses, repeats, delays and shuffles whole messages (facts, replies and heartbeats on the way
out, acks and commands on the way in) and cuts the line for a while. The births and wills are left
alone: they belong to the broker's own session, which ends and begins with the cuts.
"""

import heapq
import math
import random
from typing import Final

from kiosk_sim.kiosk.orders import Packet
from kiosk_sim.settings import Faults

_DAY_S: Final = 86_400.0
_SHUFFLED_S: Final = 1.0
_HELD_MAX: Final = 5_000


class Link:
    """One kiosk's line; it never loses what it was not given, and holds a bounded number."""

    def __init__(self, faults: Faults, rng: random.Random, now: float) -> None:
        """Draw when the line will first be cut."""
        self._faults = faults
        self._rng = rng
        self._held: list[tuple[float, int, Packet]] = []
        self._count = 0
        self._is_plain = not (faults.loss or faults.repeat or faults.shuffle or faults.delay_s)
        self._cut_at = math.inf
        self._whole_at = -math.inf
        if faults.cuts_per_day > 0:
            self._cut_at = now + rng.expovariate(faults.cuts_per_day / _DAY_S)

    def send(self, packets: list[Packet], now: float) -> list[Packet]:
        """Take packets from the kiosk; return those that go through at once."""
        if self._is_plain:
            return packets
        for packet in packets:
            if packet.topic.endswith("/state"):
                self._hold(packet, now)
                continue
            if self._rng.random() < self._faults.loss:
                continue
            self._hold(packet, now + self._delay_s())
            if self._rng.random() < self._faults.repeat:
                self._hold(packet, now + self._delay_s())
        return self.arrived(now)

    def arrived(self, now: float) -> list[Packet]:
        """Return the held packets whose time has come."""
        packets = []
        while self._held and self._held[0][0] <= now:
            packets.append(heapq.heappop(self._held)[2])
        return packets

    def lets_in(self) -> bool:
        """Say whether a message for the kiosk gets through."""
        return self._faults.loss == 0 or self._rng.random() >= self._faults.loss

    def is_cut(self, now: float) -> bool:
        """Say whether the line is cut; what was on its way is lost with it."""
        if now < self._whole_at:
            return True
        if now < self._cut_at:
            return False
        self._whole_at = now + self._faults.cut_s * self._rng.uniform(0.3, 1.7)
        rate = self._faults.cuts_per_day / _DAY_S
        self._cut_at = self._whole_at + self._rng.expovariate(rate)
        self._held.clear()
        return True

    def room(self) -> int:
        """Return how many more packets it can hold."""
        return _HELD_MAX - len(self._held)

    def due_at(self) -> float:
        """Return when it next has something to deliver, to cut or to mend."""
        held = self._held[0][0] if self._held else math.inf
        return min(held, self._cut_at)

    def whole_at(self) -> float:
        """Return when the present cut ends."""
        return self._whole_at

    def _delay_s(self) -> float:
        delay = self._rng.random() * self._faults.delay_s
        if self._rng.random() < self._faults.shuffle:
            delay += self._rng.random() * _SHUFFLED_S
        return delay

    def _hold(self, packet: Packet, at: float) -> None:
        self._count += 1
        heapq.heappush(self._held, (at, self._count, packet))
