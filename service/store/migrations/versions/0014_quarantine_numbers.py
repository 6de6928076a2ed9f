"""What is set aside has numbers enough, and is found by the fact that it claims to be.

In PostgreSQL a row's number was of 32 bits, and each message took one, those too that only count
up: a kiosk that says nonsense for long could have used them up, and nothing more could be booked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    if op.get_bind().dialect.name == "postgresql":
        for name in ("id", "count"):
            op.alter_column("quarantine", name, type_=sa.BigInteger(), existing_nullable=False)
        sequence = sa.text("SELECT pg_get_serial_sequence('quarantine', 'id')")
        op.execute(f"ALTER SEQUENCE {op.get_bind().scalar(sequence)} AS bigint")
    op.create_index("quarantine_by_fact", "quarantine", ["kiosk_id", "epoch", "sequence"])
    op.drop_index("ix_quarantine_kiosk_id", table_name="quarantine")
