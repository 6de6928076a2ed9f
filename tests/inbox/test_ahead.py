"""What the ear reads ahead is what the office would have read; all else it leaves to the office."""

from datetime import timedelta

import pytest

from service.contract.samples import count, dispense, fault, restock
from service.contract.topics import kiosk_topic
from service.domain.facts import Fact
from service.inbox.ahead import as_fact
from service.inbox.hearing import read_ahead
from service.inbox.receiver import Letter
from service.inbox.translate import translate
from tests.support.plans import NOW

SAMPLES = {"dispense": dispense(), "restock": restock(), "count": count(), "fault": fault()}


def _letter(kind: str) -> Letter:
    event = SAMPLES[kind]
    _, _, _, region, kiosk, _ = event.source.split(":")
    payload = event.model_dump_json(exclude_none=True).encode()
    return Letter(3, 7, 1, kiosk_topic(region, kiosk, f"e/{kind}"), payload)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_fact_read_ahead_is_the_fact_that_the_office_would_read(kind: str) -> None:
    letter = _letter(kind)
    heard_at = NOW + timedelta(days=3650)
    *as_it_came, ahead = read_ahead(letter)
    assert tuple(as_it_came) == letter[:5]
    assert ahead is not None
    fact = as_fact(ahead, heard_at=heard_at)
    assert fact == translate(letter.topic, letter.payload, heard_at=heard_at)
    assert isinstance(fact, Fact)
    assert type(fact.what).__name__ in {"Dispensed", "Restocked", "Counted", "Faulted"}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("ck/v1/000000/K1/e/dispense", b"{"),
        ("ck/v1/000000/K1/state", b'{"online":false,"boot":1}'),
        ("somewhere/else", b""),
    ],
    ids=["not JSON", "a sign of life", "another topic"],
)
def test_whatever_is_no_fact_is_left_to_the_office(topic: str, payload: bytes) -> None:
    letter = Letter(1, 2, 1, topic, payload)
    assert read_ahead(letter) == (*letter[:5], None)
