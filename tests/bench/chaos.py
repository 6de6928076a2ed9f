"""Kills everything in random order while 200 kiosks publish, and then asks whether all is exact."""

import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from tests.bench.backlog import plan
from tests.bench.books import Verdict, judge
from tests.bench.crowd import STILL, Crowd, Wish
from tests.bench.report import Figures
from tests.bench.stage import Stage, stage
from tests.bench.troubles import Troubles, troubles_of

PAIRS = (("mosquitto", "postgres"), ("nats", "sqlite"))
FACTS_PER_DAY = 42.0
"""What a kiosk of the crowd makes of a day, at the demand below; measured."""

DEMAND_FACTOR = 20.0
DAYS = 90.0
PROGRESS_EVERY_S = 5.0
QUIET_S = 3.0
LAST_S = 1.0
"""So long the last repeats have time to do harm after all was told."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard a run is."""

    kiosks: int = 200
    facts_per_s: float = 2_400.0
    kills: int = 24
    away_s: float = 60.0
    calm: float = 1.0
    """How long everything is left alone between two troubles, against a full run."""
    loss: float = 0.002
    told_within_s: float = 240.0
    seed: int = 15


@dataclass
class Outcome:
    """What a run counted."""

    verdict: Verdict
    figures: dict[str, float | int] = field(default_factory=dict)


def measure() -> Figures:
    """Run each pair of broker and database; all must be exact."""
    seed = int(os.environ.get("SEED", "15"))
    found: dict[str, float | int | str] = {"chaos.seed": seed}
    totals: dict[str, float | int] = {}
    for broker, database in PAIRS:
        print(f"{broker} and {database}, seed {seed}", flush=True)
        outcome = run(broker, database, Plan(seed=seed))
        for name, value in outcome.figures.items():
            found[f"chaos.{broker}.{database}.{name}"] = value
        for name in ("kills", "facts", "repeats", "gaps_asked", "lost", "doubled"):
            totals[name] = totals.get(name, 0) + outcome.figures[name]
        slowest = min(totals.get("facts_per_s", 1e9), outcome.figures["facts_per_s"])
        totals["facts_per_s"] = slowest
    return {**{f"chaos.{name}": value for name, value in totals.items()}, **found}


def run(broker: str, database: str, wanted: Plan) -> Outcome:
    """Run one pair to its end; AssertionError where the books are not exact."""
    with stage(broker, database, plan(wanted.kiosks)) as on:
        crowd = Crowd(_wish(on, wanted))
        on.service.start()
        crowd.start()
        try:
            begun_s = time.monotonic()
            troubles = troubles_of(
                on,
                kills=wanted.kills,
                away_s=wanted.away_s,
                calm=wanted.calm,
                seed=wanted.seed,
            )
            repeats = Repeats()
            watch = Watch(on, crowd, repeats)
            _make_trouble(watch, troubles, random.Random(wanted.seed), calm=wanted.calm)
            crowd.say(STILL)
            lived_s = time.monotonic() - begun_s
            watch.until(
                lambda: crowd.is_told and crowd.standing.journals_lost == troubles.journals,
                within_s=wanted.told_within_s,
            )
            told_s = time.monotonic() - begun_s
            watch.pause(LAST_S)
        finally:
            crowd.stop()
        engine = on.engine()
        verdict = judge(engine, Path(crowd.wish.folder))
        engine.dispose()
        stood = crowd.standing
        figures = {
            **troubles.counts,
            "kills": troubles.kills,
            "facts": verdict.facts,
            "facts_per_s": stood.facts / lived_s,
            "sent": stood.sent,
            "repeats": repeats.total,
            "gaps_asked": stood.replays,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "seconds": told_s,
            "caught_up_s": told_s - lived_s,
        }
        print(f"  {asdict(verdict)}", flush=True)
        assert verdict.is_exact, f"seed {wanted.seed}: the books are not exact: {verdict}"
        return Outcome(verdict, figures)


def _wish(on: Stage, wanted: Plan) -> Wish:
    return Wish(
        kiosks=wanted.kiosks,
        folder=str(on.folder / "kiosks"),
        port=on.broker.port,
        passwords=on.broker.passwords,
        days=DAYS,
        speed=wanted.facts_per_s / (wanted.kiosks * FACTS_PER_DAY) * 86_400,
        demand_factor=DEMAND_FACTOR,
        loss=wanted.loss,
        seed=wanted.seed,
    )


class Repeats:
    """Repeats that the service absorbed: each process counts its own, so it is asked often."""

    PATTERN = re.compile(rb"^circle15_\w*repeats\w* ([0-9.e+]+)$", re.MULTILINE)

    def __init__(self) -> None:
        self._by_process: dict[int, float] = {}

    @property
    def total(self) -> int:
        """At least so many: what a process absorbed after it was last asked died with it."""
        return int(sum(self._by_process.values()))

    def look(self, on: Stage) -> None:
        for service in on.services:
            if not service.is_running():
                continue
            try:
                told = httpx.get(f"{service.address}/metrics", timeout=0.5)
            except httpx.HTTPError:
                continue
            found = self.PATTERN.search(told.content)
            if found is not None:
                self._by_process[service.pid] = float(found[1])


@dataclass
class Watch:
    """Waits, and meanwhile starts again what died, counts, and tells how it goes."""

    on: Stage
    crowd: Crowd
    repeats: Repeats
    told_at: float = 0.0

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._turn(0.1)

    def until(self, holds: Callable[[], bool], *, within_s: float) -> None:
        """Wait for something."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"not within {within_s} s: {self.crowd.standing}"
            assert self.crowd.is_running, "the crowd has ended"
            self._turn(0.25)

    def _turn(self, seconds: float) -> None:
        time.sleep(seconds)
        self.on.look_after()
        self.repeats.look(self.on)
        if time.monotonic() >= self.told_at:
            self.told_at = time.monotonic() + PROGRESS_EVERY_S
            now = self.crowd.standing
            print(
                f"  {now.facts:,} facts, {now.confirmed:,} confirmed, {now.connected} kiosks here,"
                f" {self.repeats.total:,} repeats {now.trouble}",
                flush=True,
            )


def _make_trouble(watch: Watch, troubles: Troubles, chance: random.Random, *, calm: float) -> None:
    """Let them come one by one, each while the one before it is just about over."""
    watch.until(lambda: watch.crowd.standing.confirmed > 0, within_s=60)
    watch.pause(calm * QUIET_S)
    for name, trouble in troubles.order:
        print(f"  ! {name}", flush=True)
        trouble(watch.pause, watch.crowd.say)
        watch.pause(calm * chance.uniform(1.0, 3.0))
        if not troubles.is_away:
            watch.until(watch.on.service.is_ready, within_s=90)
        watch.pause(calm * chance.uniform(0.5, 3.0))
    troubles.finish(watch.pause)
