"""Is the service able to work: what wiring tells the API about the rooms it does not know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ready", "standing_by", "not_ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Questions to ask at any time, from any thread.

    ``inbox_trouble`` is empty while the inbox works, else one sentence. ``inbox_age_s`` is how long
    ago it took a message: a quiet network is no trouble. ``stands_by`` says that another process
    hears this region: then we serve the pages, and take over when it dies.
    """

    broker_connected: Callable[[], bool]
    inbox_trouble: Callable[[], str]
    inbox_age_s: Callable[[], float | None]
    stands_by: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Health:
    """The process runs."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Each part with ``ok`` or what is wrong; and seconds since the inbox last took a message."""

    database: str
    broker: str
    inbox: str
    inbox_age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAnswer:
    """Whether everything that the service needs is there."""

    status: Status
    checks: Checks
