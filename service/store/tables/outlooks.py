"""Outlooks: what each place is expected to be asked for, made anew from time to time."""

from datetime import date, datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class OutlookRow(SQLModel, table=True):
    """What a kiosk is expected to be asked for of an item (``domain.demand.Outlook``).

    ``mean_by_day`` holds the packs expected on each day from ``from_day`` on, weekdays, months and
    holidays included, as 32-bit floats, the lowest byte first; ``packs_per_day`` is the mean of
    the first four weeks of them.
    """

    __tablename__ = "outlook"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    made_at: datetime = Field(sa_type=Instant, index=True)
    from_day: date
    packs_per_day: float
    mean_by_day: bytes = Field(sa_type=LargeBinary)
    rate_cv2: float
    spread_factor: float
    spread_power: float
    spread_scale: float
    window_days: int
    seen_days: float
    seen_packs: float
    pool: str = Field(max_length=80)
    formula: str = Field(max_length=32)
