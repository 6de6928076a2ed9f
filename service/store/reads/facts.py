"""Turns rows of facts and of gaps into what a page sees."""

from typing import Any

import orjson
from sqlalchemy import Row

from service.flows.reads.kiosks import FactView, GapView
from service.store.sql import table_of
from service.store.tables.ledger import FactRow

FACT = table_of(FactRow)
COLUMNS = tuple(
    FACT.c[name]
    for name in (
        "kiosk_id",
        "site_id",
        "epoch",
        "sequence",
        "kind",
        "happened_at",
        "heard_at",
        "slot",
        "item",
        "packs",
        "units",
        "outcome",
        "body",
    )
)


def to_fact_view(row: Row[Any]) -> FactView:
    """Return a fact as pages see it."""
    columns = row._asdict()
    data = _data(columns.pop("body"))
    return FactView(**columns, data=data)


def _data(body: str) -> dict[str, Any]:
    """Return what the kiosk said, less what it said of the person."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict):
        return {}
    return {name: value for name, value in data.items() if name != "who"}


def to_gap_view(row: Row[Any]) -> GapView:
    """Return a gap as pages see it."""
    return GapView(
        epoch=row.epoch,
        first=row.first,
        last=row.last,
        state="permanent" if row.permanent else "open",
    )
