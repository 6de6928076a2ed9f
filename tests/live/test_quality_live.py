"""Data quality of a running service: its metrics are what was said, and a fix is followed through.

One district's morning: facts and repeats, a contradiction, rubbish, a hole in a journal, and a
kiosk that stands there before anybody enrolled it.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
from prometheus_client import parser

from tests.live.conftest import Install
from tests.live.running import Installation, Service, run_once
from tests.live.saying import fact, topic
from tests.servers.mqtt import Session, session
from tests.servers.processes import eventually

FAMILIES: Callable[[str], Any] = parser.text_string_to_metric_families
GOOD, NEW = "K0001", "K9001"


def scrape(service: Service) -> dict[str, float]:
    """Return each sample by its name and labels, as a monitor reads them."""
    answer = httpx.get(f"{service.address}/metrics")
    assert answer.status_code == httpx.codes.OK
    families = FAMILIES(answer.text)
    return {
        " ".join([one.name, *one.labels.values()]): one.value
        for family in families
        for one in family.samples
    }


def said(kiosk: str, sequence: int, *, packs: int = 1, item: str = "condom-52") -> bytes:
    return json.dumps(fact(kiosk, sequence, packs=packs, item=item)).encode()


def acked(kiosk: Session) -> int:
    return max((json.loads(one.payload)["upto"] for one in kiosk.heard), default=0)


def morning(installation: Installation, service: Service) -> None:
    with session(installation.broker, GOOD) as good:
        first = said(GOOD, 1)
        good.publish_many(topic(GOOD), [first, first, said(GOOD, 1, packs=2), b"{", b"{"])
        good.publish_many(topic(GOOD), [said(GOOD, sequence) for sequence in (2, 3, 6)])
        good.publish(topic(GOOD), said(GOOD, 7, item="mystery"))
        eventually(lambda: len(service.quarantine()) == 3, what="three messages set aside")


def test_the_metrics_of_a_running_service_are_what_was_said(install: Install) -> None:
    installation = install("nats", with_past=False)
    service = installation.service()
    morning(installation, service)
    found = scrape(service)
    wanted = {
        "circle15_facts_booked_total": 4,
        "circle15_repeats_total": 1,
        "circle15_set_aside_total conflict": 1,
        "circle15_set_aside_total not_json": 2,
        "circle15_set_aside_total unknown_item": 1,
        "circle15_gaps open": 1,
        "circle15_gap_facts open": 2,
        "circle15_quarantine_rows not_json": 1,
        "circle15_quarantine_messages not_json": 2,
        "circle15_broker_connected": 1,
        "circle15_inbox_alive": 1,
        "circle15_database_up": 1,
        "circle15_database_failing_seconds": 0,
        "circle15_inbox_waiting_letters": 0,
        "circle15_fact_lateness_seconds_bucket +Inf": 4,
    }
    assert {name: found.get(name) for name in wanted} == wanted
    # A minute old by their own time, and heard at once.
    assert found["circle15_fact_lateness_seconds_bucket 60.0"] == 0
    assert found["circle15_fact_lateness_seconds_bucket 120.0"] == 4
    assert found["circle15_batch_letters_sum"] == 9
    assert found["circle15_commit_seconds_count"] == found["circle15_batch_letters_count"] > 0
    assert 0 <= found["circle15_last_commit_age_seconds"] < 30


def test_a_kiosk_enrolled_too_late_is_made_good_by_trying_again(install: Install) -> None:
    installation = install("open", with_past=False)
    service = installation.service()
    outbox = [said(NEW, sequence) for sequence in (1, 2, 3)]
    with session(installation.broker, GOOD) as stranger:
        stranger.publish_many(topic(NEW), outbox)
        eventually(lambda: len(service.quarantine()) == 3, what="three facts of a stranger")
    installation.enrol(NEW, "condom-52:28")
    first = service.quarantine()[0]["id"]
    one = service.client.post("/quarantine/replay", json={"ids": [first]})
    assert one.status_code == httpx.codes.OK, one.text
    assert (one.json()["tried"], one.json()["booked"]) == (1, 1)
    began_s = time.monotonic()
    done = run_once(
        *("service", "quarantine", "replay", "--reason", "unknown_kiosk"),
        settings=installation.settings,
    )
    assert done.returncode == 0, done.stderr
    print(f"the command line tried two again in {time.monotonic() - began_s:.1f} s")
    assert done.stdout.splitlines()[-1] == (
        "2 tried: 2 booked, 0 known already, 0 past, 0 still refused."
    )
    assert sorted(one["sequence"] for one in service.kiosk(NEW)["facts"]) == [1, 2, 3]
    told = service.get("/quality")["quarantine"]
    assert told == {"waiting": 0, "messages": 0, "settled": 3, "reasons": []}
    # Its own outbox sends them all the same: each is known, and counted once.
    with session(installation.broker, GOOD) as enrolled:
        enrolled.subscribe(topic(NEW, "ack"))
        enrolled.publish_many(topic(NEW), outbox)
        eventually(lambda: acked(enrolled) == 3, what="the ack of all three")
    assert service.get("/quarantine") == []
    month = service.kiosk(NEW)["facts"][0]["happened_at"][:7]
    rows = service.get("/totals/monthly", month=month)["rows"]
    assert [row["dispensed_packs"] for row in rows] == [3]
