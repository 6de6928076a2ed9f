"""Every setting: its type, default, bounds and one sentence; read from CIRCLE15_… variables."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CIRCLE15_"


class SettingsError(ValueError):
    """A setting is missing or wrong; the text names it in one sentence."""


class Settings(BaseSettings):
    """What an installation chooses."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_folder: Path = Field(
        default=Path("data"), description="Folder for everything that is kept on disk."
    )
    database_url: str = Field(
        default="",
        max_length=500,
        description="SQLAlchemy address of the database; empty means SQLite in the data folder.",
        pattern=r"^$|^sqlite:///.+|^postgresql\+psycopg://.+",
    )
    region: str = Field(
        default="999901",
        pattern=r"^[0-9]{6}$",
        description="Six-digit division code (GB/T 2260) of the district that is served.",
    )
    broker_host: str = Field(
        default="127.0.0.1", min_length=1, max_length=253, description="Host of the MQTT broker."
    )
    broker_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=1883, description="Port of the MQTT broker."
    )
    broker_user: str = Field(
        default="",
        max_length=64,
        description="User and client id at the broker; empty means circle15-service-<region>.",
    )
    broker_password: str = Field(
        min_length=1,
        max_length=200,
        description="Password of the service at the broker; there is no default.",
    )
    api_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=253,
        description="Address that the web page and the API listen on.",
    )
    api_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8015, description="Port that the web page and the API listen on."
    )
    batch_max: Annotated[int, Field(ge=1, le=20_000)] = Field(
        default=2_000, description="Messages that are booked at most in one transaction."
    )

    @property
    def database(self) -> str:
        """Return the address of the database, the default one spelled out."""
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'circle15.db'}"

    @property
    def user(self) -> str:
        """Return the user at the broker, the default one spelled out."""
        return self.broker_user or f"circle15-service-{self.region}"


def read_settings() -> Settings:
    """Return the settings from the environment; SettingsError names the first that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        field = Settings.model_fields[str(first["loc"][0])]
        if first["type"] == "missing":
            message = f"Setting {name} is missing: {field.description}"
        else:
            message = f"Setting {name} is wrong ({first['msg']}): {field.description}"
        raise SettingsError(message) from error
