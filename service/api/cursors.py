"""Where a page of a list ended, as a text for an address; garbage is refused in words."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from service.api.errors import RefusalError
from service.flows.reads.quality import DiscrepancyPlace, GapPlace
from service.flows.reads.totals import FactPlace

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_YEAR_3000: Final = 32_503_680_000_000_000

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Micros = Annotated[int, Field(ge=0, le=_YEAR_3000)]
Small = Annotated[int, Field(ge=0, le=2**31 - 1)]
Large = Annotated[int, Field(ge=0, le=2**63 - 1)]
_FACT: Final[TypeAdapter[tuple[str, int, str, int, int]]] = TypeAdapter(
    tuple[Code, Micros, Code, Small, Large]
)
_GAP: Final[TypeAdapter[tuple[str, int, int]]] = TypeAdapter(tuple[Code, Small, Large])
_DISCREPANCY: Final[TypeAdapter[tuple[int, str, int, int, int, str]]] = TypeAdapter(
    tuple[Micros, Code, Small, Large, Small, Code]
)
T = TypeVar("T")


def write_cursor(place: FactPlace) -> str:
    """Return the text for a place among facts."""
    micros = _micros(place.happened_at)
    parts = (place.site_id, micros, place.kiosk_id, place.epoch, place.sequence)
    return _write(_FACT, parts)


def read_cursor(text: str) -> FactPlace:
    """Return the place among facts that a text means."""
    site_id, micros, kiosk_id, epoch, sequence = _read(_FACT, text)
    return FactPlace(site_id, _instant(micros), kiosk_id, epoch, sequence)


def write_gap_cursor(place: GapPlace) -> str:
    """Return the text for a place among gaps."""
    return _write(_GAP, (place.kiosk_id, place.epoch, place.first))


def read_gap_cursor(text: str) -> GapPlace:
    """Return the place among gaps that a text means."""
    return GapPlace(*_read(_GAP, text))


def write_discrepancy_cursor(place: DiscrepancyPlace) -> str:
    """Return the text for a place among discrepancies."""
    fact = (place.kiosk_id, place.epoch, place.sequence)
    return _write(_DISCREPANCY, (_micros(place.happened_at), *fact, place.slot, place.item))


def read_discrepancy_cursor(text: str) -> DiscrepancyPlace:
    """Return the place among discrepancies that a text means."""
    micros, kiosk_id, epoch, sequence, slot, item = _read(_DISCREPANCY, text)
    return DiscrepancyPlace(_instant(micros), kiosk_id, epoch, sequence, slot, item)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _write(adapter: TypeAdapter[T], parts: T) -> str:
    return base64.urlsafe_b64encode(adapter.dump_json(parts)).decode().rstrip("=")


def _read(adapter: TypeAdapter[T], text: str) -> T:
    try:
        padded = text + "=" * (-len(text) % 4)
        return adapter.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, ValidationError) as error:
        raise RefusalError(
            422,
            "cursor_wrong",
            "This cursor is not one of ours. Begin again without it, and take `next` as it comes.",
            "游标无效。请去掉 cursor 从头开始，并原样使用返回的 next。",
        ) from error
