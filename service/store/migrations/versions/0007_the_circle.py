"""Streets, how outlets stand and stood, gaps in the circle, and person-hours.

Until this revision coverage was computed from time to time; what it was stays in its table.
"""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SUMS = ("promised_s", "kept_s", "unknown_s", "never_s", "machine_s", "stock_s", "closed_s")


def upgrade() -> None:
    """Apply the change."""
    _imports()
    _standings()
    _gaps()
    _promises()


def _imports() -> None:
    op.create_table(
        "street_network",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("edges", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "import_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("crs", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _standings() -> None:
    op.create_table(
        "outlet_standing",
        sa.Column("outlet_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.SmallInteger(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "item"),
    )
    op.create_table(
        "outlet_change",
        sa.Column("outlet_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("standing", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "item", "at"),
    )
    op.create_index("outlet_change_by_time", "outlet_change", ["item", "at"])
    op.create_index(
        "outlet_change_to_unknown",
        "outlet_change",
        ["outlet_id"],
        sqlite_where=sa.text("standing = 4"),
        postgresql_where=sa.text("standing = 4"),
    )


def _gaps() -> None:
    op.create_table(
        "circle_gap",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("community_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.SmallInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_gap_per_community_and_item",
        "circle_gap",
        ["community_id", "item"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_circle_gap_opened_at", "circle_gap", ["opened_at"])
    op.create_index("ix_circle_gap_closed_at", "circle_gap", ["closed_at"])


def _promises() -> None:
    op.create_table(
        "promise_day",
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint("item", "day", "town_code"),
    )
    op.create_table(
        "promise_due",
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_table(
        "timeline_due",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id"),
    )
    op.create_table(
        "timeline_point",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id", "epoch", "sequence"),
    )
