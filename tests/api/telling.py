"""The routes about who hears what, over a database, for tests."""

import uuid
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import Engine

from service.api.routes.notices import notice_routes
from service.api.routes.recipients import recipient_routes
from service.domain.recipients import Channel
from service.flows.contacts import ContactDesk
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from tests.support.plans import NOW, ZONE


def telling_of(
    engine: Engine, *, now: datetime = NOW, fault_of: Callable[[Channel], str] = lambda _one: ""
) -> tuple[APIRouter, ...]:
    """Return the routes about who hears what; the address of a channel is taken as it is."""
    desk = ContactDesk(
        store=SqlStore(engine), now=lambda: now, new_id=lambda: uuid.uuid4().hex, fault_of=fault_of
    )
    reads = SqlReads(engine, now=lambda: now, zone=ZONE)
    return (recipient_routes(reads, desk), notice_routes(reads, desk))
