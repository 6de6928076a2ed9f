"""``audit`` proves the books on a live database, ``rebuild`` derives them anew from the facts."""

import json
import time
from dataclasses import asdict
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from service.circles import open_circle
from service.commands.offline import bar, read_settings_offline
from service.domain.audit import Audit
from service.flows.audit import audit as hold_against_facts
from service.flows.circle_memory import Ground
from service.flows.rebuild import rebuild as derive_anew
from service.settings import Settings
from service.store.audit import SqlSnapshot
from service.store.audit_past import SqlPastSnapshot
from service.store.engine import still
from service.store.kept import Archive, KeptFacts
from service.store.rebuild import SqlRebuildStore
from service.store.shelf import ParquetShelf
from service.store.sql_store import SqlStore
from service.wiring import now, open_ledger

OTHER_FOOTING: Final = (
    "Person-hours are not looked at: the district was changed a moment ago, none are summed up "
    "yet, or the service runs with another walk limit or other outlets in the circle than we do."
)


def audit(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Prove the books: hold all that is kept against the facts, in one read-only moment.

    The service may run meanwhile. One line for each invariant; exit code 1 where one is broken.
    """
    settings = read_settings_offline()
    engine, zone = open_ledger(settings)
    started = time.monotonic()
    footing, ground = _ground(engine, zone, settings)
    with still(engine).begin() as connection:
        snapshot = SqlSnapshot(connection, KeptFacts(connection, _archive(settings)))
        facts = snapshot.fact_count()
        if snapshot.footing() != footing:
            ground = None
            typer.echo(OTHER_FOOTING, err=True)
        with bar("Auditing", 2 * facts) as on_facts:
            verdicts = hold_against_facts(
                snapshot, zone=zone, at=now(), on_facts=on_facts, ground=ground
            )
    took_s = time.monotonic() - started
    typer.echo(_as_json(verdicts, facts, took_s) if as_json else _in_words(verdicts, facts, took_s))
    if not verdicts.holds:
        raise typer.Exit(1)


def rebuild(
    *,
    fresh: Annotated[
        bool, typer.Option(help="Begin anew, where a rebuild before was not finished.")
    ] = False,
) -> None:
    """Derive levels, faults, discrepancies and sums anew from the facts, while the service runs.

    After a kill it goes on where it stopped.
    """
    settings = read_settings_offline()
    engine, zone = open_ledger(settings)
    store = SqlRebuildStore(engine, _archive(settings))
    if fresh:
        store.begin_anew()
    for book, (upto, _) in sorted(store.steps().items()):
        typer.echo(f"Going on after {book} {upto}; --fresh begins anew.", err=True)
    with store.reading() as reader:
        total = 2 * reader.fact_count()
    started = time.monotonic()
    with bar("Rebuilding", total) as on_facts:
        rebuilt = derive_anew(store, zone=zone, at=now(), on_facts=on_facts)
    took_s = time.monotonic() - started
    places = ", ".join(f"{count:,} {book}s" for book, count in rebuilt.places.items())
    typer.echo(
        f"Rebuilt {places} from {rebuilt.facts // 2:,} facts, each read twice, in {took_s:,.1f} s: "
        f"{rebuilt.facts / 2 / max(took_s, 0.001):,.0f} facts/s."
    )
    wrong = len(rebuilt.mended)
    some = "; ".join(rebuilt.mended[:10])
    typer.echo(f"{wrong:,} were wrong and are mended: {some}" if wrong else "All were right.")


def _ground(
    engine: Engine, zone: ZoneInfo, settings: Settings
) -> tuple[tuple[int | None, str | None], Ground | None]:
    """Return what person-hours stand on now by our settings, and who walks how far to what."""
    with engine.connect() as connection:
        version, _ = SqlPastSnapshot(connection).footing()
    store = SqlStore(engine, ParquetShelf(settings.archive_folder))
    room = open_circle(engine, store, zone, settings, now=now, is_held=lambda: False)
    with store.look() as books:
        registry = books.registry
    return (version, room.basis), room.grounds(registry)


def _archive(settings: Settings) -> Archive:
    return Archive(ParquetShelf(settings.archive_folder))


def _in_words(verdicts: Audit, facts: int, took_s: float) -> str:
    lines = []
    for number, (invariant, verdict) in enumerate(verdicts.verdicts.items(), 1):
        state = f"BROKEN {verdict.breach_count:,}x" if verdict.breach_count else "holds"
        figures = ", ".join(f"{count:,} {name}" for name, count in verdict.figures.items())
        lines.append(f"{number} {invariant:<24} {state:<12} {figures}")
        lines += [f"    {words}" for words in verdict.breaches]
        if verdict.breach_count > len(verdict.breaches):
            lines.append(f"    and {verdict.breach_count - len(verdict.breaches):,} more")
    lines.append(f"{facts:,} facts audited in {took_s:,.1f} s.")
    return "\n".join(lines)


def _as_json(verdicts: Audit, facts: int, took_s: float) -> str:
    told = {
        "holds": verdicts.holds,
        "facts": facts,
        "seconds": round(took_s, 3),
        "invariants": [
            {"number": number, "name": name, "holds": not verdict.breach_count, **asdict(verdict)}
            for number, (name, verdict) in enumerate(verdicts.verdicts.items(), 1)
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)
