"""``site`` says where the next outlets of an item should go, and how far that is from the best."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from service.circles import KeptCircles
from service.commands.offline import read_settings_offline
from service.domain.coordinates import Crs
from service.domain.imports import ImportFileError, Refused
from service.flows.reads.decisions import Candidates, SitesView
from service.flows.siting import where_next
from service.geo.candidates_file import read_candidates
from service.geo.siting_proof import SECONDS_MAX, prove
from service.geo.survey import Survey
from service.grounds import Grounds
from service.settings import SettingsError
from service.store.reads.decisions import DecisionReads
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from service.wiring import now, open_ledger

SITES_MAX: Final = 1_000
SECONDS_AT_MOST: Final = 3_600.0
ERRORS_SAID_MAX: Final = 10
"""So many wrong rows of a file are told of."""

FILE_WIDTH: Final = 160
"""So wide is what goes to a file or another program: no name is cut there."""


def site(
    item: Annotated[str, typer.Argument(help="The item, as condom-52.")],
    *,
    count: Annotated[int, typer.Option(help="So many sites.", min=1, max=SITES_MAX)] = 5,
    candidates: Annotated[
        Path | None,
        typer.Option(help="A file of places: id, lon, lat. Without it, the communities' places."),
    ] = None,
    crs: Annotated[
        Crs | None, typer.Option(help="The coordinate system of that file; it is never guessed.")
    ] = None,
    with_proof: Annotated[
        bool, typer.Option("--prove", help="Also prove how far from the best this can be.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(help="So long a proof may take.", min=1, max=SECONDS_AT_MOST)
    ] = SECONDS_MAX,
) -> None:
    """Tell where new outlets would cover most people whom no outlet of an item serves today."""
    given = None if candidates is None else read_given(candidates, crs)
    settings = read_settings_offline()
    engine, zone = open_ledger(settings)
    store = SqlStore(engine, ParquetShelf(settings.archive_folder))
    grounds = Grounds(
        engine,
        zone=zone,
        folder=settings.walks_folder,
        limit_m=float(settings.walk_limit_m),
        kinds=settings.circle_kinds,
    )
    circles = KeptCircles(store, grounds, now=now)
    circle = circles.now()
    if item not in circle.items:
        message = f"There is no item {item}; there are {', '.join(circle.items) or 'none yet'}."
        raise SettingsError(message)
    found = where_next(
        circle,
        Survey(circles, grounds.network),
        DecisionReads(engine, now=now, zone=zone),
        item,
        count=count,
        given=given,
        prove=prove if with_proof else None,
        seconds_max=seconds,
    )
    console = Console()
    show(found, console if console.is_terminal else Console(width=FILE_WIDTH))


def read_given(path: Path, crs: Crs | None) -> Candidates:
    """Return the candidates of a file, or refuse it in one sentence with its first wrong rows."""
    if crs is None:
        systems = ", ".join(Crs)
        message = f"Say in which coordinate system {path.name} is written: --crs one of {systems}."
        raise SettingsError(message)
    try:
        taken = read_candidates(path, crs=crs)
    except ImportFileError as error:
        message = f"{path.name}: {error.en}"
        raise SettingsError(message) from error
    if isinstance(taken, Refused):
        rows = [one.words.en for one in taken.rows[:ERRORS_SAID_MAX]]
        rest = "; there are more" if taken.more or len(taken.rows) > len(rows) else ""
        message = f"{path.name} was not taken: {'; '.join(rows)}{rest}."
        raise SettingsError(message)
    return taken


def show(found: SitesView, console: Console) -> None:
    """Print the sites as a table, and below it what they come to."""
    basis = found.basis
    walk = f"{basis.limit_m:,} m " + ("straight line × 1.4, estimate" if basis.is_estimate else "")
    table = Table(title=f"New sites for {found.item} ({walk.strip()})")
    table.add_column("#", justify="right")
    for heading in ("Place", "Name", "名称"):
        table.add_column(heading)
    for heading in ("Lon", "Lat", "Adds", "Alone", "So far"):
        table.add_column(heading, justify="right")
    for one in found.sites:
        table.add_row(
            *(str(one.rank), one.id, one.name_en, one.name_zh, f"{one.lon:.5f}", f"{one.lat:.5f}"),
            *(f"{count:,}" for count in (one.gain, one.people_alone, one.people_so_far)),
        )
    console.print(table)
    for line in _in_words(found):
        console.print(line, highlight=False, soft_wrap=True)


def _in_words(found: SitesView) -> Iterator[str]:
    places = "places of communities" if found.candidates_are == "communities" else "given places"
    left_out = f" ({found.candidates_left_out:,} left out)" if found.candidates_left_out else ""
    yield (
        f"{found.gained_people:,} of {found.uncovered_people:,} people whom no outlet serves; "
        f"{found.reachable_people:,} of them are in reach of any of {found.candidates:,} "
        f"{places}{left_out}."
    )
    if found.proof is None:
        return
    seconds = f"after {found.proof.seconds:.1f} s"
    if found.proof.is_optimal:
        yield f"Proven {seconds}: no choice of so many sites covers more."
    else:
        yield (
            f"Proven {seconds}: no choice of so many sites covers more than "
            f"{found.proof.bound_people:,}; at most {found.proof.gap:.2%} of that is missed."
        )
