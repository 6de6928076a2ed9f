"""Bugs in the protocol of kiosk, broker and service, for the fleet on virtual time to catch."""

from tests.planted.bug import FLEET, FLEET_LIST, KEEP, Bug

BUGS = (
    Bug(
        "the broker is told before the commit, in a fleet",
        "service/inbox/worker.py",
        "        kept = self.keep(heard)\n        self._receiver.acknowledge(letters)\n",
        "        self._receiver.acknowledge(letters)\n        kept = self.keep(heard)\n",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "kiosks are told of what is received, not of what is kept",
        "service/flows/keep.py",
        "progress.get((kiosk_id, epoch), Progress()))\n            for kiosk_id",
        "Progress(progress.get((kiosk_id, epoch), Progress()).newest))\n            for kiosk_id",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "a stale acknowledgement, in a fleet",
        "tests/fleet/ear.py",
        " and letter.connection == self._connection:",
        ":",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "a contradiction counts as a repeat, in a fleet",
        "service/flows/settle.py",
        '            settled.conflicts.append(conflict(fact, "is kept already"))\n',
        "            settled.repeats += 1\n",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "what is gone is not on record, in a fleet",
        "service/flows/gaps.py",
        "        books.gaps.replace([gap], [asked.given_up(), *rest])\n",
        "        books.gaps.replace([gap], rest)\n",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "gaps are asked for again at once, in a fleet",
        "service/domain/gaps.py",
        "PATIENCE * 2 ** min(self.asks, 10)",
        "PATIENCE * 0",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "islands beyond a gap are forgotten, in a fleet",
        "service/domain/progress.py",
        "beyond=tuple(merged[1:])",
        "beyond=tuple(merged[1:][-1:])",
        FLEET,
        "test_a_small_fleet_in_memory",
    ),
    Bug(
        "an old epoch's head is forgotten where the new one tells its own, in a fleet",
        "service/flows/gaps.py",
        "        head = max([head, journals[journal], *(gap.last",
        "        head = max([head, *(gap.last",
        FLEET_LIST,
        "test_a_seed_that_once_failed",
    ),
    Bug(
        "an old epoch's head is forgotten where the new one tells its own",
        "service/flows/gaps.py",
        "        head = max([head, journals[journal], *(gap.last",
        "        head = max([head, *(gap.last",
        KEEP,
        "test_an_old_epochs_head",
    ),
)
