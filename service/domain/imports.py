"""What came in a file of demand or of outlets: rows, refusals by row, and the report after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from service.domain.coordinates import Crs
from service.domain.district import CommunityPlan, Named, SitePlan

ERRORS_MAX: Final = 100
"""So many wrong rows are told of; a file with more is wrong as a whole."""


class ImportFileError(ValueError):
    """A file that cannot be read at all; ``zh`` and ``en`` say why and what to do."""

    def __init__(self, words: Named) -> None:
        super().__init__(words.en)
        self.words = words

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return self.words.zh

    @property
    def en(self) -> str:
        """The sentence in English."""
        return self.words.en


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong in one cell; ``column`` is as the file writes it, empty for the whole row."""

    row: int
    column: str
    reason: Named

    @property
    def words(self) -> Named:
        """The whole sentence: row, column and reason."""
        if not self.column:
            return Named(f"第 {self.row} 行：{self.reason.zh}", f"Row {self.row}: {self.reason.en}")
        return Named(
            f"第 {self.row} 行“{self.column}”列：{self.reason.zh}",
            f"Row {self.row}, column {self.column}: {self.reason.en}",
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing of the file was taken: its first wrong cells; ``more`` says that there are others."""

    rows: tuple[RowError, ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows came from; ``digest`` is the SHA-256 of the file's bytes in hexadecimal."""

    file_name: str
    digest: str
    crs: Crs


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandFile:
    """Communities or grid cells, places in WGS-84; ``town_code`` is empty where none was given.

    ``row_numbers`` says where each stood in the file, ``skipped`` how many rows were blank, and
    ``written`` what the file calls our fields, as far as it has them.
    """

    source: Source
    rows: tuple[CommunityPlan, ...]
    row_numbers: tuple[int, ...]
    skipped: int = 0
    warnings: tuple[Named, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletsFile:
    """Outlets, places in WGS-84; ``town_code`` and ``opening_hours`` are empty where not given.

    ``row_numbers`` says where each stood in the file, ``skipped`` how many rows were blank, and
    ``written`` what the file calls our fields, as far as it has them.
    """

    source: Source
    rows: tuple[SitePlan, ...]
    row_numbers: tuple[int, ...]
    skipped: int = 0
    warnings: tuple[Named, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do: counts of rows, and what somebody should look at.

    ``off_street`` counts points farther than 100 m from a street, ``outside`` those outside the
    district; ``likely_crs`` is a hint only: the coordinate system that would fit clearly better.
    ``removed`` were in the district and not in the file that replaces them; ``is_known`` says that
    the very same file was taken in last, and changes nothing.
    """

    rows: int
    people: int = 0
    off_street: int = 0
    outside: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    is_known: bool = False
    likely_crs: Crs | None = None
    warnings: tuple[Named, ...] = ()
