"""Facts by month in PostgreSQL, and what is on record of months that went to the archive.

In SQLite facts stay in one table. In PostgreSQL ``fact`` becomes a table of partitions, one for each
month of the district's own time. The key of such a table must hold the column that it is cut by:
``happened_at`` joins it. Facts that are there already are copied, month by month, in the one
transaction of this revision.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from service.store.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "archived_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("archived_at", Instant(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("month", "part"),
    )
    op.create_table(
        "archived_stretch",
        sa.Column("kiosk_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk_id", "epoch", "first"),
    )
    op.create_index("archived_stretch_by_month", "archived_stretch", ["month", "part"])
    if op.get_bind().dialect.name == "postgresql":
        # Digests do not compress: spare the attempt.
        op.execute("ALTER TABLE archived_stretch ALTER COLUMN digests SET STORAGE EXTERNAL")
        _cut_facts_by_month()


def _cut_facts_by_month() -> None:
    op.execute("ALTER TABLE fact RENAME TO fact_uncut")
    op.execute("ALTER TABLE fact_uncut RENAME CONSTRAINT fact_pkey TO fact_uncut_pkey")
    op.execute("ALTER INDEX fact_by_site RENAME TO fact_uncut_by_site")
    op.execute("CREATE TABLE fact (LIKE fact_uncut) PARTITION BY RANGE (happened_at)")
    for begin, end, name in _months():
        bounds = f"FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
        op.execute(f"CREATE TABLE {name} PARTITION OF fact FOR VALUES {bounds}")
    op.execute("INSERT INTO fact SELECT * FROM fact_uncut")
    op.execute("DROP TABLE fact_uncut")
    # After the copy: an index is built faster at once than row by row.
    op.create_primary_key("fact_pkey", "fact", ["kiosk_id", "epoch", "sequence", "happened_at"])
    op.create_index("fact_by_site", "fact", ["site_id", "happened_at"])


def _months() -> list[tuple[datetime, datetime, str]]:
    """Return beginning, end and partition of each local month in which a fact happened."""
    bind = op.get_bind()
    timezone = bind.scalar(sa.text("SELECT timezone FROM district"))
    if timezone is None:
        return []  # No district, no kiosk: no fact was ever let in.
    zone = ZoneInfo(timezone)
    local_months = bind.scalars(
        sa.text("SELECT DISTINCT date_trunc('month', happened_at AT TIME ZONE :zone) FROM fact_uncut"),
        {"zone": timezone},
    )
    months = []
    for first in sorted(month.date() for month in local_months):
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, following))
        months.append((begin, end, f"fact_{first:%Y_%m}"))
    return months
