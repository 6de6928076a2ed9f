"""Plants bugs, one at a time, in a copy of the tree, and tells whether a test catches each.

``python -m tests.planted [word]`` runs all, or those whose name has the word, and prints a table.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.planted import (
    books,
    edges,
    fleet,
    flows,
    incidents,
    notices,
    quality,
    rules,
    shards,
    stories,
    streets,
)
from tests.planted.bug import Bug

ROOT = Path(__file__).parent.parent.parent
BUGS = (
    *books.BUGS,
    *fleet.BUGS,
    *flows.BUGS,
    *incidents.BUGS,
    *rules.BUGS,
    *edges.BUGS,
    *notices.BUGS,
    *quality.BUGS,
    *shards.BUGS,
    *stories.BUGS,
    *streets.BUGS,
)
COPIED = ("service", "kiosk_sim", "broker", "tests", "pyproject.toml")
IGNORED = shutil.ignore_patterns("node_modules", "dist", "__pycache__", "data", "web", "browser")
WITHIN_S = 240


class Verdict(NamedTuple):
    """What became of one bug."""

    bug: Bug
    caught_by: str

    @property
    def is_caught(self) -> bool:
        """Say whether the test that should catch it did."""
        return self.bug.caught_by in self.caught_by


def _copy(folder: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "service" / "web").mkdir()
    shutil.copy(ROOT / "service" / "web" / "__init__.py", folder / "service" / "web")


def _run(bug: Bug, folder: Path) -> Verdict:
    path = folder / bug.file
    right = path.read_text(encoding="utf-8")
    if right.count(bug.old) != 1:
        return Verdict(bug, f"NOT PLANTED: its text stands {right.count(bug.old)} times there")
    path.write_text(right.replace(bug.old, bug.new), encoding="utf-8")
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *bug.tests],
            cwd=folder,
            env=os.environ
            | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
            | {"HYPOTHESIS_PROFILE": "planted"},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        return Verdict(bug, _first_failure(ran.stdout))
    except subprocess.TimeoutExpired:
        return Verdict(bug, f"HANGS for {WITHIN_S} s")
    finally:
        path.write_text(right, encoding="utf-8")


def _first_failure(output: str) -> str:
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", output, flags=re.MULTILINE)
    if found:
        return found[1]
    return "NOTHING" if " passed" in output else output[-300:]


def main(word: str = "") -> int:
    """Plant each bug and print who caught it; return 1 where one got through."""
    chosen = [bug for bug in BUGS if word in bug.name]
    if not chosen:
        print(f"No bug has {word!r} in its name.")
        return 2
    with tempfile.TemporaryDirectory(prefix="circle15-planted-") as temporary:
        folder = Path(temporary)
        _copy(folder)
        verdicts = []
        for bug in chosen:
            verdict = _run(bug, folder)
            verdicts.append(verdict)
            mark = "caught" if verdict.is_caught else "MISSED"
            print(f"{mark}  {bug.name:<58}  {verdict.caught_by}", flush=True)
    missed = sum(not verdict.is_caught for verdict in verdicts)
    print(f"{len(verdicts) - missed} of {len(verdicts)} caught.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
