"""Bugs in the rules of incidents: how they open, flap, wait, and are closed."""

from tests.planted.bug import DOMAIN, Bug

BUGS = (
    Bug(
        "what is nearly low opens an incident",
        "service/domain/incident_life.py",
        "    return not finding.holds_only and finding.numbers.get(ITEMS) != []\n",
        "    return True\n",
        DOMAIN,
        "test_low_closes_only_well_above",
    ),
    Bug(
        "what comes again soon is another incident",
        "service/domain/incident_life.py",
        "            return _again(over, finding, at=at)\n",
        "            pass\n",
        DOMAIN,
        "test_what_comes_again_soon",
    ),
    Bug(
        "anybody may resolve what is still so",
        "service/domain/incident_care.py",
        "            return Refusal.STILL_SO if is_so else over\n",
        "            return over\n",
        DOMAIN,
        "test_nobody_resolves_what_is_still_so",
    ),
    Bug(
        "a storm waits for each kiosk's own deadline",
        "service/domain/storms.py",
        "        and at - presence.heard_at >= LATE_AFTER\n",
        "        and presence.is_silent(at)\n",
        ("tests/story/test_storm.py",),
        "test_a_broker_that_is_down",
    ),
    Bug(
        "the newest lot is given out first",
        "service/domain/lots.py",
        "            left -= packs\n",
        "            left -= max(0, packs - 1)\n",
        DOMAIN,
        "test_lots_add_up",
    ),
    Bug(
        "a snooze outlives what it was given for",
        "service/domain/incident_life.py",
        "            after, happened = awake(after), (*happened, Happened(What.WOKEN))\n",
        "            pass\n",
        DOMAIN,
        "test_what_was_put_off_wakes_in_time",
    ),
)
