"""Reads a file of candidate places: CSV, XLSX or GeoJSON with an id, a point, and maybe a name.

| field | column names | what stands there |
|---|---|---|
| id | as in a demand file (``service.geo.demand_file``) | letters, digits, hyphens, once each |
| name_zh, name_en | as there | optional; else the id |
| lon, lat | as there | decimal degrees |
"""

from pathlib import Path
from typing import Final

import numpy as np

from service.domain.coordinates import Crs
from service.domain.district import CommunityPlan, Named
from service.domain.imports import ImportFileError, Refused
from service.flows.reads.decisions import Candidates
from service.flows.siting import CANDIDATES_MAX
from service.geo import fields
from service.geo.demand_file import ID, LAT, LON, NAME_EN, NAME_ZH, NO_MAPPING, named, placed
from service.geo.rows import Cells, read_plans

COLUMNS: Final = (ID, NAME_ZH, NAME_EN, LON, LAT)


def read_candidates(path: Path, *, crs: Crs) -> Candidates | Refused:
    """Return the candidates of a file in WGS-84, or what is wrong in which rows.

    ImportFileError where the file as a whole cannot be read, or has more than can be weighed.
    """
    taken = read_plans(
        path, crs=crs, columns=COLUMNS, renamed=NO_MAPPING, sheet=None, build=_candidate
    )
    if isinstance(taken, Refused):
        return taken
    if len(taken.rows) > CANDIDATES_MAX:
        raise ImportFileError(
            Named(
                f"候选点最多 {CANDIDATES_MAX:,} 个，文件中有 {len(taken.rows):,} 个，请先筛选。",
                f"The file has {len(taken.rows):,} candidates and {CANDIDATES_MAX:,} can be "
                "weighed; leave out the least likely.",
            )
        )
    return Candidates(
        ids=tuple(one.id for one in taken.rows),
        places=np.array([(one.place.lon, one.place.lat) for one in taken.rows], dtype=np.float64),
        names={one.id: one.name for one in taken.rows},
    )


def _candidate(cells: Cells) -> CommunityPlan:
    """Return a candidate as a community in which nobody lives."""
    place_id = cells.once("id", fields.code)
    return CommunityPlan(
        id=place_id, name=named(cells, place_id), town_code="", place=placed(cells), people=0
    )
