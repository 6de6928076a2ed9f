"""The archive's files: facts of a month as Parquet, written whole, read back before it counts.

A file gets its name only when it is complete, on the disk and compared with what was written. A
name is never given to other facts: what lies there may be all that is left of a month.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, date
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from service.domain.archive import ArchivedPart, ArchiveError
from service.domain.clocks import month_of
from service.domain.facts import FactKey
from service.flows.archive import FactLine, Written
from service.store.archived import KeptFact

ROWS_IN_GROUP: Final = 5_000
"""A kiosk's month is found among so many rows; they are in memory together."""

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_TYPES: Final = {
    "epoch": pa.int32(),
    "sequence": pa.int64(),
    "happened_at": _MOMENT,
    "heard_at": _MOMENT,
    "slot": pa.int32(),
    "packs": pa.int32(),
    "units": pa.int32(),
    "removed_packs": pa.int32(),
    "on_hand_after_packs": pa.int32(),
    "digest": pa.binary(),
}
SCHEMA: Final = pa.schema([(name, _TYPES.get(name, pa.string())) for name in KeptFact._fields])


class ParquetShelf:
    """A folder of files, one for each part of a month."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, month: date, part: int, facts: Iterator[FactLine]) -> Written:
        """Write facts to a file of their own, and compare what then stands in it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{month_of(month)}.unfinished"
            return self._write(month, part, facts, unfinished)
        except OSError as error:
            message = f"{month_of(month)} cannot be written to the archive's folder ({error})."
            raise ArchiveError(message) from error

    def _write(
        self, month: date, part: int, facts: Iterator[FactLine], unfinished: Path
    ) -> Written:
        meant = _Content()
        with pq.ParquetWriter(
            unfinished, SCHEMA, compression="zstd", compression_level=9, write_page_checksum=True
        ) as writer:
            while some := list(islice(facts, ROWS_IN_GROUP)):
                meant.add(some)
                columns = [list(column) for column in zip(*some, strict=True)]
                writer.write_table(pa.table(columns, schema=SCHEMA), row_group_size=len(some))
        _settle_on_disk(unfinished)
        found = _Content()
        found.add(_lines(unfinished))
        if (found.facts, found.digest) != (meant.facts, meant.digest):
            message = f"What was written of {month_of(month)} is not what was read back."
            raise ArchiveError(message)
        sha256 = _sha256(unfinished)
        name = self._name(month, part, sha256)
        unfinished.replace(self.folder / name)
        self._describe(name, month=month_of(month), facts=found.facts, sha256=sha256)
        return Written(file=name, sha256=sha256, facts=found.facts)

    def _name(self, month: date, part: int, sha256: str) -> str:
        """Return a name that is free, or has been given to the very same before."""
        for number in count(part):
            name = f"{month_of(month)}{f'.part{number}' if number > 1 else ''}.parquet"
            path = self.folder / name
            if not path.exists() or _sha256(path) == sha256:
                return name
        raise AssertionError

    def _describe(self, name: str, **told: object) -> None:
        """Say beside a file what it is, for whoever has nothing but the folder."""
        told = {"file": name, **told, "columns": {one.name: str(one.type) for one in SCHEMA}}
        path = (self.folder / name).with_suffix(".json")
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        _settle_on_disk(unfinished)
        unfinished.replace(path)
        _settle_on_disk(self.folder)

    def files(self) -> dict[str, int]:
        """Return the files that lie there, with their bytes."""
        return {path.name: path.stat().st_size for path in sorted(self.folder.glob("*.parquet"))}

    def keys(self, file: str) -> Iterator[tuple[FactKey, bytes]]:
        """Yield key and digest of the facts in a file, by key."""
        columns = ["kiosk_id", "epoch", "sequence", "digest"]
        with pq.ParquetFile(self.folder / file, page_checksum_verification=True) as opened:
            for batch in opened.iter_batches(ROWS_IN_GROUP, columns=columns):
                for kiosk_id, epoch, sequence, digest in _rows(batch):
                    yield FactKey(kiosk_id, epoch, sequence), digest

    def facts(self, part: ArchivedPart) -> Iterator[KeptFact]:
        """Yield by key the facts of a part that are in the archive."""
        return self.since(part, None, None)

    def check(self, part: ArchivedPart) -> None:
        """Refuse a file that is not there, or not what was recorded."""
        path = self.folder / part.file
        if not path.is_file():
            message = f"{part.file} is not in the archive's folder."
            raise ArchiveError(message)
        if _sha256(path) != part.sha256:
            message = f"{part.file} is not what was archived: its SHA-256 is another."
            raise ArchiveError(message)

    def since(
        self, part: ArchivedPart, kiosk_id: str | None, since: FactKey | None
    ) -> Iterator[KeptFact]:
        """Yield the facts of a part by key: of one kiosk, from a key on, or all."""
        try:
            for line in _lines(self.folder / part.file, kiosk_id, last=part.facts):
                if since is None or line[:3] >= since:
                    yield KeptFact(*line)
        except OSError as error:  # missing, or a page's checksum is wrong
            message = f"{part.file} cannot be read in the archive's folder ({error})."
            raise ArchiveError(message) from error


class _Content:
    """How many facts, and one digest over all that they say."""

    def __init__(self) -> None:
        self.facts = 0
        self._hash = hashlib.sha256()

    def add(self, lines: Iterable[FactLine]) -> None:
        for line in lines:
            self.facts += 1
            self._hash.update(repr(line).encode())

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _lines(
    path: Path, kiosk_id: str | None = None, *, last: int | None = None
) -> Iterator[FactLine]:
    """Yield the facts in a file, or the ``last`` so many; of one kiosk, where one is named."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        skip = 0 if last is None else file.metadata.num_rows - last
        for index in range(file.num_row_groups):
            group = file.metadata.row_group(index)
            skipped, skip = min(max(skip, 0), group.num_rows), skip - group.num_rows
            kiosks = group.column(0).statistics
            if kiosk_id is not None and not kiosks.min <= kiosk_id <= kiosks.max:
                continue
            if skipped < group.num_rows:
                for line in islice(_rows(file.read_row_group(index)), skipped, None):
                    if kiosk_id in {None, line[0]}:
                        yield line


def _rows(batch: pa.Table | pa.RecordBatch) -> Iterator[FactLine]:
    columns: list[list[Any]] = [
        [None if at is None else at.astimezone(UTC) for at in column.to_pylist()]
        if column.type == _MOMENT
        else column.to_pylist()
        for column in batch.columns
    ]
    return zip(*columns, strict=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle_on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
