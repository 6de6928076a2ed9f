"""A bug worth planting, and the test files that are run against it."""

from typing import NamedTuple


class Bug(NamedTuple):
    """A mistake that somebody could make, and the test that has to catch it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    caught_by: str


DOMAIN = ("tests/domain",)
KEEP = ("tests/story/test_keep.py",)
WATCH = ("tests/story/test_watch.py",)
STORY = ("tests/story/test_story.py",)
KEEPERS = ("tests/contracts/test_keepers.py",)
QUARANTINE = ("tests/contracts/test_keepers_quarantine.py",)
SCHEMA = ("tests/contracts/test_keepers_schema.py",)
WORKER = ("tests/inbox/test_worker.py",)
RECEIVER = ("tests/inbox/test_receiver.py",)
TRANSLATE = ("tests/inbox/test_translate.py",)
