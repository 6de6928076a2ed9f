"""Builds single panels in Grafana's classic (v1) JSON, as plain dictionaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

DATA_SOURCE: Final[Json] = {"type": "grafana-postgresql-datasource", "uid": "${database}"}

# One transparent pixel inside the JSON: a base layer that asks no tile server for anything.
_NO_TILE: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a panel stands on Grafana's grid, which is 24 columns wide."""

    left: int
    top: int
    wide: int
    high: int


def panel(
    kind: str,
    title: str,
    sql: str,
    *,
    number: int,
    place: Place,
    description: str,
    form: str = "table",
    options: Json,
    overrides: Sequence[Json] = (),
    defaults: Json | None = None,
) -> Json:
    """Return a panel with one query."""
    return {
        "id": number,
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATA_SOURCE,
        "gridPos": {"x": place.left, "y": place.top, "w": place.wide, "h": place.high},
        "targets": [
            {
                "refId": "A",
                "datasource": DATA_SOURCE,
                "editorMode": "code",
                "format": form,
                "rawQuery": True,
                "rawSql": sql,
            }
        ],
        "fieldConfig": {
            "defaults": defaults or {},
            "overrides": list(overrides),
        },
        "options": options,
    }


def override(field: str, **properties: object) -> Json:
    """Return how one field differs; a name like ``custom__width`` means ``custom.width``."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [
            {"id": name.replace("__", "."), "value": value} for name, value in properties.items()
        ],
    }


def words_of(words: Mapping[str, tuple[str, str]]) -> list[Json]:
    """Return value mappings: the stored word, and the words and the colour shown for it."""
    shown = {
        word: {"index": index, "text": text, "color": colour}
        for index, (word, (text, colour)) in enumerate(words.items())
    }
    return [{"type": "value", "options": shown}]


def steady_lines() -> Json:
    """Return the style of lines whose figure holds until the next one."""
    return {
        "drawStyle": "line",
        "lineInterpolation": "stepAfter",
        "lineWidth": 2,
        "fillOpacity": 0,
        "showPoints": "never",
        "stacking": {"group": "A", "mode": "none"},
    }


def legend() -> Json:
    """Return a plain legend below, and a tooltip over all lines."""
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }


def marker_map(*, colour_field: str) -> Json:
    """Return a map of markers on an empty ground, coloured by a field."""
    return {
        "basemap": {
            "type": "xyz",
            "name": "空白底图 · no base map",
            "config": {"url": _NO_TILE, "attribution": ""},
        },
        "controls": {"showZoom": True, "mouseWheelZoom": False, "showAttribution": False},
        "layers": [
            {
                "type": "markers",
                "name": "发放机 · kiosks",
                "tooltip": True,
                "location": {"mode": "coords", "latitude": "lat", "longitude": "lon"},
                "config": {
                    "showLegend": False,
                    "style": {
                        "color": {"field": colour_field, "fixed": "#56626c"},
                        "opacity": 0.8,
                        "size": {"fixed": 7, "min": 5, "max": 12},
                    },
                },
            }
        ],
        "tooltip": {"mode": "details"},
        "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": 14, "padding": 10},
    }
