"""``python -m dashboards`` writes the dashboard, ``--check`` compares, ``publish`` sends it."""

import argparse
import os
import sys

from dashboards.district import FILE, TIMEZONE, district, written
from dashboards.grafana import PublishError, publish_to


def main(arguments: list[str] | None = None) -> int:
    """Do as told; return 1 where something is not as it should be."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "publish":
        return _publish(chosen)
    if not chosen.check:
        FILE.write_text(written(), encoding="utf-8")
        sys.stdout.write(f"{FILE.name} is up to date\n")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == written():
        return 0
    sys.stdout.write(
        f"{FILE.name} drifted: run `python -m dashboards` and commit what it writes.\n"
    )
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what drifted")
    commands = parser.add_subparsers(dest="command")
    sending = commands.add_parser("publish", help="send folder and dashboard to a Grafana")
    sending.add_argument("--url", required=True, help="its address")
    sending.add_argument(
        "--token",
        default=os.environ.get("GRAFANA_TOKEN"),
        help="of a service account with the role Editor; better in GRAFANA_TOKEN, where no list "
        "of processes shows it",
    )
    sending.add_argument("--timezone", default=TIMEZONE, help="the district's (%(default)s)")
    return parser


def _publish(chosen: argparse.Namespace) -> int:
    if not chosen.token:
        sys.stderr.write("Publishing needs a token: set GRAFANA_TOKEN or give --token.\n")
        return 1
    try:
        address = publish_to(district(timezone=chosen.timezone), url=chosen.url, token=chosen.token)
    except PublishError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"published: {address}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
