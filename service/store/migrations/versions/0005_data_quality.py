"""Who reported each day, how late facts came, and what became of a quarantined message.

What was set aside before this revision is taken for held where it has a key, as it was until now.
Reporting and lateness are counted from this revision on.
"""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "reporting_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kiosks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "lateness_tally",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("upto_s", sa.Integer(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "upto_s"),
    )
    op.add_column(
        "quarantine", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("quarantine", sa.Column("settled_at", Instant(), nullable=True))
    op.add_column("quarantine", sa.Column("fate", sa.String(length=8), nullable=True))
    op.create_index("ix_quarantine_settled_at", "quarantine", ["settled_at"])
    op.execute("UPDATE quarantine SET held = (epoch IS NOT NULL)")
