"""The metrics are what was booked, in the forms that Prometheus reads, and all are documented."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import parser
from prometheus_client.core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from sqlalchemy import Engine

from service import telemetry
from service.domain.heard import Heard
from service.domain.quarantine import Reason
from service.flows.keep import Booking, keep_batch
from service.flows.reads.notices import NoticeCounts
from service.flows.reads.ports import StoreUnavailableError
from service.flows.reads.quality import NetworkCounts
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from service.telemetry.measures import Measures
from service.telemetry.metrics import Metrics, Pulse
from service.wiring import VERSION
from tests.support.plans import NOW, ZONE
from tests.support.say import aside, born, dispensed, fact

PULSE = Pulse(
    waiting_letters=7,
    letters_in_hand=3,
    last_message_age_s=1.5,
    last_commit_age_s=None,
    failing_s=0.0,
    broker_connected=True,
    alive=True,
    standing_by=False,
)
_OPEN_TEXT: Callable[[str], Any] = openmetrics_parser.text_string_to_metric_families
_TEXT: Callable[[str], Any] = parser.text_string_to_metric_families
OPEN = "application/openmetrics-text; version=1.0.0"


def metrics_of(engine: Engine, measures: Measures) -> Metrics:
    reads = SqlReads(engine, now=lambda: NOW, zone=ZONE)
    return Metrics(
        measures,
        pulse=lambda: PULSE,
        counts=reads.network_counts,
        notices=reads.notice_counts,
        build={"version": VERSION},
    )


def book(engine: Engine, measures: Measures, *heard: Heard) -> None:
    with SqlStore(engine).begin() as books:
        kept = keep_batch(heard, books=books, at=NOW, zone=ZONE)
    measures.note(Booking(letters=len(heard), kept=kept, booking_s=0.03, commit_s=0.004))


def read(metrics: Metrics, accepted: str = "") -> list[Metric]:
    text, media_type = metrics(accepted)
    if accepted == OPEN:
        assert media_type.startswith("application/openmetrics-text")
        return list(_OPEN_TEXT(text.decode()))
    assert media_type.startswith("text/plain; version=")
    return list(_TEXT(text.decode()))


def values(families: list[Metric]) -> dict[str, float]:
    """Return each sample's value by its name and labels."""
    return {
        one.name + "".join(f"{{{name}={value}}}" for name, value in sorted(one.labels.items())): (
            one.value
        )
        for family in families
        for one in family.samples
    }


@pytest.mark.parametrize("accepted", ["", OPEN])
def test_what_was_booked_is_what_is_read(sql_engine: Engine, accepted: str) -> None:
    measures = Measures()
    once = fact(1, dispensed(), at=NOW)
    book(sql_engine, measures, born(head=9), once, fact(2, dispensed()), fact(5, dispensed()))
    book(sql_engine, measures, once, fact(2, dispensed(packs=2)))
    book(
        sql_engine,
        measures,
        aside(b"x", reason=Reason.NOT_JSON),
        aside(b"x", reason=Reason.NOT_JSON),
    )
    found = values(read(metrics_of(sql_engine, measures), accepted))
    wanted = {
        "circle15_facts_booked_total": 3,
        "circle15_repeats_total": 1,
        "circle15_set_aside_total{reason=conflict}": 1,
        "circle15_set_aside_total{reason=not_json}": 2,
        "circle15_set_aside_total{reason=forged}": 0,
        "circle15_acknowledgements_total": 2,
        "circle15_batch_letters_bucket{le=2.0}": 2,
        "circle15_batch_letters_bucket{le=5.0}": 3,
        "circle15_batch_letters_bucket{le=+Inf}": 3,
        "circle15_batch_letters_count": 3,
        "circle15_batch_letters_sum": 8,
        "circle15_booking_seconds_bucket{le=0.02}": 0,
        "circle15_booking_seconds_bucket{le=0.05}": 3,
        "circle15_commit_seconds_bucket{le=0.005}": 3,
        "circle15_fact_lateness_seconds_bucket{le=0.0}": 1,
        "circle15_fact_lateness_seconds_bucket{le=21600.0}": 3,
        "circle15_fact_lateness_seconds_bucket{le=+Inf}": 3,
        "circle15_inbox_waiting_letters": 7,
        "circle15_inbox_letters_in_hand": 3,
        "circle15_last_message_age_seconds": 1.5,
        "circle15_database_up": 1,
        "circle15_kiosks_enrolled": 3,
        "circle15_kiosks_online": 1,
        "circle15_kiosks_silent": 2,
        "circle15_gaps{state=open}": 2,
        "circle15_gaps{state=permanent}": 0,
        "circle15_gaps_asked": 0,
        "circle15_gap_facts{state=open}": 6,
        "circle15_quarantine_rows{reason=not_json}": 1,
        "circle15_quarantine_messages{reason=not_json}": 2,
        "circle15_quarantine_messages{reason=conflict}": 1,
        "circle15_open_incidents{kind=conflict}": 0,
        f"circle15_build_info{{version={VERSION}}}": 1,
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert "circle15_last_commit_age_seconds" not in found
    assert found["process_resident_memory_bytes"] > 1e6


def test_a_database_that_is_away_leaves_the_rest_to_be_read(sqlite_engine: Engine) -> None:
    measures = Measures()
    book(sqlite_engine, measures, fact(1, dispensed()))

    def away() -> NetworkCounts:
        message = "away"
        raise StoreUnavailableError(message)

    metrics = Metrics(
        measures,
        pulse=lambda: PULSE,
        counts=away,
        notices=lambda: NoticeCounts(waiting=0, failed=0, oldest_due_s=0.0),
        build={"version": VERSION},
    )
    found = values(read(metrics))
    assert found["circle15_database_up"] == 0
    assert found["circle15_facts_booked_total"] == 1
    assert "circle15_kiosks_enrolled" not in found


def test_every_metric_is_documented_with_its_type_and_none_besides(sqlite_engine: Engine) -> None:
    assert telemetry.__file__ is not None
    page = (Path(telemetry.__file__).parent / "metrics.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(circle15_\w+)` \| (\w+) \|", page, re.MULTILINE))
    measures = Measures()
    book(sqlite_engine, measures, fact(1, dispensed()))
    told.pop("circle15_last_commit_age_seconds")  # Absent in this pulse.
    written = {
        one.name + ("_total" if one.type == "counter" else ""): one.type
        for one in read(metrics_of(sqlite_engine, measures))
        if one.name.startswith("circle15_")
    }
    assert written == told


def test_the_version_is_the_project_s_own() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == VERSION
