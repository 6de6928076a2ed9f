"""What a page sees of demand to come: one kiosk's items, and the whole district's."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFigures:
    """The field's own figures by one convention; ``amc_packs`` is null without a whole month.

    ``months_of_stock`` is null where nothing was consumed: no data, not "low".
    """

    convention: str
    amc_packs: int | None
    months_of_stock: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsedView:
    """A whole local month: packs given out, and days on which the item was out of stock."""

    month: str
    packs: int
    stock_out_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileView:
    """So many packs suffice with this chance."""

    p: float
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemForecast:
    """What a kiosk will be asked for of an item.

    Figures are for the coming ``days``, until what the next look orders has come;
    ``packs_per_day_low`` and ``…_high`` are the 5 % and 95 % quantiles of their sum, a day.
    ``days_of_cover``: null where the stock lasts two years or is not known. ``runs_out_on`` is the
    first day on which the chance of an empty shelf reaches ``risk``.
    """

    item: str
    from_day: date
    days: int
    packs_per_day: float
    packs_per_day_low: float
    packs_per_day_high: float
    wanted_packs: float
    quantiles: tuple[QuantileView, ...]
    by_day: tuple[float, ...]
    on_hand_packs: int | None
    days_of_cover: float | None
    p_stock_out: float | None
    expected_lost_packs: float | None
    risk: float
    runs_out_on: date | None
    window_days: int
    seen_days: float
    seen_packs: float
    pool: str
    formula: str
    months: tuple[MonthUsedView, ...]
    field: tuple[FieldFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskForecast:
    """A kiosk's outlooks by item; ``made_at`` is null where there are none yet."""

    kiosk_id: str
    made_at: datetime | None
    formula_zh: str
    formula_en: str
    items: tuple[ItemForecast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictItemForecast:
    """What the whole district will be asked for of an item in the coming ``days``.

    ``kiosks_expected_out`` is the sum over kiosks of the chance to have nothing left then, of those
    whose stock is known.
    """

    item: str
    kiosks: int
    packs_per_day: float
    wanted_packs: float
    quantiles: tuple[QuantileView, ...]
    on_hand_packs: int
    kiosks_counted: int
    kiosks_expected_out: float
    expected_lost_packs: float
    days_of_cover: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictForecast:
    """The district's outlook by item."""

    made_at: datetime | None
    from_day: date | None
    days: int
    formula_zh: str
    formula_en: str
    items: tuple[DistrictItemForecast, ...]
