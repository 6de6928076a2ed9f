"""Lets a machine tell its stories on each keeper in turn: memory, SQLite and PostgreSQL."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import Engine

from service.store.sql import table_of
from service.store.tables import books, circle, discrepancies, ledger, quality, watch
from tests.fakes.memory import MemoryStore
from tests.support.books import Keeper, MemoryKeeper, SqlKeeper
from tests.support.plans import small_district

STEPS = 30
SHARES = {"memory": 2.0, "sqlite": 0.2, "postgres": 0.15}
"""Of the examples that the profile asks for: databases are slower."""


class Fresh(NamedTuple):
    """Makes an empty keeper for each example."""

    name: str
    make: Callable[[], Keeper]


IN_MEMORY = Fresh("memory", lambda: MemoryKeeper(MemoryStore(small_district())))


@pytest.fixture(params=["sqlite", "postgres"])
def sql_fresh(request: pytest.FixtureRequest) -> Fresh:
    """Each database in turn."""
    return _on_database(request)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Each kind of keeper in turn."""
    return IN_MEMORY if request.param == "memory" else _on_database(request)


def _on_database(request: pytest.FixtureRequest) -> Fresh:
    if request.param == "sqlite":
        return Fresh("sqlite", request.getfixturevalue("sqlite_in_memory"))
    engine: Engine = request.getfixturevalue("postgres_engine")
    return Fresh("postgres", lambda: _emptied(engine))


def tell(machine: Callable[[Keeper], RuleBasedStateMachine], fresh: Fresh) -> None:
    """Let Hypothesis tell stories, each on a keeper of its own."""
    examples = max(10, int(settings().max_examples * SHARES[fresh.name]))
    run_state_machine_as_test(
        lambda: machine(fresh.make()),  # type: ignore[arg-type]  # a factory serves as well
        settings=settings(max_examples=examples, stateful_step_count=STEPS),
    )


def _emptied(engine: Engine) -> SqlKeeper:
    """Delete what a story wrote; far quicker than to truncate, and the district stays."""
    models = [
        model
        for module in (books, circle, discrepancies, ledger, quality, watch)
        for model in vars(module).values()
        if getattr(model, "__module__", "") == module.__name__ and hasattr(model, "__table__")
    ]
    with engine.begin() as connection:
        for model in models:
            connection.execute(table_of(model).delete())
    return SqlKeeper(engine, "postgres")
