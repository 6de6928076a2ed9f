"""Alembic's entry: runs revisions on the engine that it is given."""

from alembic import context
from sqlmodel import SQLModel

from service.store.engine import writing
from service.store.tables import (
    archive,
    books,
    circle,
    discrepancies,
    incidents,
    ledger,
    quality,
    registry,
    watch,
)

# Importing the tables registers them; naming them keeps the import.
TABLES = (archive, books, circle, discrepancies, incidents, ledger, quality, registry, watch)

engine = context.config.attributes["engine"]
with writing(engine).begin() as connection:
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True
    )
    context.run_migrations()
