"""What is on record of facts that went to the archive: their files, and a digest of each."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class ArchivedMonth(SQLModel, table=True):
    """A file with facts of a local month; facts that come later make another part of it.

    Until it is ``whole`` its facts are still in ``fact``, and it is nothing but a beginning. While
    it is brought back, ``facts`` are those still in the archive: the last of the file.
    """

    __tablename__ = "archived_month"

    month: date = Field(primary_key=True)
    part: int = Field(primary_key=True)
    facts: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    file: str = Field(max_length=64)
    archived_at: datetime = Field(sa_type=Instant)
    whole: bool = False


class ArchivedStretch(SQLModel, table=True):
    """A stretch of a journal in the archive, with the 32-byte digests of its facts in a row."""

    __tablename__ = "archived_stretch"
    __table_args__ = (Index("archived_stretch_by_month", "month", "part"),)

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    first: int = Field(primary_key=True, sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    month: date
    part: int
    digests: bytes = Field(sa_type=LargeBinary)
