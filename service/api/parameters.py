"""What may stand in an address: every parameter with its bounds and a word on what it means."""

from typing import Annotated, Final

from fastapi import Path, Query

# The pattern is looked at by the route: a strange id is an unknown kiosk, not a wrong parameter.
KioskId = Annotated[str, Path(description="The kiosk's id, as K0042.", examples=["K0042"])]
Month = Annotated[
    str,
    Query(
        description="A month of the district's calendar, as 2026-10.",
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        max_length=7,
        examples=["2026-10"],
    ),
]
CODE: Final = r"^[A-Za-z0-9_-]+$"
SiteId = Annotated[
    str | None,
    Query(description="Only this site.", pattern=CODE, max_length=32, examples=["S007"]),
]
TownCode = Annotated[
    str | None,
    Query(
        description="Only this town, by its nine-digit code.",
        pattern=r"^[0-9]{1,9}$",
        examples=["999901001"],
    ),
]
ItemCode = Annotated[
    str | None,
    Query(description="Only this item.", pattern=CODE, max_length=32, examples=["condom-52"]),
]
OneItem = Annotated[
    str,
    Query(description="The item, by its code.", pattern=CODE, max_length=32, examples=["n9-gel"]),
]
SiteKind = Annotated[
    str | None,
    Query(
        description="Only sites of this kind.", pattern=CODE, max_length=32, examples=["hospital"]
    ),
]
IncidentLimit = Annotated[
    int, Query(description="So many at most.", ge=1, le=5_000, examples=[1_000])
]
QuarantineLimit = Annotated[
    int, Query(description="So many at most.", ge=1, le=1_000, examples=[200])
]
FactsLimit = Annotated[
    int, Query(description="So many to a page at most.", ge=1, le=500, examples=[100])
]
Cursor = Annotated[
    str | None,
    Query(
        description="Where the last page ended: its `next`. Not to be made by hand.",
        max_length=400,
    ),
]
After = Annotated[
    int | None,
    Query(
        description="Begin after this change: `change_id` of /kiosks. Without it, from now on.",
        ge=0,
        le=2**63 - 1,
        examples=[4711],
    ),
]
