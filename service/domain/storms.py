"""A storm: many kiosks fall silent at once, so it is the network and not the kiosks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.domain.liveness import Liveness

LATE_AFTER: Final = timedelta(minutes=10, seconds=30)
"""A kiosk that sends heartbeats every five minutes at most has missed two of them by then."""

DEAF_AFTER: Final = timedelta(minutes=2)
"""A broker that we cannot reach for so long is an incident of its own."""

LISTEN_FIRST: Final = timedelta(minutes=11)
"""Who was deaf listens for so long before it calls anybody silent: a heartbeat, and the five
minutes within which kiosks connect again one after another."""

FOLD_WITHIN: Final = timedelta(minutes=30)
"""Kiosks flagged so shortly before a storm was seen are part of it."""

PLACES_TOLD_MAX: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRule:
    """How many kiosks, and which share of those that were there, make a storm."""

    kiosks_min: int = 5
    share_min: float = 0.5
    hold_share: float = 0.25
    """A storm goes on while this share of them is still away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Whether we are connected to the broker, and since when that is so."""

    connected: bool
    since: datetime

    def is_deaf(self, at: datetime) -> bool:
        """Say whether we hear nothing, and for long enough to say so."""
        return not self.connected and at - self.since >= DEAF_AFTER

    def may_judge(self, presence: Liveness, at: datetime) -> bool:
        """Say whether the silence of a kiosk is its own: we have listened for long enough."""
        if not self.connected:
            return False
        heard_since = presence.heard_at is not None and presence.heard_at >= self.since
        return heard_since or at - self.since >= LISTEN_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Kiosks that are away together, of so many that were there; since the first was last heard."""

    away: tuple[str, ...]
    among: int
    since: datetime | None


def storm_of(
    presences: Mapping[str, Liveness],
    *,
    flagged: Collection[str],
    at: datetime,
    rule: StormRule,
    goes_on: bool,
) -> Storm | None:
    """Return the storm that there is now, or that still ``goes_on``.

    ``flagged`` are kiosks that were silent before, each for reasons of its own.
    """
    there = {name: one for name, one in presences.items() if name not in flagged}
    away = sorted(name for name, one in there.items() if is_away(one, at))
    share = rule.hold_share if goes_on else rule.share_min
    fewest = 1 if goes_on else rule.kiosks_min
    if len(away) < max(fewest, share * len(there)):
        return None
    heard = (there[name].heard_at for name in away)
    since = min((one for one in heard if one is not None), default=None)
    return Storm(away=tuple(away), among=len(there), since=since)


def is_away(presence: Liveness, at: datetime) -> bool:
    """Say whether a kiosk shows signs of being away, before its own deadline already."""
    if presence.is_silent(at) or (presence.boot > 0 and not presence.online):
        return True
    return (
        presence.heartbeats
        and presence.heard_at is not None
        and at - presence.heard_at >= LATE_AFTER
    )
