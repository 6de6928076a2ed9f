"""Is a kiosk there? Births, wills and heartbeats, and the stored moment at which silence begins."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

OFFLINE_GRACE: Final = timedelta(minutes=10)
"""A lost connection is silence after this: a router that restarts is not worth an incident."""

HEARTBEAT_GRACE: Final = timedelta(minutes=16)
"""A kiosk that sends heartbeats, every five minutes at most, may miss three."""

DAILY_GRACE: Final = timedelta(hours=26)
"""A kiosk without heartbeats counts its slots daily: this much may pass between two words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """What we know of a kiosk's presence; ``silent_after`` is the next deadline, stored."""

    kiosk_id: str
    online: bool = False
    boot: int = 0
    epoch: int = 0
    head: int = 0
    firmware: str = ""
    heartbeats: bool = False
    heard_at: datetime | None = None
    silent_after: datetime | None = None
    clock_offset_s: float | None = None

    def is_silent(self, now: datetime) -> bool:
        """Say whether we have heard too long nothing, or never anything."""
        return self.silent_after is None or self.silent_after <= now

    def born(self, *, boot: int, epoch: int, head: int, firmware: str, at: datetime) -> "Liveness":
        """Return the state after a birth message."""
        return replace(
            self.heard(at, online=True),
            boot=boot,
            epoch=max(epoch, self.epoch),
            head=self._head(epoch, head),
            firmware=firmware,
        )

    def died(self, *, boot: int, at: datetime) -> "Liveness":
        """Return the state after a will; one of an earlier boot says nothing about this one."""
        if boot < self.boot or not self.online:
            return self
        return replace(self, online=False, silent_after=at + OFFLINE_GRACE)

    def beat(self, *, epoch: int, head: int, clock: datetime, at: datetime) -> "Liveness":
        """Return the state after a heartbeat."""
        return replace(
            replace(self, heartbeats=True).heard(at, online=True),
            epoch=max(epoch, self.epoch),
            head=self._head(epoch, head),
            clock_offset_s=round((clock - at).total_seconds(), 1),
        )

    def spoke(self, *, epoch: int, newest: int, at: datetime) -> "Liveness":
        """Return the state after any fact of its journal.

        A fact may have waited in the broker while its kiosk went away: after a will, only a birth
        or a heartbeat brings a kiosk back.
        """
        heard = self.heard(at, online=self.online)
        if self.boot > 0 and not self.online:
            heard = replace(heard, silent_after=self.silent_after)
        return replace(
            heard,
            epoch=max(epoch, self.epoch),
            head=self._head(epoch, newest),
        )

    def _head(self, epoch: int, newest: int) -> int:
        """Return how far the newest epoch is known to go; an older one says nothing about it."""
        if epoch == self.epoch:
            return max(newest, self.head)
        return newest if epoch > self.epoch else self.head

    def heard(self, at: datetime, *, online: bool) -> "Liveness":
        """Return the state after any word, with the deadline for the next."""
        grace = HEARTBEAT_GRACE if self.heartbeats else DAILY_GRACE
        return replace(self, online=online, heard_at=at, silent_after=at + grace)


def spoke_first(before: Liveness | None, after: Liveness, *, since: datetime) -> bool:
    """Say whether a kiosk was heard for the first time since then."""
    if after.heard_at is None or after.heard_at < since:
        return False
    return before is None or before.heard_at is None or before.heard_at < since
