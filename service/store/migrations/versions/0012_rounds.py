"""Rounds, their stops and what was picked."""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "round",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("depot_id", sa.String(length=32), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("picked_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("solver", sa.String(length=16), nullable=False),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["depot_id"], ["depot.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("round_by_state", "round", ["state", "for_day"])
    op.create_index("ix_round_made_at", "round", ["made_at"])
    _stops()
    _packs()


def _stops() -> None:
    op.create_table(
        "round_stop",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("tour", sa.Integer(), nullable=False),
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("arrive_minutes", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("pickups", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=8), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"]),
        sa.PrimaryKeyConstraint("round_id", "stop"),
    )
    op.create_index("ix_round_stop_kiosk_id", "round_stop", ["kiosk_id"])


def _packs() -> None:
    op.create_table(
        "pick_line",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.PrimaryKeyConstraint("round_id", "line"),
    )
    op.create_table(
        "round_receipt",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("heard_packs", sa.Integer(), nullable=True),
        sa.Column("said_packs", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.PrimaryKeyConstraint("round_id", "stop", "slot", "item"),
    )
    op.create_table(
        "round_difference",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("picked_packs", sa.Integer(), nullable=False),
        sa.Column("received_packs", sa.Integer(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.PrimaryKeyConstraint("round_id", "stop", "slot", "item"),
    )
    op.create_index("ix_round_difference_kiosk_id", "round_difference", ["kiosk_id"])
    op.create_index("ix_round_difference_noticed_at", "round_difference", ["noticed_at"])
