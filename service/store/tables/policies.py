"""When to order and how much, by site, kind of site and item."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from service.store.types import Instant


class PolicyRow(SQLModel, table=True):
    """A policy (``domain.policy``); what is empty in its key stands for all."""

    __tablename__ = "policy"

    site_id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    method: str = Field(max_length=8)
    min_months: float
    max_months: float
    risk: float
    lead_days: int
    review_days: int
    changed_at: datetime = Field(sa_type=Instant)
    changed_by: str = Field(default="", max_length=64)
