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
KEEP = ("tests/story/test_keep.py", "tests/story/test_keep_gaps.py")
CONTRADICTIONS = ("tests/story/test_contradictions.py",)
WATCH = ("tests/story/test_watch.py",)
CIRCLE = ("tests/story/test_circle_live.py",)
OUTLETS = ("tests/story/test_circle_of_all_outlets.py",)
PAGES = ("tests/contracts/test_circle_outlets.py",)
STORY = ("tests/story/test_story.py",)
AGENT = ("tests/sim/test_agent.py",)
PROTOCOL = ("tests/story/test_protocol_story.py",)
GAPS = ("tests/story/test_gaps_story.py",)
NODES = ("tests/inbox/test_receiver_places.py",)
SECRET = ("tests/broker/test_broker_cluster.py::test_who_does_not_know_the_secret_is_no_node",)
KEEPERS = ("tests/contracts/test_keepers.py",)
QUARANTINE = ("tests/contracts/test_keepers_quarantine.py",)
SCHEMA = ("tests/contracts/test_keepers_schema.py",)
WORKER = ("tests/inbox/test_worker.py",)
EAR = ("tests/inbox/test_ear.py",)
BULK = ("tests/contracts/test_bulk.py",)
RECEIVER = ("tests/inbox/test_receiver.py",)
FLEET = ("tests/fleet/test_fleet.py::test_a_small_fleet_in_memory",)
FLEET_LIST = ("tests/fleet/test_fleet.py::test_a_seed_that_once_failed",)
TRANSLATE = ("tests/inbox/test_translate.py",)
ARCHIVE = (
    "tests/contracts/test_archive.py",
    "tests/contracts/test_archive_back.py",
    "tests/contracts/test_archive_late.py",
)
PARTITIONS = ("tests/contracts/test_partitions.py",)
DISCREPANCIES = ("tests/contracts/test_keepers_discrepancies.py",)
AUDIT = ("tests/contracts/test_audit.py",)
TOTALS = ("tests/api/test_api_totals.py",)
LEASES = ("tests/contracts/test_leases.py",)
REGIONS_SHARE = ("tests/contracts/test_regions_share.py",)
STANDBY = ("tests/inbox/test_standby.py",)
SHARDS_LIVE = ("tests/live/test_shards_live.py",)
