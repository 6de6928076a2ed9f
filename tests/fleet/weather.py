"""What goes wrong in one run, and how often: drawn whole from the seed.

Swarm testing: each seed switches on some of the faults and leaves the others out, since faults that
are always all there hide one another. Each fault has dice of its own, so that leaving one out
(``without``) does not move the others: that is how a failing seed is made smaller.
"""

import math
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kiosk_sim.settings import Faults

FULL_KIOSKS: Final = 40
FULL_DAYS: Final = 30
_ON: Final = 0.45

RATES: Final[dict[str, tuple[float, float]]] = {
    "offline": (0.01, 0.1),  # a kiosk and day: away for hours to days, then everything at once
    "power": (0.02, 0.3),  # a kiosk and day: switched off, what was not yet sent may be lost
    "journal": (0.01, 0.2),  # a kiosk and day: the journal is lost, a new epoch begins
    "tamper": (0.01, 0.2),  # a kiosk and day: the same fact again with other content
    "garbage": (0.05, 0.5),  # a kiosk and day: bytes that mean nothing, or nothing good
    "lies": (0.01, 0.1),  # a kiosk and day: a fact under another kiosk's topic, or a stranger's
    "kill": (0.2, 4.0),  # a day: the service dies, mostly in the middle of a batch
    "reconnect": (0.5, 12.0),  # a day: the service's connection is lost while it books
    "broker-keeps": (0.1, 1.0),  # a day: the broker dies and has everything afterwards
    "broker-rolls-back": (0.1, 1.0),  # a day: it comes back as it last saved itself
    "broker-empties": (0.05, 0.5),  # a day: it comes back knowing nobody
    "busy": (0.3, 3.0),  # a day: the database refuses to begin, for a minute
    "full": (0.2, 2.0),  # a day: the database refuses to commit, for minutes to an hour
    "in-doubt": (0.5, 5.0),  # a day: it commits, and the answer is lost
    "twins": (0.03, 0.2),  # a day: a second worker is started by mistake
}
"""Faults that come at random, with the least and the most of them in a day."""

SWITCHES: Final = (
    *("loss", "repeat", "delay", "shuffle", "cuts", "clocks", "short-queue", "narrow", "slow"),
)
FAULTS: Final = (*SWITCHES, *RATES)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """One run: how large, on which keeper, and what goes wrong in it."""

    seed: int
    kiosks: int
    days: int
    keeper: str
    begin: datetime
    demand: float
    network: Faults
    rates: dict[str, float]
    queue_max: int
    window: int
    batch_max: int
    service_wait_s: float

    @property
    def end(self) -> datetime:
        return self.begin + timedelta(days=self.days)


def dice(seed: int, name: str) -> random.Random:
    """Return the dice of one concern of a run."""
    return random.Random(f"fleet/{seed}/{name}")


def forecast(
    seed: int,
    *,
    kiosks: int | None = None,
    days: int | None = None,
    keeper: str = "",
    without: Collection[str] = (),
) -> Weather:
    """Draw the weather of a seed; size and faults can be cut down for a closer look."""
    unknown = set(without) - set(FAULTS)
    if unknown:
        message = f"there is no fault {min(unknown)!r}; there are {', '.join(FAULTS)}"
        raise ValueError(message)
    on = {
        name
        for name in FAULTS
        if dice(seed, f"is there {name}").random() < _ON and name not in without
    }
    # A worker that takes one message an hour would only prove that it cannot keep up.
    narrow = {"slow"} if "narrow" in on else set()
    size = dice(seed, "size")
    drawn_kiosks, drawn_days = size.choice(((4, 12), (8, 10), (12, 6), (3, 35), (20, 8)))
    drawn_keeper = size.choices(("memory", "sqlite"), (5, 1))[0]
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=size.randrange(700 * 24))
    return Weather(
        seed=seed,
        kiosks=kiosks or drawn_kiosks,
        days=days or drawn_days,
        keeper=keeper or drawn_keeper,
        begin=begin,
        demand=size.uniform(1.0, 3.0),
        network=_network(seed, on),
        rates={name: _rate(seed, name) for name in RATES if name in on},
        queue_max=size.choice((20, 200)) if "short-queue" in on else 100_000,
        window=size.choice((1, 5, 20)) if "narrow" in on else 2_000,
        batch_max=size.choice((1, 3, 50)) if "narrow" in on else 2_000,
        service_wait_s=size.choice((30.0, 600.0, 7_200.0)) if "slow" in on - narrow else 2.0,
    )


def _rate(seed: int, name: str) -> float:
    least, most = RATES[name]
    return math.exp(dice(seed, f"rate of {name}").uniform(math.log(least), math.log(most)))


def _network(seed: int, on: Collection[str]) -> Faults:
    rng = dice(seed, "network")
    loss, repeat, shuffle = rng.uniform(0.01, 0.4), rng.uniform(0.01, 0.4), rng.uniform(0.05, 1.0)
    delay_s, clocks = rng.choice((1.0, 10.0, 100.0)), rng.uniform(0.1, 1.0)
    cuts, cut_s = rng.uniform(0.2, 3.0), rng.uniform(9, 9_000)
    return Faults(
        loss=loss if "loss" in on else 0.0,
        repeat=repeat if "repeat" in on else 0.0,
        shuffle=shuffle if "shuffle" in on else 0.0,
        delay_s=delay_s if "delay" in on else 0.0,
        cuts_per_day=cuts if "cuts" in on else 0.0,
        cut_s=cut_s,
        clock_wrong=clocks if "clocks" in on else 0.0,
        breakdowns=rng.choice((0.0, 1.0, 5.0)),
        jam=rng.choice((0.004, 0.1)),
    )
