"""A benchmark's figures as a table for people and a flat file for machines."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

Figures = Mapping[str, float | int | str]

OUT = Path("bench-out")


def report(name: str, figures: Figures) -> None:
    """Print the figures and write ``bench-out/NAME.json``."""
    OUT.mkdir(exist_ok=True)
    told = {
        **figures,
        "machine.cores": os.cpu_count() or 0,
        "machine.python": platform.python_version(),
    }
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    width = max(len(key) for key in told)
    for key, value in told.items():
        shown = (
            f"{value:,.3f}"
            if isinstance(value, float)
            else f"{value:,}"
            if isinstance(value, int)
            else value
        )
        print(f"{key:<{width}}  {shown:>14}")
    print(f"written to {path}")
