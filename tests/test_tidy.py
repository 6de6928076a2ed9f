"""House rules as small linters: each reads a source text and says in words what to change."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic_settings import BaseSettings

from service import settings as settings_module

ROOT: Final = Path(__file__).parents[1]
OURS: Final = ("service", "kiosk_sim", "broker", "dashboards")
FUNCTION_LINES_MAX: Final = 60
FILE_LINES_MAX: Final = 300

# Where the clock is read and dice are thrown: the outermost wiring, and tests.
MAY_READ_THE_CLOCK: Final = ("service/wiring.py", "service/__main__.py", "kiosk_sim/__main__.py")
# Longer than the house likes. An entry that is no longer needed fails the test: shrink this list.
LONG_FILES: Final[frozenset[str]] = frozenset()
LONG_FUNCTIONS: Final[frozenset[str]] = frozenset()

_SENTENCE = re.compile(r"[^\s].*[.](?=\s|$)", re.DOTALL)
_MUTED = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>[^#]*)")
_MUTED_WELL = {
    "noqa": re.compile(r"^: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* (- \S|\(\S.*\))"),
    "type": re.compile(r"^\[[a-z-]+(, ?[a-z-]+)*\]"),
}
_MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home|Users|farm)/[\w.-]|[A-Z]:\\Users\\")
_PACKAGE_HOST = re.compile(
    r"(?i)\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npm"
    r"js\.(?:org|com)|npmmirror\.com|unpkg\.com|jsdelivr\.net|deb\.debian\.org)\b"
)
_DECISION = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")


def sentences(source: str) -> Iterator[str]:
    """A module opens with one sentence saying what it is for."""
    said = ast.get_docstring(ast.parse(source))
    if not said:
        yield "opens without a docstring: say in one sentence what it is for"
    elif not _SENTENCE.match(said.split("\n\n")[0]):
        yield "opens with a docstring that is no sentence: end its first paragraph with a full stop"


def inner_imports(source: str) -> Iterator[str]:
    """Imports stand at the top of a module, where the import walls can see them."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        hidden = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if hidden or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"line {inner.lineno}: an import within a function or TYPE_CHECKING"


