"""Does it decide better than people do now? A year in a closed loop, policy beside policy."""

import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from service.domain.policy import DEFAULT
from tests.bench.loop import Lived, Planner, live
from tests.bench.loop_alerts import Alerts
from tests.bench.loop_planners import ByCalendar, ByClairvoyance, ByMonths, ByOutlook, ByShare
from tests.bench.loop_world import WARM_DAYS, draw
from tests.bench.report import Figures

YEAR_DAYS: Final = 365
NETWORKS: Final = ((43, 20), (500, 2))
"""Kiosks, and worlds (seeds) drawn of them; fitting 2,000 series a month takes its time."""

BETWEEN: Final = (24, 28, 32)
"""Days between two visits, on average: the crew's strength. The first is what is judged by."""

RISKS: Final = (DEFAULT.risk, 0.5)
"""Chances at which an alert opens: the service's own rule, and one that waits longer."""
PEERS: Final = ("calendar", "threshold_25", "amc_min_max")
MANAGED: Final = 43
"""Kiosks of one manager."""


@dataclass(frozen=True)
class Task:
    """One world to live through with every policy."""

    seed: int
    kiosks: int
    between: int


@dataclass(frozen=True)
class Told:
    """What came of it, by policy, and of the alerts, by risk."""

    task: Task
    lived: dict[str, Lived]
    alerts: dict[float, Alerts]


def measure() -> Figures:
    """Live through all worlds; SEEDS=n draws so many of the small network, and of the large one."""
    wanted = int(os.environ.get("SEEDS", "0"))
    tasks = [
        Task(seed, kiosks, between)
        for kiosks, seeds in NETWORKS
        for between in (BETWEEN if kiosks == MANAGED else BETWEEN[:1])
        for seed in range(1, (wanted or seeds) + 1)
    ]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        told = []
        for one in pool.map(run, tasks):
            told.append(one)
            lost = {name: lived.lost for name, lived in one.lived.items()}
            print(f"{len(told)}/{len(tasks)} {one.task} lost {lost}", flush=True)
    found: dict[str, float | int | str] = {}
    for kiosks, between in dict.fromkeys((one.task.kiosks, one.task.between) for one in told):
        some = [one for one in told if (one.task.kiosks, one.task.between) == (kiosks, between)]
        found |= {f"decisions.{kiosks}.{between}d.{key}": v for key, v in _figures(some).items()}
    judged = [one for one in told if one.task.between == BETWEEN[0] and one.task.kiosks == MANAGED]
    return {**_headline(judged), **found}


def run(task: Task) -> Told:
    """Live through one world with each policy."""
    world = draw(task.seed, task.kiosks, WARM_DAYS + YEAR_DAYS)
    planners: list[Planner] = [ByCalendar(), ByShare(), ByMonths(), ByClairvoyance()]
    lived = {
        one.name: live(world, one, ByCalendar(), between_days=task.between) for one in planners
    }
    alerts = {}
    for risk in RISKS if task.between == BETWEEN[0] else RISKS[:1]:
        planner = ByOutlook(world)
        alerts[risk] = Alerts(world=world, planner=planner, risk=risk)
        lived[planner.name] = live(
            world, planner, ByCalendar(), between_days=task.between, watcher=alerts[risk]
        )
    return Told(task=task, lived=lived, alerts=alerts)


def _figures(told: list[Told]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in told[0].lived:
        some = [one.lived[name] for one in told]
        means: dict[str, list[float]] = {
            "visits": [one.visits for one in some],
            "km": [one.km for one in some],
            "lost": [one.lost for one in some],
            "lost_to_machines": [one.lost_to_machines for one in some],
            "stock_out_days": [one.stock_out_days for one in some],
            "person_hours_lost": [one.person_hours_lost for one in some],
        }
        found |= {f"{name}.{key}": fmean(values) for key, values in means.items()}
    return found


def _headline(told: list[Told]) -> dict[str, float | int | str]:
    lost: dict[str, float] = defaultdict(float)
    for one in told:
        for name, lived in one.lived.items():
            lost[name] += lived.lost
    best = min(PEERS, key=lambda name: lost[name])
    found: dict[str, float | int | str] = {
        "decisions.best_peer": best,
        "decisions.lost_ratio_best_peer": lost["ours"] / max(lost[best], 1.0),
        "decisions.lost_ratio_clairvoyant": lost["ours"] / max(lost["clairvoyant"], 1.0),
        "decisions.worlds": len(told),
    }
    for risk in RISKS:
        some = [one.alerts[risk] for one in told]
        opened = sum(one.opened for one in some)
        days = YEAR_DAYS * len(told) * told[0].task.kiosks / MANAGED
        name = "alerts" if risk == RISKS[0] else f"alerts.at_{risk:g}"
        found[f"{name}.precision"] = sum(one.right for one in some) / max(1, opened)
        found[f"{name}.recall"] = sum(one.met for one in some) / max(
            1, sum(one.needed for one in some)
        )
        found[f"{name}.a_day"] = opened / days
    return found | _stuck([one.alerts[RISKS[0]] for one in told], told)


def _stuck(alerts: list[Alerts], told: list[Told]) -> dict[str, float | int]:
    seen = [days for one in alerts for days in one.stuck_seen_after]
    by_visit = [days for one in told for days in one.lived["ours"].stuck_days]
    return {
        "stuck.seen": len(seen),
        "stuck.seen_after_days": median(seen) if seen else -1.0,
        "stuck.found_by_visits_after_days": median(by_visit) if by_visit else -1.0,
        "stuck.false_alarms": sum(one.stuck_false for one in alerts),
    }
