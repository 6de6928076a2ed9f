"""The made-up district's base map: boundary, river, railway, a street grid, towns, communities."""

import random

from tests.browser.stub_communities import COMMUNITIES
from tests.browser.stub_data import Row, spot
from tests.browser.stub_district import District


def feature(geometry: str, coordinates: object, layer: str, **properties: object) -> Row:
    """One GeoJSON feature of the base map."""
    return {
        "type": "Feature",
        "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": {"layer": layer, **properties},
    }


def base_map(district: District) -> Row:
    """Boundary, river, railway, a street grid, towns and communities."""
    dice = random.Random(15)
    edge = [(-5200, -3600), (-4700, 3300), (-900, 4200), (4300, 3700), (5300, -900), (3600, -4100)]
    features = [feature("Polygon", [[spot(*p) for p in [*edge, edge[0]]]], "boundary")]
    river = [spot(e, 0.12 * e - 300 + 420 * ((e // 900) % 2)) for e in range(-5100, 5300, 900)]
    features.append(feature("LineString", river, "water"))
    features.append(
        feature("LineString", [spot(-4600, 2900), spot(300, 700), spot(4700, -2700)], "railway")
    )
    for n, at in enumerate(range(-4400, 4500, 400)):
        kind = "main" if n % 4 == 0 else "local"
        features.append(
            feature("LineString", [spot(at, -3300), spot(at, 3200)], "street", **{"class": kind})
        )
        if abs(at) < 3300:
            features.append(
                feature(
                    "LineString", [spot(-4500, at), spot(4500, at)], "street", **{"class": kind}
                )
            )
    for _ in range(60):
        east, north = dice.uniform(-4200, 4000), dice.uniform(-3000, 3000)
        features.append(
            feature(
                "LineString",
                [spot(east, north), spot(east + 170, north + 120)],
                "street",
                **{"class": "path"},
            )
        )
    for n, town in enumerate(district.towns):
        middle = spot((n % 3 - 1) * 3300, (n // 3 - 0.5) * 3600)
        names = {"name_zh": town["name_zh"], "name_en": town["name_en"]}
        features.append(feature("Point", middle, "town", **names))
    for one in COMMUNITIES:
        names = {"name_zh": one["name_zh"], "name_en": one["name_en"]}
        spot_of = [one["lon"], one["lat"]]
        features.append(feature("Point", spot_of, "community", people=one["people"], **names))
    return {"type": "FeatureCollection", "features": features}
