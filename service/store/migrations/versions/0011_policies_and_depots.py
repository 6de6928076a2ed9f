"""What is ordered when, and what the depot holds."""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "policy",
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("min_months", sa.Float(), nullable=False),
        sa.Column("max_months", sa.Float(), nullable=False),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "kind", "item"),
    )
    _depots()


def _depots() -> None:
    op.create_table(
        "depot",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "depot_entry",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("depot_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("round_id", sa.String(length=32), nullable=True),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("depot_entry_by_lot", "depot_entry", ["depot_id", "item", "lot"])
    op.create_index("depot_entry_once_reversed", "depot_entry", ["reverses"], unique=True)
    op.create_index("ix_depot_entry_at", "depot_entry", ["at"])
    op.create_index("ix_depot_entry_round_id", "depot_entry", ["round_id"])
    op.create_table(
        "item_code",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gtin"),
    )
