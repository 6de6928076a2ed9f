"""The circle counts staffed points too; changes of standings are numbered."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "outlet_standing",
        sa.Column("change", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_index("outlet_standing_by_change", "outlet_standing", ["change"])
    op.create_table(
        "promise_basis",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("basis", sa.String(200), nullable=False),
    )
