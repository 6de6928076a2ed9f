"""``python -m service.contract`` writes the published contract; ``--check`` says what drifted."""

import argparse
import sys
from pathlib import Path

from service.contract.publish import drifted, write

MESSAGES_FOLDER = Path(__file__).parents[2] / "broker" / "messages"


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return 1 where something drifted."""
    parser = argparse.ArgumentParser(prog="python -m service.contract", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what drifted")
    parser.add_argument(
        "--into", type=Path, default=MESSAGES_FOLDER, metavar="FOLDER", help="another folder"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        sys.stdout.write(f"{write(chosen.into)} files are up to date in {chosen.into}\n")
        return 0
    found = drifted(chosen.into)
    for sentence in found:
        sys.stdout.write(f"{sentence}\n")
    if found:
        sys.stdout.write("Run `python -m service.contract` and commit what it writes.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
