"""The circle: streets, how each outlet stands and stood, gaps, and what was promised and kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, SmallInteger, text
from sqlmodel import Field, SQLModel

from service.store.types import Instant

# SQLite counts rows up by itself only for an INTEGER key.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class StreetNetwork(SQLModel, table=True):
    """The walkable streets, cut and packed; there is one row at most."""

    __tablename__ = "street_network"

    id: int = Field(default=1, primary_key=True)
    digest: str = Field(max_length=64)
    file_name: str = Field(max_length=255)
    imported_at: datetime = Field(sa_type=Instant)
    nodes: int
    edges: int
    body: bytes = Field(sa_type=LargeBinary)


class ImportLog(SQLModel, table=True):
    """A file that was taken in, with the report that was given."""

    __tablename__ = "import_log"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    digest: str = Field(max_length=64)
    file_name: str = Field(max_length=255)
    crs: str = Field(max_length=16)
    at: datetime = Field(sa_type=Instant)
    report: dict[str, Any] = Field(sa_type=JSON)


class OutletStanding(SQLModel, table=True):
    """How an outlet stands for an item now, whatever the hour (``domain.circle.Standing``).

    ``change`` is the number of the change by which it came to: who has read up to a number asks for
    what came after. Outlets of which nobody reports the stock have no row.
    """

    __tablename__ = "outlet_standing"
    __table_args__ = (Index("outlet_standing_by_change", "change"),)

    outlet_id: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    standing: int = Field(sa_type=SmallInteger)
    since: datetime = Field(sa_type=Instant)
    change: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )


class OutletChange(SQLModel, table=True):
    """From this moment on an outlet stood so; before its first row nothing is known of it."""

    __tablename__ = "outlet_change"
    __table_args__ = (
        Index("outlet_change_by_time", "item", "at"),
        Index(
            "outlet_change_to_unknown",
            "outlet_id",
            sqlite_where=text("standing = 4"),
            postgresql_where=text("standing = 4"),
        ),
    )

    outlet_id: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    at: datetime = Field(primary_key=True, sa_type=Instant)
    standing: int = Field(sa_type=SmallInteger)


class CircleGap(SQLModel, table=True):
    """A community that cannot have an item, for one cause; ``since`` says since when at all."""

    __tablename__ = "circle_gap"
    __table_args__ = (
        Index(
            "one_open_gap_per_community_and_item",
            "community_id",
            "item",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=_ROW_NUMBER)
    community_id: str = Field(max_length=32)
    item: str = Field(max_length=32)
    cause: int = Field(sa_type=SmallInteger)
    people: int
    since: datetime = Field(sa_type=Instant)
    opened_at: datetime = Field(sa_type=Instant, index=True)
    opened_by: str | None = Field(default=None, max_length=32)
    closed_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    closed_by: str | None = Field(default=None, max_length=32)


class PromiseColumns(SQLModel):
    """People × seconds, in the order of ``domain.promise``: what was promised, and its parts."""

    promised_s: int = Field(default=0, sa_type=BigInteger)
    kept_s: int = Field(default=0, sa_type=BigInteger)
    unknown_s: int = Field(default=0, sa_type=BigInteger)
    never_s: int = Field(default=0, sa_type=BigInteger)
    machine_s: int = Field(default=0, sa_type=BigInteger)
    stock_s: int = Field(default=0, sa_type=BigInteger)
    closed_s: int = Field(default=0, sa_type=BigInteger)


class PromiseDay(PromiseColumns, table=True):
    """What one local day promised the people of a town of an item, and what was kept."""

    __tablename__ = "promise_day"

    item: str = Field(primary_key=True, max_length=32)
    day: date = Field(primary_key=True)
    town_code: str = Field(primary_key=True, max_length=9)


class PromiseBasis(SQLModel, table=True):
    """What the sums of all days stand on, beside facts and registry; there is one row at most."""

    __tablename__ = "promise_basis"

    id: int = Field(default=1, primary_key=True)
    basis: str = Field(max_length=200)


class PromiseDue(SQLModel, table=True):
    """From this moment on an item's sums do not agree with the timeline: they are made anew."""

    __tablename__ = "promise_due"

    item: str = Field(primary_key=True, max_length=32)
    from_at: datetime = Field(sa_type=Instant)


class TimelineDue(SQLModel, table=True):
    """From this fact on a kiosk's timeline does not agree with its facts: it is derived anew."""

    __tablename__ = "timeline_due"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int
    sequence: int = Field(sa_type=BigInteger)


class TimelinePoint(SQLModel, table=True):
    """Where a kiosk's timeline can be taken up again: everything that counts after a fact."""

    __tablename__ = "timeline_point"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    facts: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)
    state: dict[str, Any] = Field(sa_type=JSON)