def patches(source: str) -> Iterator[str]:
    """Fakes, not patches: nothing of ours is swapped behind its back."""
    for node in ast.walk(ast.parse(source)):
        text = ""
        if isinstance(node, ast.Attribute):
            text = ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            text = " ".join(f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            text = " ".join(one.name for one in node.names)
        if re.search(r"\bmock\b|monkeypatch\.set(attr|item)|\bmocker\b", text):
            yield f"line {getattr(node, 'lineno', 0)}: {text} patches code: give it a fake"


_CHANCE_CALLS: Final = frozenset(
    {"choice", "choices", "gauss", "randbytes", "randint", "random", "randrange", "sample"}
    | {"seed", "shuffle", "uniform", "expovariate", "getrandbits", "SystemRandom"}
)


def clock_reads(source: str) -> Iterator[str]:
    """Time and chance are arguments; a seeded ``random.Random(seed)`` is one, too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "random"}:
            names = {one.name for one in node.names}
            taken = names & ({"time", "time_ns"} if node.module == "time" else _CHANCE_CALLS)
            for name in sorted(taken):
                yield f"line {node.lineno}: imports {node.module}.{name}: take it as an argument"
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called = ast.unparse(node.func)
        on, _, name = called.rpartition(".")
        reads = (
            called in {"time.time", "time.time_ns"}
            or (name in {"now", "utcnow", "today"} and on.split(".")[-1] in {"datetime", "date"})
            or (on == "random" and name in _CHANCE_CALLS)
            or (called == "random.Random" and not node.args)
        )
        if reads:
            yield f"line {node.lineno}: {called}() reads clock or dice: take it as an argument"


def long_functions(source: str) -> Iterator[str]:
    """A function is read in one look."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}: split it"


def long_file(source: str) -> Iterator[str]:
    """A file is one thought."""
    lines = len(source.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"has {lines} lines, more than {FILE_LINES_MAX}: split it"


def mutes(source: str) -> Iterator[str]:
    """Whoever mutes a linter says which rule and why."""
    for number, line in enumerate(source.splitlines(), start=1):
        for found in _MUTED.finditer(line):
            kind = "noqa" if found[1] == "noqa" else "type"
            well = _MUTED_WELL[kind].match(found["rest"].rstrip())
            reason = kind == "noqa" or re.search(r"#\s*type:\s*ignore\[[^]]+\]\s+(#|-) *\S", line)
            if not (well and reason):
                yield (
                    f"line {number}: write `noqa: CODE - reason` or `type: ignore[code] # reason`"
                )


def foreign_places(text: str) -> Iterator[str]:
    """No path of a developer's machine, no package host: a clone anywhere is as good."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, what in ((_MACHINE_PATH, "a machine's path"), (_PACKAGE_HOST, "a host")):
            found = pattern.search(line)
            if found:
                yield f"line {number}: {found[0]!r} is {what} that nobody else has: leave it out"


def undocumented_settings(settings: type[BaseSettings]) -> Iterator[str]:
    """Each setting has a sentence; each number its bounds."""
    for name, field in settings.model_fields.items():
        if not (field.description or "").strip().endswith("."):
            yield f"{name} has no sentence: describe it, with a full stop"
        if field.annotation in {int, float}:
            limits = {type(one).__name__ for one in field.metadata}
            if not (limits & {"Ge", "Gt", "Interval"} and limits & {"Le", "Lt", "Interval"}):
                yield f"{name} is a number without both bounds: give it ge= and le="


def decision_faults(pages: dict[str, str]) -> Iterator[str]:
    """Decision pages are numbered without a gap and say why."""
    found = {name: _DECISION.match(name) for name in sorted(pages)}
    yield from (f"{name} is not named 0001-words.md" for name, match in found.items() if not match)
    numbers = [int(match[1]) for match in found.values() if match]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"decisions are numbered {numbers}: close the gap"
    for name, text in pages.items():
        for heading in ("Context", "Decision", "Consequences"):
            if not re.search(rf"^## {heading}$", text, re.MULTILINE):
                yield f"{name} has no heading `## {heading}`"


@cache
def tracked() -> tuple[str, ...]:
    """Return what git has or would add, so that a new file is linted before its first commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return tuple(sorted({name for name in listed if (ROOT / name).is_file()}))


def modules(*tops: str) -> list[str]:
    """Return our Python files below the given folders; none is a mistake of the test."""
    found = [
        name
        for name in tracked()
        if name.endswith(".py")
        and name.split("/")[0] in tops
        and "/migrations/versions/" not in name
    ]
    assert found, tops
    return found


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


Check = Callable[[str], Iterator[str]]


def faults(check: Check, names: list[str]) -> list[str]:
    return [f"{name}: {fault}" for name in names for fault in check(read(name))]


def test_every_module_opens_with_a_sentence() -> None:
    assert faults(sentences, modules(*OURS)) == []
    assert list(sentences("x = 1")) != []
    assert list(sentences('"""Not a sentence"""')) != []
    assert list(sentences('"""What it is for: this.\n\nMore words"""')) == []


def test_imports_stand_at_the_top() -> None:
    assert faults(inner_imports, modules(*OURS, "tests")) == []
    assert list(inner_imports("def f():\n    import os")) != []
    assert list(inner_imports("if TYPE_CHECKING:\n    from os import path")) != []
    assert list(inner_imports("import os\nif True:\n    import re")) == []


def test_nothing_of_ours_is_patched() -> None:
    assert faults(patches, modules(*OURS, "tests")) == []
    for planted in (
        "from unittest import mock",
        "from unittest.mock import patch",
        "import unittest.mock",
        "def test(monkeypatch):\n    monkeypatch.setattr(room, 'now', 1)",
    ):
        assert list(patches(planted)) != [], planted
    assert list(patches("def test(monkeypatch):\n    monkeypatch.setenv('A', 'b')")) == []


def test_only_the_wiring_reads_clock_and_dice() -> None:
    names = [name for name in modules(*OURS) if name not in MAY_READ_THE_CLOCK]
    assert faults(clock_reads, names) == []
    for planted in (
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "from time import time",
        "random.random()",
        "random.Random()",
        "from random import randint",
    ):
        assert list(clock_reads(planted)) != [], planted
    for fine in ("random.Random(7).random()", "time.monotonic()", "clock.now()", "dice.random()"):
        assert list(clock_reads(fine)) == [], fine


def test_no_function_is_longer_than_a_look() -> None:
    found = {
        f"{name}:{fault.partition(' ')[0]}"
        for name in modules(*OURS, "tests")
        for fault in long_functions(read(name))
    }
    assert found - LONG_FUNCTIONS == set(), "split them"
    assert LONG_FUNCTIONS - found == set(), "no longer needed: take them off LONG_FUNCTIONS"
    body = "    pass\n" * FUNCTION_LINES_MAX
    assert list(long_functions(f"def f():\n{body}")) != []
    assert list(long_functions(f"def f():\n{body[9:]}")) == []


def test_no_file_is_longer_than_a_thought() -> None:
    found = {name for name in modules(*OURS) if list(long_file(read(name)))}
    assert found - LONG_FILES == set(), "split them"
    assert LONG_FILES - found == set(), "no longer needed: take them off LONG_FILES"
    assert list(long_file("x\n" * (FILE_LINES_MAX + 1))) != []
    assert list(long_file("x\n" * FILE_LINES_MAX)) == []


def test_whoever_mutes_a_linter_says_which_rule_and_why() -> None:
    here = PurePosixPath(__file__).name
    assert faults(mutes, [one for one in modules(*OURS, "tests") if not one.endswith(here)]) == []
    for planted in ("x  # noqa", "x  # noqa: S101", "x  # type: ignore", "x  # type: ignore[misc]"):
        assert list(mutes(planted)) != [], planted
    for fine in (
        "x  # noqa: S101 - why",
        "x  # noqa: S101 (why)",
        "x  # type: ignore[misc]  # why",
    ):
        assert list(mutes(fine)) == [], fine


def test_no_file_names_a_machine_or_a_package_host() -> None:
    binary = {".png", ".ico", ".woff2", ".gz", ".db", ".mo"}
    names = [
        name
        for name in tracked()
        if PurePosixPath(name).suffix not in binary and not name.endswith("tests/test_tidy.py")
    ]
    assert faults(foreign_places, names) == []
    planted = (
        "cd /work/" + "main",
        "/home/" + "ann/x",
        "https://pypi" + ".org/simple",
        "npm" + "js.org",
    )
    for one in planted:
        assert list(foreign_places(one)) != [], one
    for fine in ("/var/lib/x", "$HOME/work/x", "https://example.org/work/x"):
        assert list(foreign_places(fine)) == [], fine


class Planted(BaseSettings):
    """Settings with every fault there is."""

    silent: str = ""
    seconds: int = 3


def test_every_setting_has_a_sentence_and_every_number_its_bounds() -> None:
    found = [
        one
        for one in vars(settings_module).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings
    ]
    assert found, "service/settings.py has no settings"
    assert [fault for one in found for fault in undocumented_settings(one)] == []
    assert len(list(undocumented_settings(Planted))) == 3


def test_decisions_are_numbered_and_say_why() -> None:
    folder = ROOT / "service" / "decisions"
    pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert pages
    assert list(decision_faults(pages)) == []
    whole = "## Context\n## Decision\n## Consequences\n"
    assert list(decision_faults({"0001-a.md": whole, "0003-b.md": whole})) != []
    assert list(decision_faults({"0001-a.md": whole.replace("## Decision\n", "")})) != []
    assert list(decision_faults({"first.md": whole})) != []
