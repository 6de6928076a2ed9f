"""Walks kept on disk between two starts, with the places and the streets that they were made on."""

import logging
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from service.domain.coordinates import Points
from service.domain.reach import Relation

log = logging.getLogger(__name__)

LAYOUT: Final = 1
"""Grows when the file or the way of reckoning walks changes: an older file is made anew."""


_UNREADABLE: Final = (OSError, ValueError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What walks stand on: places by id, and the digest of the streets, where there are any."""

    community_ids: tuple[str, ...]
    communities: Points
    outlet_ids: tuple[str, ...]
    outlets: Points
    streets: str | None

    def is_same(self, other: "Footing") -> bool:
        """Say whether walks made on one hold on the other."""
        return (
            self.streets == other.streets
            and self.community_ids == other.community_ids
            and self.outlet_ids == other.outlet_ids
            and not self.moved_since(other)
        )

    def moved_since(self, before: "Footing") -> set[str]:
        """Return the ids of both that are in another place now; ids of new places are not among."""
        return _moved(
            self.community_ids, self.communities, before.community_ids, before.communities
        ) | _moved(self.outlet_ids, self.outlets, before.outlet_ids, before.outlets)


def _moved(
    ids: tuple[str, ...], places: Points, ids_before: tuple[str, ...], places_before: Points
) -> set[str]:
    if ids == ids_before:
        return {ids[index] for index in np.flatnonzero((places != places_before).any(axis=1))}
    where = {one: tuple(place) for one, place in zip(ids_before, places_before, strict=True)}
    return {
        one
        for one, place in zip(ids, places, strict=True)
        if one in where and where[one] != tuple(place)
    }


def write_relation(path: Path, footing: Footing, relation: Relation) -> None:
    """Keep walks; where the disk does not take them, the next start reckons them anew."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(
                file,
                layout=LAYOUT,
                community_ids=np.array(footing.community_ids, dtype=np.str_),
                communities=footing.communities,
                outlet_ids=np.array(footing.outlet_ids, dtype=np.str_),
                outlets=footing.outlets,
                streets=footing.streets or "",
                indptr=relation.indptr,
                pairs=relation.outlets,
                walk_m=relation.walk_m,
                limit_m=relation.limit_m,
                is_estimate=relation.is_estimate,
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        log.warning("The walks cannot be kept at %s (%s).", path, error)
        part.unlink(missing_ok=True)


def read_relation(path: Path, *, limit_m: float) -> tuple[Footing, Relation] | None:
    """Return the walks that are kept and what they stand on; None where there are none of use."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if int(kept["layout"]) != LAYOUT or float(kept["limit_m"]) != limit_m:
                return None
            footing = Footing(
                community_ids=tuple(kept["community_ids"].tolist()),
                communities=kept["communities"],
                outlet_ids=tuple(kept["outlet_ids"].tolist()),
                outlets=kept["outlets"],
                streets=str(kept["streets"]) or None,
            )
            return footing, Relation(
                community_ids=footing.community_ids,
                outlet_ids=footing.outlet_ids,
                indptr=kept["indptr"],
                outlets=kept["pairs"],
                walk_m=kept["walk_m"],
                limit_m=limit_m,
                is_estimate=bool(kept["is_estimate"]),
            )
    except FileNotFoundError:
        return None
    except (*_UNREADABLE, KeyError, AssertionError) as error:
        log.warning("The walks kept at %s cannot be read (%s); they are made anew.", path, error)
        return None
