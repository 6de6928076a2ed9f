"""Expands Grafana's macros and variables as its PostgreSQL data source does."""

import re
from datetime import UTC, datetime


def expand(sql: str, *, begin: datetime, end: datetime, item: str = "") -> str:
    """Return the SQL that reaches the database; a macro that we do not know fails."""
    first, last = (f"'{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}'" for at in (begin, end))

    def macro(found: re.Match[str]) -> str:
        return {
            "__timeFilter": f"{found[2]} BETWEEN {first} AND {last}",
            "__timeFrom": first,
            "__timeTo": last,
        }[found[1]]

    told = re.sub(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)", macro, sql)
    quoted = "'" + item.replace("'", "''") + "'"
    told = told.replace("${item:sqlstring}", quoted)
    assert "$" not in told, told
    return told
