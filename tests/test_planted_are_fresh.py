"""A planted mistake that no longer finds its place plants nothing, and proves nothing."""

from pathlib import Path

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

TOP = Path(__file__).parents[1]
ROOMS = (books, edges, fleet, flows, incidents, notices, quality, rules, shards, stories, streets)


def test_each_planted_mistake_still_finds_its_place() -> None:
    listed = [value for room in ROOMS for value in vars(room).values()]
    bugs = [bug for some in listed if isinstance(some, (list, tuple)) for bug in some]
    planted = [bug for bug in bugs if isinstance(bug, Bug)]
    assert len(planted) >= 40
    stale = [bug[0] for bug in planted if bug[2] not in (TOP / bug[1]).read_text(encoding="utf-8")]
    assert stale == []
