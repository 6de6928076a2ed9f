"""What may be booked, and what is set aside with its one reason."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.admission import set_aside, why_not, without_promise
from service.domain.facts import Fact, FactKey
from service.domain.quarantine import Reason
from service.domain.registry import Registry
from tests.support.plans import ITEMS, NOW, REGION, SITES
from tests.support.say import aside, counted, dispensed, fact, faulted, restocked

REGISTRY = Registry(region=REGION, site_by_kiosk=SITES, items=frozenset(ITEMS))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (fact(1, dispensed(), kiosk="K9999"), Reason.UNKNOWN_KIOSK),
        (fact(1, dispensed(item="lipstick")), Reason.UNKNOWN_ITEM),
        (fact(1, restocked(3, item="lipstick")), Reason.UNKNOWN_ITEM),
        (fact(1, counted(3, 4, item="lipstick")), Reason.UNKNOWN_ITEM),
        (fact(1, dispensed(), at=datetime(2099, 1, 1, tzinfo=UTC)), Reason.CLOCK_AHEAD),
        (fact(1, faulted(), at=NOW + timedelta(minutes=6)), Reason.CLOCK_AHEAD),
        (fact(1, dispensed(), at=datetime(1970, 1, 1, tzinfo=UTC)), Reason.CLOCK_ANCIENT),
    ],
)
def test_each_wrong_fact_has_its_one_reason(one: Fact, reason: Reason) -> None:
    why = why_not(one, REGISTRY)
    assert why is not None
    assert why[0] is reason
    message = set_aside(one, why)
    assert (message.reason, message.payload.decode()) == (reason, one.body)
    assert message.detail


def test_a_right_fact_has_none_however_late_it_comes() -> None:
    assert why_not(fact(1, dispensed(), at=NOW + timedelta(minutes=5)), REGISTRY) is None
    assert why_not(fact(1, faulted(), at=NOW - timedelta(days=400)), REGISTRY) is None


def test_a_fact_set_aside_counts_as_heard_but_not_from_a_kiosk_that_nobody_enrolled() -> None:
    known = fact(7, dispensed(item="lipstick"))
    assert set_aside(known, (Reason.UNKNOWN_ITEM, "")).key == known.key
    stranger = known._replace(key=FactKey("K9999", 1, 7))
    assert set_aside(stranger, (Reason.UNKNOWN_KIOSK, "")).key is None


def test_a_malformed_message_of_a_stranger_is_promised_nothing() -> None:
    known = aside(b"{}", key=FactKey("K0001", 1, 7))
    assert without_promise(known, REGISTRY) == known
    stranger = aside(b"{}", key=FactKey("K9999", 1, 7), kiosk="K9999")
    assert without_promise(stranger, REGISTRY).key is None
