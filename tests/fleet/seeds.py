"""The seeds that once failed: ``seeds.txt`` holds one a line, as ``replay`` takes it, and why."""

import argparse
import shlex
from pathlib import Path
from typing import Final

from tests.fleet.weather import Weather, forecast

LIST: Final = Path(__file__).with_name("seeds.txt")


def read_words(words: list[str]) -> Weather:
    """Return the weather that the words of ``replay`` name."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet replay", exit_on_error=False)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kiosks", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--keeper", choices=("memory", "sqlite"), default="")
    parser.add_argument("--without", default="", help="faults to leave out, with commas between")
    chosen = parser.parse_args(words)
    return forecast(
        chosen.seed,
        kiosks=chosen.kiosks,
        days=chosen.days,
        keeper=chosen.keeper,
        without=tuple(filter(None, chosen.without.split(","))),
    )


def once_failed(path: Path = LIST) -> list[str]:
    """Return the words of each seed on the list."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [words for line in lines if (words := line.partition("#")[0].strip())]


def add(words: str, why: str, path: Path = LIST) -> bool:
    """Put a seed on the list, unless it is there."""
    if words in once_failed(path):
        return False
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{words}  # {' '.join(why.split())[:160]}\n")
    return True


def weather_of(words: str) -> Weather:
    """Return the weather of a line of the list."""
    return read_words(shlex.split(words))
