"""Reads the log of imports."""

from sqlalchemy import select

from service.domain.coordinates import Crs
from service.flows.ports_imports import ImportKind
from service.flows.reads.imports import ImportView
from service.store.imports import REPORT
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.circle import ImportLog

_LOG = table_of(ImportLog)


class ImportReads(Reading):
    """Reads which files were taken in."""

    def imports(self, *, most: int) -> tuple[ImportView, ...]:
        """Return the files that were taken in, the newest first."""
        newest = select(_LOG).order_by(_LOG.c.id.desc()).limit(most)
        with self.moment() as connection:
            rows = connection.execute(newest).all()
        return tuple(
            ImportView(
                id=row.id,
                kind=ImportKind(row.kind),
                file_name=row.file_name,
                digest=row.digest,
                crs=Crs(row.crs),
                at=row.at,
                report=REPORT.validate_python(row.report),
            )
            for row in rows
        )
