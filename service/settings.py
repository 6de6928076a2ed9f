"""Every setting: its type, default, bounds and one sentence; read from CIRCLE15_… variables."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.domain.archive import KEEP_MONTHS_MIN
from service.domain.circle_gaps import GapRule
from service.domain.outlets import CIRCLE_KINDS, OUTLET_KINDS

PREFIX = "CIRCLE15_"
PORT_MAX: Final = 65_535
_BREAK: Final = r"(\d{4}-)?\d{2}-\d{2}\.\.(\d{4}-)?\d{2}-\d{2}"
_OUTLET_KIND: Final = "|".join(OUTLET_KINDS)
_GAP_RULE: Final = "[a-z0-9-]+:[1-9][0-9]{0,6}:[0-9]{1,4}"


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
    database_shared: bool = Field(
        default=False,
        description="Whether other regions are in this PostgreSQL database too: ours then keeps to "
        "a schema of its own, r<region>.",
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
    broker_others: str = Field(
        default="",
        max_length=1_000,
        pattern=r"^$|^[^\s:,]+:[1-9][0-9]{0,4}(,[^\s:,]+:[1-9][0-9]{0,4})*$",
        description="Other nodes of the broker's cluster: host:port, separated by commas.",
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
    worker_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=0,
        description="Port on CIRCLE15_API_HOST where `service worker` says how it stands: "
        "/metrics, /api/v1/health and /api/v1/ready. 0: nowhere.",
    )
    batch_max: Annotated[int, Field(ge=1, le=20_000)] = Field(
        default=4_000, description="Messages that are booked at most in one transaction."
    )
    facts_for_months: Annotated[int, Field(ge=0, le=1_200)] = Field(
        default=0,
        description="Whole months before this one whose facts stay in the database; "
        "`service archive` takes older ones out, once they are closed. 0: for ever.",
    )

    public_url: str = Field(
        default="",
        max_length=200,
        pattern=r"^$|^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Where people open the page, as https://circle15.example.org: notices link "
        "there; empty: no links.",
    )

    walk_limit_m: Annotated[int, Field(ge=100, le=5_000)] = Field(
        default=1_000, description="How far residents walk at most: the fifteen-minute circle."
    )
    walk_near_m: Annotated[int, Field(ge=50, le=5_000)] = Field(
        default=800, description="A second, shorter walk whose coverage is shown beside the first."
    )
    walk_kmh: Annotated[float, Field(ge=1, le=10)] = Field(
        default=4.0, description="How fast residents walk: turns metres into minutes."
    )
    circle_outlets: str = Field(
        default=",".join(CIRCLE_KINDS),
        max_length=100,
        pattern=rf"^({_OUTLET_KIND})(,({_OUTLET_KIND}))*$",
        description="Which outlets count in the circle: kiosk, staffed, paid, delivery, by commas.",
    )
    gap_people_min: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        default=1, description="A gap in the circle of fewer people than this opens no incident."
    )
    gap_grace_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        default=15, description="A gap in the circle that is younger than this opens no incident."
    )
    gap_rules: str = Field(
        default="",
        max_length=2_000,
        pattern=rf"^$|^{_GAP_RULE}(,{_GAP_RULE})*$",
        description="Other least people and minutes for an item: item:people:minutes, by commas.",
    )

    holidays: str = Field(
        default="CN",
        pattern=r"^$|^[A-Z]{2}$",
        description="Whose public holidays forecasts know of, by country code; empty: none.",
    )
    campus_breaks: str = Field(
        default="01-15..02-20,07-10..08-31",
        max_length=1_000,
        pattern=rf"^$|^{_BREAK}(,{_BREAK})*$",
        description="When campuses are empty: MM-DD..MM-DD each year, or YYYY-MM-DD..YYYY-MM-DD "
        "once, separated by commas.",
    )

    @field_validator("walk_near_m")
    @classmethod
    def _no_farther_than_far(cls, near_m: int, info: ValidationInfo) -> int:
        if near_m > info.data.get("walk_limit_m", near_m):
            message = "the shorter walk cannot be longer than CIRCLE15_WALK_LIMIT_M"
            raise ValueError(message)
        return near_m

    @field_validator("broker_others")
    @classmethod
    def _no_port_beyond(cls, text: str) -> str:
        if any(port > PORT_MAX for _, port in read_places(text)):
            message = f"a port is at most {PORT_MAX}"
            raise ValueError(message)
        return text

    @field_validator("facts_for_months")
    @classmethod
    def _no_month_that_pages_show(cls, months: int) -> int:
        if 0 < months < KEEP_MONTHS_MIN:
            message = f"0, or at least {KEEP_MONTHS_MIN}: pages show the last thirty days"
            raise ValueError(message)
        return months

    @property
    def circle_kinds(self) -> tuple[str, ...]:
        """Return the kinds of outlets that count in the circle, each once."""
        return tuple(kind for kind in OUTLET_KINDS if kind in self.circle_outlets.split(","))

    @property
    def gap_rule(self) -> GapRule:
        """Return which gaps of the circle open an incident, where an item has no own rule."""
        grace = timedelta(minutes=self.gap_grace_minutes)
        return GapRule(people_min=self.gap_people_min, grace=grace)

    @property
    def gap_rule_by_item(self) -> dict[str, GapRule]:
        """Return the rules that items have of their own."""
        rules = (rule.split(":") for rule in self.gap_rules.split(",") if rule)
        return {
            item: GapRule(people_min=int(people), grace=timedelta(minutes=int(minutes)))
            for item, people, minutes in rules
        }

    @property
    def walks_folder(self) -> Path:
        """Return the folder of the walks that are kept between two starts."""
        return self.data_folder / "walks" / self.region

    @property
    def archive_folder(self) -> Path:
        """Return the folder of the months that were taken out of the database."""
        archive = self.data_folder / "archive"
        return archive / self.region if self.database_shared else archive

    @property
    def database(self) -> str:
        """Return the address of the database, the default one spelled out."""
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'circle15.db'}"

    @property
    def other_brokers(self) -> tuple[tuple[str, int], ...]:
        """Return host and port of the other nodes of the broker's cluster."""
        return read_places(self.broker_others)

    @property
    def database_schema(self) -> str:
        """Return PostgreSQL's schema with our tables; empty where the server chooses it."""
        return f"r{self.region}" if self.database_shared else ""

    @property
    def user(self) -> str:
        """Return the user at the broker, the default one spelled out."""
        return self.broker_user or f"circle15-service-{self.region}"


def read_places(text: str) -> tuple[tuple[str, int], ...]:
    """Return the hosts and ports of a text of the form ``host:port,host:port``."""
    places = (place.rpartition(":") for place in text.split(",") if place)
    return tuple((host, int(port)) for host, _, port in places)


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
