"""The kiosks themselves: models, aisles and what each aisle holds."""

import random
from typing import Any, Final

from kiosk_sim.district.frame import Point
from kiosk_sim.district.sites import Site

CONDOM: Final = "condom-52"
SUPPOSITORY: Final = "n9-suppository"
GEL: Final = "n9-gel"
FILM: Final = "n9-film"

# (model, weight, capacities of its aisles, what they hold). Condoms get the most aisles; the
# common machine of four aisles has one for each item, or a second one for condoms.
_MODELS: Final[tuple[tuple[str, int, tuple[int, ...], tuple[str, ...]], ...]] = (
    ("AZ-4", 14, (28,) * 4, (CONDOM, SUPPOSITORY, GEL, FILM)),
    ("AZ-4", 11, (28,) * 4, (CONDOM, CONDOM, SUPPOSITORY, GEL)),
    ("AZ-4S", 7, (27,) * 4, (CONDOM, CONDOM, SUPPOSITORY, FILM)),
    ("AZ-6", 5, (28,) * 6, (CONDOM, CONDOM, SUPPOSITORY, SUPPOSITORY, GEL, FILM)),
    ("AZ-8", 4, (28,) * 8, (CONDOM,) * 3 + (SUPPOSITORY,) * 3 + (GEL, FILM)),
    ("AZ-4L", 2, (50, 27, 27, 27), (CONDOM, SUPPOSITORY, GEL, FILM)),
)
_ROOMY: Final = ("mall", "station", "campus")


def kiosk_features(sites: list[tuple[Site, Point]], rng: random.Random) -> list[dict[str, Any]]:
    """Return one machine for each kiosk site; busy kinds of site get the larger models more."""
    features: list[dict[str, Any]] = []
    for site, (lon, lat) in sites:
        if site.outlet != "kiosk":
            continue
        weights = [
            weight * (3 if site.kind in _ROOMY and len(capacities) > len(set(_MODELS[0][3])) else 1)
            for _, weight, capacities, _ in _MODELS
        ]
        model, _, capacities, items = rng.choices(_MODELS, weights)[0]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "layer": "kiosk",
                    "id": f"K{len(features) + 1:04d}",
                    "site_id": site.id,
                    "model": model,
                    "slots": [
                        {"slot": number, "item": item, "capacity_packs": capacity}
                        for number, (item, capacity) in enumerate(
                            zip(items, capacities, strict=True), start=1
                        )
                    ],
                },
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
            }
        )
    return features
