"""What a page sees of the files that were taken in."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.coordinates import Crs
from service.domain.imports import ImportReport
from service.flows.ports_imports import ImportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """A file that was taken in, with the report that was given; ``digest`` is its SHA-256."""

    id: int
    kind: ImportKind
    file_name: str
    digest: str
    crs: Crs
    at: datetime
    report: ImportReport
