"""How well the network tells us of itself: who reported each day, and how late facts came."""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ReportingDay(SQLModel, table=True):
    """How many kiosks gave any sign or fact on a local day, each counted once."""

    __tablename__ = "reporting_day"

    day: date = Field(primary_key=True)
    kiosks: int = 0


class LatenessTally(SQLModel, table=True):
    """How many facts we heard on a local day came so late; ``upto_s`` is the class's upper edge."""

    __tablename__ = "lateness_tally"

    day: date = Field(primary_key=True)
    upto_s: int = Field(primary_key=True)
    facts: int = Field(default=0, sa_type=BigInteger)
