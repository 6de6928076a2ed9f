"""Takes files in: joins those who read them with the store that keeps what they say."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from service.domain.district import Named
from service.domain.imports import DemandFile, ImportFileError, ImportReport, Refused, Source
from service.flows.import_checks import points_of
from service.flows.imports import import_demand, import_outlets, import_streets
from service.flows.ports_imports import ImportKind, ImportWish, Known, StreetsFile, Tell
from service.flows.reads.ports import StoreUnavailableError
from service.geo.demand_file import read_demand
from service.geo.network import Network, NetworkBytesError, build_network
from service.geo.osm_file import Streets, read_streets
from service.geo.outlets_file import read_outlets
from service.geo.progress import tell_nobody
from service.geo.surroundings import Surroundings
from service.store.ground import read_streets as read_kept_streets
from service.store.imports import SqlImportStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImporter:
    """Keeps ``flows.ports_imports.Importer``; ``is_passing`` tells a database that is away."""

    engine: Engine
    now: Callable[[], datetime]
    is_passing: Callable[[Exception], bool]

    def __call__(self, wish: ImportWish, /, *, tell: Tell = tell_nobody) -> ImportReport | Refused:
        """Take a file, or say in which rows it is wrong; ``tell`` hears how far its reading is.

        A database that is away is a StoreUnavailableError: nothing of the file was taken then.
        """
        try:
            if wish.kind is ImportKind.STREETS:
                return self._take_streets(wish, tell)
            return self._take_rows(wish)
        except Exception as error:
            if not self.is_passing(error):
                raise
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error

    def _take_rows(self, wish: ImportWish) -> ImportReport | Refused:
        read = read_demand if wish.kind is ImportKind.DEMAND else read_outlets
        file = read(wish.path, crs=wish.crs, columns=wish.columns, sheet=wish.sheet)
        if isinstance(file, Refused):
            return file
        take = partial(
            import_demand if isinstance(file, DemandFile) else import_outlets,
            store=SqlImportStore(self.engine),
            around_of=partial(around, network=self._kept_streets()),
            at=self.now(),
            replace=wish.replace,
            dry_run=wish.dry_run,
        )
        return take(file)

    def _take_streets(self, wish: ImportWish, tell: Tell) -> ImportReport | Refused:
        try:
            source = Source(file_name=wish.path.name, digest=_digest_of(wish.path), crs=wish.crs)
            streets = read_streets(wish.path, tell=tell).in_wgs84(wish.crs)
        except OSError as error:
            raise _unreadable(wish.path, error) from error
        network = build_network(streets)
        file = StreetsFile(
            source=source,
            ways=streets.ways,
            nodes=network.nodes,
            edges=network.edges,
            digest=network.digest,
            body=b"" if wish.dry_run else network.to_bytes(),
            warnings=tuple(words_on(streets, network)),
        )
        return import_streets(
            file,
            store=SqlImportStore(self.engine),
            around_of=partial(around, network=network),
            at=self.now(),
            dry_run=wish.dry_run,
        )

    def _kept_streets(self) -> Network | None:
        """Return the street network that is kept; None where none can be read."""
        with self.engine.connect() as connection:
            kept = read_kept_streets(connection)
        try:
            return None if kept is None else Network.from_bytes(kept[1])
        except NetworkBytesError as error:
            log.warning("Distances to streets are not checked: %s.", error)
            return None


def around(known: Known, *, network: Network | None) -> Surroundings:
    """Return what lies around points of a district, its streets among it."""
    return Surroundings(
        areas=known.areas,
        boundaries=known.boundaries,
        places=points_of(known.plans),
        town_codes=[plan.town_code for plan in known.plans],
        streets=None if network is None else network.lon_lat,
        islands=None if network is None else network.piece > 0,
    )


def words_on(streets: Streets, network: Network) -> Iterator[Named]:
    """Yield what somebody should know of a street file."""
    if network.islands:
        share = network.island_nodes / network.nodes
        yield Named(
            f"{network.islands} 片道路与主要路网不相连（占 {share:.1%}）：那里的人走不到别处。",
            f"Pieces that no street joins to the largest: {network.islands}, {share:.1%} of all "
            "nodes; nobody walks from there to elsewhere.",
        )
    if streets.missing_nodes:
        yield Named(
            f"文件缺少 {streets.missing_nodes} 个节点：道路在那里断开。",
            f"Nodes that the file names and lacks, where streets break off: "
            f"{streets.missing_nodes}.",
        )
    if streets.repeated_nodes:
        yield Named(
            f"{streets.repeated_nodes} 个节点在文件中重复出现，只取一次。",
            f"Nodes that the file has several times, taken once: {streets.repeated_nodes}.",
        )


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unreadable(path: Path, error: OSError) -> ImportFileError:
    why = error.strerror or type(error).__name__
    return ImportFileError(
        Named(f"无法读取文件 {path.name}：{why}。", f"The file {path.name} cannot be read: {why}.")
    )
