"""In SQLite facts lie in the order in which they came, found by an index on their key.

Until now the table was its own index (``WITHOUT ROWID``): a row of half a kilobyte among eight
others on a page, and each batch of a large network touched a page for nearly every fact. Now rows
are appended and only the slim index is touched: less than half the work for 2,000 kiosks. Facts
that are there already are copied.
"""

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.create_table(
        "fact_in_order",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(length=32), nullable=True),
        sa.Column("packs", sa.Integer(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("removed_packs", sa.Integer(), nullable=True),
        sa.Column("on_hand_after_packs", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id", "epoch", "sequence"),
    )
    op.execute("INSERT INTO fact_in_order SELECT * FROM fact ORDER BY heard_at, kiosk_id, sequence")
    op.drop_index("fact_by_site", table_name="fact")
    op.drop_table("fact")
    op.rename_table("fact_in_order", "fact")
    op.create_index("fact_by_site", "fact", ["site_id", "happened_at"])
