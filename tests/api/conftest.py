"""The API over a real database in which one evening has been booked."""

import uuid
from dataclasses import dataclass

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine

from service.api.app import build_app
from service.api.circle import CirclePorts
from service.api.readiness import Readiness
from service.api.routes.imports import FilesIn
from service.domain.quarantine import Wanted
from service.flows.quarantine import Replay, Replayed
from service.flows.reads.ports import Reads
from tests.api.client import Client
from tests.api.story import reads_of, tell


@dataclass
class World:
    """What the API is told of the rooms it does not know."""

    connected: bool = True
    trouble: str = ""
    age_s: float | None = 0.26

    def readiness(self) -> Readiness:
        return Readiness(
            broker_connected=lambda: self.connected,
            inbox_trouble=lambda: self.trouble,
            inbox_age_s=lambda: self.age_s,
        )


def nothing_waits(_wanted: Wanted) -> Replayed:
    """Try again what waits, where nothing does."""
    return Replayed()


def make_app(
    reads: Reads,
    world: World | None = None,
    *,
    replay: Replay = nothing_waits,
    circle: CirclePorts | None = None,
    more: tuple[APIRouter, ...] = (),
    files: FilesIn | None = None,
) -> FastAPI:
    """Build the API over some reads."""
    return build_app(
        reads,
        readiness=(world or World()).readiness(),
        pages=None,
        new_id=lambda: uuid.uuid4().hex[:8],
        replay=replay,
        more=(*(circle.routers() if circle is not None else ()), *more),
        files=files,
    )


@pytest.fixture
def evening(sql_engine: Engine) -> Engine:
    """Each database in turn, with the evening in it."""
    tell(sql_engine)
    return sql_engine


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(evening: Engine, world: World) -> Client:
    """A client of the API."""
    return Client(make_app(reads_of(evening), world))
