"""Bring a database up to the newest revision; forward only."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.schema import CreateSchema

_FOLDER = Path(__file__).parent / "migrations"
_SCHEMAS: Final = 15_000_017
"""Which of PostgreSQL's advisory locks is held by whoever makes a schema."""


def alembic_config(engine: Engine) -> Config:
    """Return Alembic's settings for an open engine; no ini file, no address written anywhere."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["engine"] = engine
    return config


def make_schema(engine: Engine, schema: str) -> None:
    """Make a schema of PostgreSQL where it is not there yet; it may be the operator's doing."""
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMAS})"))
        if connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": schema}) is None:
            connection.execute(CreateSchema(schema))


def migrate(engine: Engine) -> None:
    """Apply every revision that the database does not have yet."""
    command.upgrade(alembic_config(engine), "head")
