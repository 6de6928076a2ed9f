"""Bugs in the data's quality: trying again, counting reports and lateness, telling a monitor."""

from tests.planted.bug import DOMAIN, Bug

AGAIN = ("tests/story/test_again.py",)
QUALITY = ("tests/api/test_api_quality.py",)
METRICS = ("tests/telemetry/test_metrics.py",)

BUGS = (
    Bug(
        "trying again counts as a sign of life",
        "service/flows/keep.py",
        "    if again:\n        presences = books.liveness.of(kiosk_ids)\n    else:\n",
        "    if True:\n",
        AGAIN,
        "test_what_a_mended_registry_refused",
    ),
    Bug(
        "a fact tried again is judged by today's clock",
        "service/flows/quarantine.py",
        "        heard = self.read(message)\n",
        "        heard = self.read(replace(message, heard_at=at))\n",
        AGAIN,
        "test_what_a_mended_registry_refused",
    ),
    Bug(
        "what was booked goes on waiting",
        "service/flows/quarantine.py",
        "        books.quarantine.settle(fates, at)\n",
        "",
        AGAIN,
        "test_what_a_mended_registry_refused",
    ),
    Bug(
        "what is refused again came twice",
        "service/flows/keep.py",
        "    if not again:\n        no_room = _set_aside(",
        "    if all_aside:\n        no_room = _set_aside(",
        AGAIN,
        "test_a_contradiction_stays_one",
    ),
    Bug(
        "one message that fails holds up its batch",
        "service/flows/quarantine.py",
        "            if len(waiting) > 1:\n",
        "            if len(waiting) > CHUNK:\n",
        AGAIN,
        "test_one_message_that_fails_holds_up_no_other",
    ),
    Bug(
        "a settled message that comes again stays settled",
        "service/store/quarantine.py",
        '                "settled_at": null(),\n',
        "",
        AGAIN,
        "test_what_comes_again_after_it_was_settled",
    ),
    Bug(
        "a class of lateness ends below its edge",
        "service/domain/lateness.py",
        "Counter(map(partial(bisect_right, since)",
        "Counter(map(partial(bisect_left, since)",
        DOMAIN,
        "test_the_upper_edge_of_a_class",
    ),
    Bug(
        "a kiosk reports with each of its words",
        "service/domain/liveness.py",
        "    return before is None or before.heard_at is None or before.heard_at < since\n",
        "    return True\n",
        DOMAIN,
        "test_a_kiosk_is_counted_by_its_first_word",
    ),
    Bug(
        "any page may have messages tried again",
        "service/api/here.py",
        '        and (origin is None or urlsplit(origin).netloc == asked.get("host"))\n',
        "",
        QUALITY,
        "test_nobody_but_this_machine_s_own_page",
    ),
    Bug(
        "a message tells of the person",
        "service/store/reads/quarantine.py",
        '        "head": without_person(view["head"]),\n',
        "",
        QUALITY,
        "test_a_message_is_shown_whole",
    ),
    Bug(
        "buckets are not cumulative",
        "service/telemetry/measures.py",
        "            so_far += count\n",
        "            so_far = count\n",
        METRICS,
        "test_what_was_booked_is_what_is_read",
    ),
)
