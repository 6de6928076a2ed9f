"""Where a page of facts ended, as a text for an address; garbage is refused in words."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from service.api.errors import RefusalError
from service.flows.reads.totals import FactPlace

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_YEAR_3000: Final = 32_503_680_000_000_000

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Parts = tuple[
    Code,
    Annotated[int, Field(ge=0, le=_YEAR_3000)],
    Code,
    Annotated[int, Field(ge=0, le=2**31 - 1)],
    Annotated[int, Field(ge=0, le=2**63 - 1)],
]
_PARTS: Final[TypeAdapter[Parts]] = TypeAdapter(Parts)


def write_cursor(place: FactPlace) -> str:
    """Return the text for a place."""
    micros = (place.happened_at - _EPOCH) // _MICROSECOND
    parts = (place.site_id, micros, place.kiosk_id, place.epoch, place.sequence)
    return base64.urlsafe_b64encode(_PARTS.dump_json(parts)).decode().rstrip("=")


def read_cursor(text: str) -> FactPlace:
    """Return the place that a text means."""
    try:
        padded = text + "=" * (-len(text) % 4)
        parts = _PARTS.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, ValidationError) as error:
        raise RefusalError(
            422,
            "cursor_wrong",
            "This cursor is not one of ours. Begin again without it, and take `next` as it comes.",
            "游标无效。请去掉 cursor 从头开始，并原样使用返回的 next。",
        ) from error
    site_id, micros, kiosk_id, epoch, sequence = parts
    return FactPlace(site_id, _EPOCH + micros * _MICROSECOND, kiosk_id, epoch, sequence)
