"""Tours by PyVRP, or by savings where PyVRP is not installed."""

import importlib
import warnings
from functools import partial
from typing import Any, Final

import numpy as np

from service.domain.tours import Router, Tours, TourTask
from service.geo.savings import route_by_savings

SOLVER: Final = "pyvrp"
SEED: Final = 15
"""The same task has the same answer, as far as the time allows."""

CALM_STEPS: Final = 20_000
"""After so many steps without anything better, it ends before its time."""


def find_router(name: str = SOLVER) -> Router:
    """Return PyVRP where it is installed, else savings.

    The one place that asks: PyVRP is compiled, and not to be had for every machine.
    """
    try:
        pyvrp = importlib.import_module(name)
        stop = importlib.import_module(f"{name}.stop")
    except ImportError:
        return route_by_savings
    return partial(_route_by_pyvrp, pyvrp, stop)


def _route_by_pyvrp(pyvrp: Any, stop: Any, task: TourTask, seconds: float) -> Tours:  # noqa: ANN401 - a module that may be missing
    """Plan tours: less time on the way is better, and so is every prize."""
    if not len(task.service_s):
        return Tours(stops=(), solver=SOLVER)
    until = stop.MultipleCriteria([stop.MaxRuntime(seconds), stop.NoImprovement(CALM_STEPS)])
    with warnings.catch_warnings():
        # It warns of penalties that it has tuned itself as far as they go.
        warnings.simplefilter("ignore")
        found = pyvrp.solve(_data_of(pyvrp, task), until, seed=SEED, display=False)
    if not found.is_feasible():
        return route_by_savings(task)
    return Tours(stops=_stops_of(found.best), solver=SOLVER)


def _data_of(pyvrp: Any, task: TourTask) -> Any:  # noqa: ANN401 - as above
    model = pyvrp.Model()
    places = [model.add_location(0, 0) for _ in range(len(task.service_s) + 1)]
    depot = model.add_depot(places[0])
    for number, place in enumerate(places[1:]):
        model.add_client(
            place,
            delivery=task.loads_packs[number],
            service_duration=task.service_s[number],
            prize=task.prizes_s[number],
            required=False,
        )
    model.add_vehicle_type(
        task.people,
        capacity=task.capacity_packs,
        start_depot=depot,
        end_depot=depot,
        shift_duration=task.time_s,
        unit_distance_cost=0,
        unit_duration_cost=1,
    )
    travel = np.ascontiguousarray(task.travel_s, dtype=np.int64)
    return model.data().replace(distance_matrices=[travel], duration_matrices=[travel])


def _stops_of(solution: Any) -> tuple[tuple[int, ...], ...]:  # noqa: ANN401 - as above
    return tuple(
        tuple(int(one.idx) for one in route if one.is_client()) for route in solution.routes()
    )
