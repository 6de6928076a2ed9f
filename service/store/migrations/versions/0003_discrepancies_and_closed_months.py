"""Discrepancies, closed months, and the place where an interrupted rebuild goes on.

A database from before this revision has discrepancies only from its next fact on:
``python -m service rebuild`` derives those of its past too.
"""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "discrepancy",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("expected_packs", sa.Integer(), nullable=False),
        sa.Column("found_packs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id", "epoch", "sequence", "slot", "item"),
    )
    op.create_index("ix_discrepancy_happened_at", "discrepancy", ["happened_at"])
    op.create_table(
        "month_close",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("month"),
    )
    op.create_table(
        "rebuild_step",
        sa.Column("book", sa.String(length=8), nullable=False),
        sa.Column("upto", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("book"),
    )
