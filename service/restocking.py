"""Restocking put together: policies, depots and rounds, and the store that keeps them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Literal

from fastapi import APIRouter

from service.api.routes.depots import depot_routes, scan_routes
from service.api.routes.policies import policy_routes
from service.api.routes.rounds import RoundPorts, round_routes
from service.domain.district import Named
from service.flows.depots import DepotDesk
from service.flows.policies import PolicyDesk
from service.flows.ports import Books, WatchedStore
from service.flows.reads.circles import Circles
from service.flows.reads.ports import StoreUnavailableError
from service.flows.reads.rounds import RoundView
from service.flows.rounds import RoundDesk
from service.flows.rounds_plan import Planner
from service.geo.network import Network
from service.geo.roads import Roads
from service.geo.routing import find_router
from service.reports.fonts import font_folders
from service.reports.pick_list import PickListPrinter
from service.store.reads.sql_reads import SqlReads


@dataclass(frozen=True, slots=True)
class AnsweringStore:
    """A store for whoever waits for an answer: a database that is away is told as such."""

    store: WatchedStore
    is_passing: Callable[[Exception], bool]

    @contextmanager
    def begin(self) -> Iterator[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""
        with self._telling(), self.store.begin() as books:
            yield books

    @contextmanager
    def look(self) -> Iterator[Books]:
        """Open one consistent moment in which nothing may be written, and that holds up nobody."""
        with self._telling(), self.store.look() as books:
            yield books

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not self.is_passing(error):
                raise
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What restocking needs beside the store: the circle, names of places, and the streets."""

    circles: Circles
    reads: SqlReads
    network: Callable[[], Network | None]


def restocking_routes(
    store: WatchedStore,
    around: Surroundings,
    *,
    now: Callable[[], datetime],
    zone: tzinfo,
    is_passing: Callable[[Exception], bool],
) -> tuple[APIRouter, ...]:
    """Return the routes about what to bring where."""
    answering = AnsweringStore(store, is_passing)
    depots = DepotDesk(store=answering, now=now, zone=zone)
    rounds = RoundPorts(
        planner=Planner(
            store=answering,
            circles=around.circles,
            names=around.reads,
            roads=Roads(around.network),
            router=find_router(),
            now=now,
            zone=zone,
        ),
        desk=RoundDesk(store=answering, names=around.reads, now=now, zone=zone),
        print_round=partial(_print, PickListPrinter(fonts=font_folders()), around.reads, depots),
    )
    return (
        policy_routes(PolicyDesk(store=answering, now=now, zone=zone)),
        depot_routes(depots),
        scan_routes(depots),
        round_routes(rounds),
    )


def _print(
    printer: PickListPrinter,
    reads: SqlReads,
    depots: DepotDesk,
    one: RoundView,
    language: Literal["zh", "en"],
) -> bytes:
    """Print a round with the names of its items and its depot."""
    items = {item.code: Named(item.name_zh, item.name_en) for item in reads.items()}
    names = {depot.id: Named(depot.name_zh, depot.name_en) for depot in depots.all()}
    depot = names.get(one.depot_id, Named(one.depot_id, one.depot_id))
    return printer(one, items=items, depot=depot, language=language)
