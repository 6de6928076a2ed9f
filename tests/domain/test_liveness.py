"""Presence: who is there, until when, and whom to believe about it."""

from datetime import datetime, timedelta

import pytest

from service.domain.liveness import DAILY_GRACE, HEARTBEAT_GRACE, OFFLINE_GRACE, Liveness
from tests.support.plans import NOW

NOBODY = Liveness(kiosk_id="K0001")


def _born(boot: int = 3, *, epoch: int = 1, head: int = 10, at: datetime = NOW) -> Liveness:
    return NOBODY.born(boot=boot, epoch=epoch, head=head, firmware="2.4.1", at=at)


def _after(**time: int) -> datetime:
    return NOW + timedelta(**time)


def test_a_kiosk_that_was_never_heard_counts_as_silent() -> None:
    assert NOBODY.is_silent(NOW)


def test_silence_begins_at_the_stored_moment_itself() -> None:
    kiosk = _born()
    assert kiosk.silent_after == NOW + DAILY_GRACE
    assert not kiosk.is_silent(NOW + DAILY_GRACE - timedelta(microseconds=1))
    assert kiosk.is_silent(NOW + DAILY_GRACE)


def test_a_kiosk_that_sends_heartbeats_is_missed_sooner() -> None:
    kiosk = _born().beat(epoch=1, head=10, clock=_after(seconds=7), at=NOW)
    assert (kiosk.heartbeats, kiosk.clock_offset_s) == (True, 7.0)
    assert kiosk.silent_after == NOW + HEARTBEAT_GRACE
    assert kiosk.spoke(epoch=1, newest=11, at=_after(minutes=1)).silent_after == _after(minutes=17)


def test_a_will_gives_ten_minutes_to_come_back() -> None:
    gone = _born().died(boot=3, at=NOW)
    assert (gone.online, gone.silent_after) == (False, NOW + OFFLINE_GRACE)
    back = gone.born(boot=4, epoch=1, head=10, firmware="2.4.1", at=_after(minutes=5))
    assert back.online
    assert not back.is_silent(_after(minutes=30))


def test_the_will_of_an_earlier_boot_says_nothing_about_this_one() -> None:
    kiosk = _born(boot=3)
    assert kiosk.died(boot=2, at=NOW) == kiosk


def test_a_second_will_does_not_give_more_time() -> None:
    gone = _born().died(boot=3, at=NOW)
    assert gone.died(boot=3, at=_after(minutes=9)) == gone


def test_facts_that_waited_in_the_broker_do_not_bring_a_kiosk_back() -> None:
    gone = _born().died(boot=3, at=NOW)
    spoke = gone.spoke(epoch=1, newest=25, at=_after(minutes=3))
    assert (spoke.online, spoke.silent_after) == (False, NOW + OFFLINE_GRACE)
    assert (spoke.head, spoke.heard_at) == (25, _after(minutes=3))


def test_a_heartbeat_brings_a_kiosk_back_after_a_will() -> None:
    gone = _born().died(boot=3, at=NOW)
    back = gone.beat(epoch=1, head=10, clock=NOW, at=_after(minutes=3))
    assert back.online
    assert back.silent_after == _after(minutes=3) + HEARTBEAT_GRACE


def test_a_kiosk_that_is_known_by_its_facts_alone_is_given_a_day() -> None:
    spoke = NOBODY.spoke(epoch=1, newest=5, at=NOW)
    assert (spoke.head, spoke.silent_after) == (5, NOW + DAILY_GRACE)


def test_the_head_of_a_journal_never_goes_back_within_an_epoch() -> None:
    kiosk = _born(head=10)
    assert kiosk.born(boot=4, epoch=1, head=8, firmware="", at=NOW).head == 10
    assert kiosk.beat(epoch=1, head=8, clock=NOW, at=NOW).head == 10
    assert kiosk.spoke(epoch=1, newest=8, at=NOW).head == 10


def test_a_new_epoch_begins_its_count_anew() -> None:
    kiosk = _born(head=900)
    assert kiosk.born(boot=4, epoch=2, head=1, firmware="", at=NOW).head == 1
    assert kiosk.beat(epoch=2, head=2, clock=NOW, at=NOW).head == 2
    spoke = kiosk.spoke(epoch=2, newest=3, at=NOW)
    assert (spoke.epoch, spoke.head) == (2, 3)


@pytest.mark.parametrize("word", ["spoke", "beat", "born"])
def test_a_late_word_of_an_old_epoch_says_nothing_about_the_new_ones_head(word: str) -> None:
    kiosk = _born(epoch=2, head=3)
    late = {
        "spoke": kiosk.spoke(epoch=1, newest=900, at=NOW),
        "beat": kiosk.beat(epoch=1, head=900, clock=NOW, at=NOW),
        "born": kiosk.born(boot=3, epoch=1, head=900, firmware="", at=NOW),
    }[word]
    assert (late.epoch, late.head) == (2, 3)
