"""Bring a database up to the newest revision; forward only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_FOLDER = Path(__file__).parent / "migrations"


def alembic_config(engine: Engine) -> Config:
    """Return Alembic's settings for an open engine; no ini file, no address written anywhere."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine) -> None:
    """Apply every revision that the database does not have yet."""
    command.upgrade(alembic_config(engine), "head")
