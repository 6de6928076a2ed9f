"""The ground of the circle: who walks how far to what, and when places are open.

Joins what the store keeps with what the streets say. Walks are reckoned when the registry or the
streets change, for what moved alone, and kept on disk, so that a restart does not wait for them.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from service.domain.coverage import WALK_LIMIT_M
from service.domain.outlets import CIRCLE_KINDS
from service.domain.reach import Relation
from service.domain.registry import Registry
from service.flows.circle_memory import Ground
from service.geo.fields import FieldError
from service.geo.hours import ALWAYS, Hours
from service.geo.network import Network, NetworkBytesError
from service.geo.relation import estimate, moved, relate
from service.geo.relation_file import Footing, read_relation, write_relation
from service.store.ground import Places, read_digest, read_places, read_streets

log = logging.getLogger(__name__)


class Grounds:
    """Gives the ground for a registry; asked by several threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        zone: ZoneInfo,
        folder: Path | None = None,
        limit_m: float = WALK_LIMIT_M,
        kinds: Collection[str] = CIRCLE_KINDS,
    ) -> None:
        """Take where walks are kept between two starts, if anywhere, and which outlets count."""
        self._engine = engine
        self._zone = zone
        self._path = folder / "walks.npz" if folder is not None else None
        self._limit_m = limit_m
        self._kinds = kinds
        self._lock = threading.RLock()
        self._digest: str | None = None
        self._network: Network | None = None
        self._known: tuple[Registry, Ground] | None = None
        self._built: tuple[Footing, Relation] | None = None

    def __call__(self, registry: Registry) -> Ground:
        """Return the ground of a registry, made anew where that is another than before."""
        with self._lock:
            if self._known is None or self._known[0] is not registry:
                with self._engine.connect() as connection:
                    places = read_places(connection, kinds=self._kinds)
                self._known = (registry, self._ground(places))
            return self._known[1]

    def network(self) -> Network | None:
        """Return the walkable streets as they are kept now, or None where there are none."""
        with self._lock, self._engine.connect() as connection:
            digest = read_digest(connection)
            if digest != self._digest:
                self._network = _unpacked(read_streets(connection))
                self._digest = digest
            return self._network

    def _ground(self, places: Places) -> Ground:
        town_codes, towns = np.unique(np.array(places.town_codes, dtype=str), return_inverse=True)
        opening = Opening(places.opening_hours, self._zone)
        return Ground(
            relation=self._relation(places),
            people=places.people,
            towns=towns.astype(np.int32),
            town_codes=tuple(str(code) for code in town_codes),
            open_at=opening.at,
            openings=opening.between,
            community_places=places.communities,
            outlet_places=places.outlets,
            unreported=places.unreported,
        )

    def _relation(self, places: Places) -> Relation:
        footing = Footing(
            community_ids=places.community_ids,
            communities=places.communities,
            outlet_ids=places.outlet_ids,
            outlets=places.outlets,
            streets=places.streets,
        )
        if self._built is None and self._path is not None:
            self._built = read_relation(self._path, limit_m=self._limit_m)
        if self._built is not None and footing.is_same(self._built[0]):
            return self._built[1]
        relation = self._reckon(footing)
        self._built = (footing, relation)
        if self._path is not None:
            write_relation(self._path, footing, relation)
        return relation

    def _reckon(self, footing: Footing) -> Relation:
        network, before = self.network(), self._built
        if before is not None and before[0].streets == footing.streets:
            other = footing.moved_since(before[0])
            return moved(
                before[1],
                network,
                communities=footing.communities,
                community_ids=footing.community_ids,
                outlets=footing.outlets,
                outlet_ids=footing.outlet_ids,
                communities_moved=other,
                outlets_moved=other,
            )
        log.info("Reckoning who walks how far to %d outlets.", len(footing.outlet_ids))
        reckon = estimate if network is None else partial(relate, network)
        return reckon(
            communities=footing.communities,
            community_ids=footing.community_ids,
            outlets=footing.outlets,
            outlet_ids=footing.outlet_ids,
            limit_m=self._limit_m,
        )


def _unpacked(kept: tuple[str, bytes] | None) -> Network | None:
    """Return the streets; None where there are none, or none that this release can read."""
    if kept is None:
        return None
    try:
        return Network.from_bytes(kept[1])
    except NetworkBytesError:
        log.exception("The streets cannot be read: import them again. Walks are estimates.")
        return None


class Opening:
    """Which outlets are open; asked often, and reckoned anew only when one opens or closes."""

    def __init__(self, texts: Sequence[str], zone: ZoneInfo) -> None:
        """Read the opening hours of each outlet; what cannot be read counts as always open."""
        distinct = sorted(set(texts))
        self._hours = [_read_hours(text, zone) for text in distinct]
        place = {text: index for index, text in enumerate(distinct)}
        self._which = np.array([place[text] for text in texts], dtype=np.intp)
        self._known: tuple[datetime, datetime, NDArray[np.bool_]] | None = None

    def at(self, at: datetime) -> NDArray[np.bool_]:
        """Return, by outlet, whether it is open at a moment."""
        known = self._known
        if known is None or not known[0] <= at < known[1]:
            changes = [change for one in self._hours if (change := one.next_change(at))]
            by_text = np.array([one.is_open(at) for one in self._hours], dtype=np.bool_)
            until = min(changes, default=datetime.max.replace(tzinfo=UTC))
            is_open = by_text[self._which] if len(self._which) else np.empty(0, dtype=np.bool_)
            known = self._known = (at, until, is_open)
        return known[2]

    def between(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, int, bool]]:
        """Yield the moments between two at which outlets open (True) or close, one by one."""
        for number, hours in enumerate(self._hours):
            turns: list[tuple[datetime, bool]] = []
            for opens, closes in hours.open_spans(begin, end):
                turns += [(opens, True)] if opens > begin else []
                turns += [(closes, False)] if closes < end else []
            for outlet in np.flatnonzero(self._which == number).tolist():
                yield from ((at, outlet, is_open) for at, is_open in turns)


def _read_hours(text: str, zone: ZoneInfo) -> Hours:
    try:
        return Hours.read(text, zone)
    except FieldError:
        log.warning("Opening hours %r cannot be read; the place counts as always open.", text[:80])
        return Hours.read(ALWAYS, zone)
