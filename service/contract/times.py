"""Days and instants on the wire: RFC 3339 text and nothing else, within years that convert safely.

Pydantic alone would also take ``1764000000``, ``2026-11-20_18:00Z`` and a Unicode minus, and an
instant so near the first or last year that turning it into UTC fails later, inside a batch.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

_DAY: Final = r"(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
_OFFSET: Final = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """Reads one kind of ISO 8601 text; in Python the value itself is given."""

    pattern: str
    format: str
    parsed: core_schema.CoreSchema
    refusal: str

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.chain_schema(
            [core_schema.str_schema(pattern=self.pattern, strict=True), self.parsed]
        )
        refused = core_schema.custom_error_schema(
            text, custom_error_type=f"wire_{self.format}", custom_error_message=self.refusal
        )
        given = core_schema.union_schema([{**self.parsed, "strict": True}, refused])
        return core_schema.json_or_python_schema(json_schema=refused, python_schema=given)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": self.format, "pattern": self.pattern}


IsoDate = Annotated[
    date,
    _Written(
        pattern=f"^{_DAY}$",
        format="date",
        parsed=core_schema.date_schema(strict=False),
        refusal="a day is written 2026-11-20, in the years 1970 to 2999",
    ),
]
IsoInstant = Annotated[
    datetime,
    _Written(
        pattern=f"^{_DAY}[Tt]{_CLOCK}{_OFFSET}$",
        format="date-time",
        parsed=core_schema.datetime_schema(strict=False, tz_constraint="aware"),
        refusal=(
            "an instant is written 2026-11-20T18:00:00.123+08:00, with seconds up to 59 and an"
            " offset, in the years 1970 to 2999"
        ),
    ),
]
