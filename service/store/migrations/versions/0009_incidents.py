"""Incidents take the place of alerts: one for each kind and place, and what happened to it.

Alerts that were open about several items of a place become one; those that are resolved stay each
for itself. The views for dashboards keep their names and their columns.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROWS_MAX = 5_000
_ALERT = sa.table(
    "alert",
    sa.column("id", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("severity", sa.String()),
    sa.column("place", sa.String()),
    sa.column("item", sa.String()),
    sa.column("opened_at", Instant()),
    sa.column("resolved_at", Instant()),
    sa.column("numbers", sa.JSON()),
)
_OF_ITEMS = ("low", "out", "circle_gap")
_FIRST_VIEWS: Any = import_module("service.store.migrations.versions.0002_views_for_dashboards")


def upgrade() -> None:
    """Apply the change."""
    incident, event = _tables()
    _convert(incident, event)
    op.execute("DROP VIEW v_kiosk_now")
    op.execute("DROP VIEW v_alert_open")
    op.drop_table("alert")
    _views()


def _tables() -> tuple[sa.Table, sa.Table]:
    incident = op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("severity_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=64), nullable=True),
        sa.Column("assigned_to", sa.String(length=64), nullable=True),
        sa.Column("snoozed_until", Instant(), nullable=True),
        sa.Column("snooze_reason", sa.String(length=500), nullable=True),
        sa.Column("calm_since", Instant(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("kind", "place", "opened_at", "resolved_at"):
        op.create_index(f"ix_incident_{name}", "incident", [name])
    _partial_index("one_incident_per_kind_and_place", ["kind", "place"], "resolved_at IS NULL")
    _partial_index("ix_incident_snoozed_until", ["snoozed_until"], "snoozed_until IS NOT NULL")
    event = op.create_table(
        "incident_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("incident_id", "at"):
        op.create_index(f"ix_incident_event_{name}", "incident_event", [name])
    return incident, event


def _partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "incident",
        columns,
        unique=name.startswith("one_"),
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _convert(incident: sa.Table, event: sa.Table) -> None:
    connection = op.get_bind()
    still_open: dict[tuple[str, str], dict[str, Any]] = {}
    newest = 0
    while rows := connection.execute(
        sa.select(_ALERT).where(_ALERT.c.id > newest).order_by(_ALERT.c.id).limit(_ROWS_MAX)
    ).all():
        newest = rows[-1].id
        over = [_incident(row, [row]) for row in rows if row.resolved_at is not None]
        _keep(over, incident, event)
        for row in rows:
            if row.resolved_at is None:
                both = still_open.setdefault((row.kind, row.place), {"rows": []})
                both["rows"].append(row)
    _keep([_incident(one["rows"][0], one["rows"]) for one in still_open.values()], incident, event)
    if newest and connection.dialect.name == "postgresql":
        number = "pg_get_serial_sequence('incident', 'id')"
        op.execute(f"SELECT setval({number}, (SELECT max(id) FROM incident))")


def _incident(first: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    """Return the incident that some alerts of one kind and place are together."""
    opened_at = min(row.opened_at for row in rows)
    return {
        "id": first.id,
        "kind": first.kind,
        "place": first.place,
        "severity": first.severity,
        "severity_at": opened_at,
        "opened_at": opened_at,
        "numbers": _numbers(first, rows),
        "resolved_at": first.resolved_at,
    }


def _numbers(first: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    if first.kind not in _OF_ITEMS:
        return dict(first.numbers)
    items = [{"item": row.item, **row.numbers} for row in rows if row.item is not None]
    whole = dict(first.numbers) if first.kind == "circle_gap" else {}
    return {**whole, "items": sorted(items, key=lambda one: str(one["item"]))}


def _keep(incidents: Iterable[dict[str, Any]], incident: sa.Table, event: sa.Table) -> None:
    rows = list(incidents)
    if not rows:
        return
    connection = op.get_bind()
    connection.execute(incident.insert(), rows)
    connection.execute(
        event.insert(),
        [
            {
                "incident_id": row["id"],
                "at": at,
                "what": what,
                "severity": row["severity"],
                "numbers": row["numbers"],
            }
            for row in rows
            for what, at in (("opened", row["opened_at"]), ("resolved", row["resolved_at"]))
            if at is not None
        ],
    )


def _views() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    say = _FIRST_VIEWS._SQLITE if is_sqlite else _FIRST_VIEWS._POSTGRESQL  # noqa: SLF001 - released, so fixed
    kiosks = _FIRST_VIEWS._kiosks_now(say)  # noqa: SLF001 - as above
    was, now = (
        f"FROM {table} WHERE {table}.place = kiosk.id AND {table}.resolved_at IS NULL"
        for table in ("alert", "incident")
    )
    assert was in kiosks
    op.execute(f"CREATE VIEW v_kiosk_now AS {kiosks.replace(was, now)}")
    op.execute(f"CREATE VIEW v_incident_open AS {_open_incidents(say, is_sqlite=is_sqlite)}")
    op.execute(f"CREATE VIEW v_alert_open AS {_OPEN_ALERTS}")


def _open_incidents(say: dict[str, str], *, is_sqlite: bool) -> str:
    """Return what is wrong now; its item is named where there is but one."""
    count = "json_array_length(incident.numbers->'items')"
    item = "(incident.numbers->'items'->0->>'item')"
    if is_sqlite:
        count = "json_array_length(incident.numbers, '$.items')"
        item = "json_extract(incident.numbers, '$.items[0].item')"
    moments = ", ".join(
        f"{say['instant'].format(f'one.{name}')} AS {name}"
        for name in ("opened_at", "acknowledged_at", "snoozed_until")
    )
    return f"""
SELECT one.id, one.kind, one.severity, {moments},
    one.acknowledged_by, one.assigned_to, one.place,
    coalesce(site.name_zh, community.name_zh, one.place) AS place_name_zh,
    coalesce(site.name_en, community.name_en, one.place) AS place_name_en,
    kiosk.id AS kiosk_id, one.item,
    item.name_zh AS item_name_zh, item.name_en AS item_name_en
FROM (
    SELECT incident.*, CASE WHEN {count} = 1 THEN {item} END AS item
    FROM incident WHERE incident.resolved_at IS NULL
) AS one
LEFT JOIN kiosk ON kiosk.id = one.place
LEFT JOIN site ON site.id = kiosk.site_id
LEFT JOIN community ON community.id = one.place
LEFT JOIN item ON item.code = one.item"""


_OPEN_ALERTS = """
SELECT id, kind, severity, opened_at, place, place_name_zh, place_name_en, kiosk_id,
    CAST(NULL AS integer) AS slot, item, item_name_zh, item_name_en
FROM v_incident_open"""
