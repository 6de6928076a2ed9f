"""The command line of the simulator; alone reads the clock, and hands it down."""

import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kiosk_sim import truth as truths
from kiosk_sim.district.build import write_district
from kiosk_sim.running import Run, read_brokers, read_secrets, run_fleet
from kiosk_sim.settings import SettingError, read_faults
from kiosk_sim.show import Show

app = typer.Typer(
    name="kiosk_sim",
    help="A district of simulated kiosks that talk to any MQTT 3.1.1 broker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_RUN_HELP = """Write the history that is missing, upload it through the broker, then live on.

A second start reuses the journals: the time while the simulator was off becomes ordinary history.

Examples:

  python -m kiosk_sim district --out district.json

  python -m kiosk_sim run --district district.json --broker 127.0.0.1:1883

  python -m kiosk_sim run --fault-mix harsh --live-demand-factor 50 --secrets kiosk-secrets.json

  python -m kiosk_sim run --fault-mix mild,loss=0.2 --days 30 --kiosks 5

The keys of --fault-mix: loss, repeat and shuffle (shares of messages from 0 to 1), delay_s (up to
so many seconds each), cuts_per_day and cut_s (how often and how long a line is cut), clock_wrong
(share of kiosks whose clock is off by minutes to days now and then), journal_losses_per_year,
breakdowns (times as many as usual) and jam (share of asks).
"""


@app.command(help="Write the reference district, drawn from a seed, as a GeoJSON file.")
def district(
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 15,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("data/district.json"),
    kiosks: Annotated[
        int, typer.Option(min=43, max=2000, help="Kiosks; the district grows with them.")
    ] = 43,
    streets: Annotated[
        Path | None, typer.Option(help="A second file to write: the streets as OSM XML.")
    ] = None,
) -> None:
    """Write the district file, and its streets where they are wanted."""
    try:
        write_district(out, seed, kiosks, streets=streets)
    except OSError as error:
        option, path = ("--out", out) if streets is None else ("--out or --streets", error.filename)
        message = f"{option}: cannot write {path}: {error.strerror}"
        raise SettingError(message) from None
    sys.stdout.write(f"district: {out}\n")
    if streets is not None:
        sys.stdout.write(f"streets: {streets}\n")


@app.command(help=_RUN_HELP)
def run(  # noqa: PLR0913 - every option is one argument
    *,
    seed: Annotated[int, typer.Option(help="Seed of all chance.")] = 15,
    kiosks: Annotated[
        int | None,
        typer.Option(min=1, max=20_000, help="Kiosks to run; past the district's own, copies."),
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=3_660, help="Days of history.")] = 396,
    demand_factor: Annotated[
        float, typer.Option(min=0, max=1_000, help="Demand against the published figures.")
    ] = 1.0,
    live_demand_factor: Annotated[
        float | None,
        typer.Option(min=0, max=1_000, help="Demand once live; --demand-factor if not given."),
    ] = None,
    fault_mix: Annotated[
        str, typer.Option(help="none, mild, harsh, or key=value pairs, comma-separated.")
    ] = "none",
    broker: Annotated[
        str, typer.Option(help="The MQTT broker, host:port; of a cluster all, with commas.")
    ] = "127.0.0.1:1883",
    secrets: Annotated[
        Path | None, typer.Option(help="JSON file {kiosk id: password}; none: anonymous.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the kiosks' journals.")] = Path(
        "data/kiosks"
    ),
    district: Annotated[Path, typer.Option(help="The district file.")] = Path("data/district.json"),
    reconnect_most_s: Annotated[
        float, typer.Option(min=1, max=300, help="Longest pause before a new connection.")
    ] = 300.0,
    crew: Annotated[bool, typer.Option(help="Let the restock crew follow its calendar.")] = True,
    history_only: Annotated[
        bool, typer.Option("--history-only", help="Write the journals and stop.")
    ] = False,
) -> None:
    """Run the fleet until Ctrl-C or SIGTERM."""
    wanted = Run(
        seed=seed,
        kiosks=kiosks,
        days=days,
        demand_factor=demand_factor,
        live_demand_factor=demand_factor if live_demand_factor is None else live_demand_factor,
        faults=read_faults(fault_mix),
        brokers=read_brokers(broker),
        passwords=read_secrets(secrets),
        data=data,
        district=district,
        retry_most_s=reconnect_most_s,
        crew=crew,
        history_only=history_only,
    )
    over: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: over.append(got))
    with Show(Console(file=sys.stdout)) as show:
        run_fleet(wanted, show, time.time, lambda: bool(over))  # noqa: TID251 - the outermost wiring
        show.tell("the kiosks are switched off" if over else "done")


@app.command(help="Write what really happened, from the journals: monthly totals and stock, JSON.")
def truth(
    data: Annotated[Path, typer.Option(help="Folder of the kiosks' journals.")] = Path(
        "data/kiosks"
    ),
    out: Annotated[Path | None, typer.Option(help="The file to write; none: print.")] = None,
) -> None:
    """Write the truth."""
    if not data.is_dir():
        message = f"--data: there is no folder {data}"
        raise SettingError(message)
    told = {
        name: [
            {"month": month, "site": site, "item": item, **asdict(total)}
            for (month, site, item), total in sorted(
                truths.monthly(data, by_true_time=by_true_time).items()
            )
        ]
        for name, by_true_time in (("by_kiosk_clock", False), ("by_true_time", True))
    }
    levels = [
        {"kiosk": kiosk, "slot": slot, "packs": packs}
        for (kiosk, slot), packs in sorted(truths.stock(data).items())
    ]
    text = json.dumps({**told, "stock": levels}, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; a setting that cannot be used is one sentence and exit code 2."""
    try:
        app(arguments, standalone_mode=True)
    except SettingError as error:
        sys.stderr.write(f"kiosk_sim: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"kiosk_sim: {error.filename or 'the disk'}: {error.strerror or error}\n")
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
