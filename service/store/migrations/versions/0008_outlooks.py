"""What each place is expected to ask for."""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FIGURES = ("rate_cv2", "spread_factor", "spread_power", "spread_scale")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "outlook",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("packs_per_day", sa.Float(), nullable=False),
        sa.Column("mean_by_day", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in _FIGURES),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("seen_days", sa.Float(), nullable=False),
        sa.Column("seen_packs", sa.Float(), nullable=False),
        sa.Column("pool", sa.String(length=80), nullable=False),
        sa.Column("formula", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id", "item"),
    )
    op.create_index("ix_outlook_made_at", "outlook", ["made_at"])
