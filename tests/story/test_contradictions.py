"""One identity with two contents, where the first was never booked: nobody is believed blindly."""

import json
from datetime import timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Fact, FactKey
from service.domain.heard import Heard
from service.domain.quarantine import Reason, SetAside, Wanted
from service.flows.contradictions import digest_of
from service.flows.keep import Kept, keep_batch
from service.flows.watch import see_quarantine, settle
from service.inbox.translate import canonical
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.say import KIOSK, aside, dispensed, fact

AHEAD = NOW + timedelta(hours=2)
LATER = NOW + timedelta(hours=3)
UNKNOWN = dispensed(item="lipstick")


def _keep(keeper: Keeper, *heard: Heard, again: bool = False) -> Kept:
    with keeper.store.begin() as books:
        return keep_batch(heard, books=books, at=LATER, zone=ZONE, again=again)


def _reasons(keeper: Keeper) -> list[str]:
    return [line[0] for line in keeper.read().quarantine]


def _alarms(keeper: Keeper) -> list[str]:
    with keeper.store.begin() as books:
        settle(see_quarantine(books=books, at=LATER), books=books, at=LATER)
    return [one for one in keeper.read().standing if one.startswith("conflict")]


def _late(one: Fact) -> Fact:
    return one._replace(heard_at=LATER)


def test_other_content_under_an_identity_in_quarantine_is_a_conflict_and_alarmed(
    keeper: Keeper,
) -> None:
    _keep(keeper, fact(1, dispensed(), at=AHEAD))
    assert _alarms(keeper) == []
    kept = _keep(keeper, _late(fact(1, dispensed(packs=3), at=AHEAD)))
    assert (kept.new, kept.repeats, kept.aside) == (0, 0, 1)
    assert keeper.read().facts == {}
    assert _reasons(keeper) == ["clock_ahead", "conflict"]
    assert len(_alarms(keeper)) == 1


def test_the_same_content_is_booked_though_it_waits_in_the_quarantine(keeper: Keeper) -> None:
    one = fact(1, dispensed(), at=AHEAD)
    _keep(keeper, one)
    assert _keep(keeper, _late(one)).new == 1
    assert _alarms(keeper) == []


def test_of_two_contents_that_cannot_be_booked_the_second_is_the_conflict(keeper: Keeper) -> None:
    first = fact(1, UNKNOWN)
    _keep(keeper, first)
    _keep(keeper, first, fact(1, dispensed(item="sweets")))
    _keep(keeper, fact(2, UNKNOWN), fact(2, dispensed(item="sweets")))
    assert _reasons(keeper) == ["conflict", "conflict", "unknown_item", "unknown_item"]
    assert len(_alarms(keeper)) == 1


def test_what_cannot_be_booked_and_contradicts_what_is_booked_is_a_conflict(
    keeper: Keeper,
) -> None:
    _keep(keeper, fact(1, dispensed()))
    _keep(keeper, fact(1, UNKNOWN), fact(2, dispensed()), fact(2, UNKNOWN))
    assert _reasons(keeper) == ["conflict", "conflict"]
    assert len(keeper.read().facts) == 2


def test_what_cannot_be_read_gives_way_to_the_real_fact_and_is_the_conflict(
    keeper: Keeper,
) -> None:
    real = fact(1, dispensed())
    garbage = aside(b'{"data":{}}', key=real.key)
    _keep(keeper, garbage)
    assert _keep(keeper, real).new == 1
    assert _reasons(keeper) == ["conflict"]
    assert len(_alarms(keeper)) == 1
    _keep(keeper, garbage)
    [line] = keeper.read().quarantine
    assert (line[0], line[-1]) == ("conflict", 2)


def test_what_could_not_be_read_and_says_the_same_is_no_conflict(memory_keeper: Keeper) -> None:
    content = {"type": "ck.dispense.v1", "data": {"slot": 1, "remark": "售出"}}
    real = fact(1, dispensed())
    body = canonical(content)
    real = real._replace(body=body.decode(), digest=digest_of(aside(body, key=real.key)))
    spaced = json.dumps({"sequence": "1", **content}, indent=1).encode()
    _keep(memory_keeper, aside(spaced, key=real.key), aside(spaced + b"\n", key=real.key))
    assert _keep(memory_keeper, real).new == 1
    assert _reasons(memory_keeper) == ["wrong_shape", "wrong_shape"]


def test_tried_again_the_first_is_booked_and_the_other_stays_a_conflict(keeper: Keeper) -> None:
    first, other = fact(1, dispensed(), at=AHEAD), fact(1, dispensed(packs=3), at=AHEAD)
    _keep(keeper, first)
    _keep(keeper, _late(other))
    assert _keep(keeper, _late(other), again=True).set_aside[0].reason is Reason.CONFLICT
    assert _keep(keeper, _late(first), again=True).new == 1
    assert _keep(keeper, _late(other), again=True).set_aside[0].reason is Reason.CONFLICT


def test_what_nobody_promised_to_hold_stands_in_nobodys_way(keeper: Keeper) -> None:
    claimed = FactKey("K9999", 1, 1)
    _keep(keeper, fact(1, UNKNOWN, kiosk="K9999"))
    with keeper.store.begin() as books:
        assert len(books.quarantine.waiting(Wanted(most=9))) == 1
        assert books.quarantine.held([claimed, FactKey(KIOSK, 1, 1)]) == {}


def test_an_ordinary_batch_asks_the_quarantine_nothing(memory_keeper: Keeper) -> None:
    kept = _keep(memory_keeper, fact(1, dispensed()), fact(2, UNKNOWN), fact(3, dispensed()))
    assert (kept.new, [one.reason for one in kept.set_aside]) == (2, [Reason.UNKNOWN_ITEM])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(data=JSON, order=st.randoms(use_true_random=False))
def test_content_reads_the_same_as_the_inbox_spells_it(data: object, order: object) -> None:
    whole = {"id": "x", "type": "ck.count.v1", "time": "2026-01-01T00:00:00Z", "data": data}
    names = sorted(whole)
    order.shuffle(names)  # type: ignore[attr-defined]  # a random.Random
    raw = json.dumps({name: whole[name] for name in names}).encode()
    assert digest_of(aside(raw)) == digest_of(_readable(canonical(orjson.loads(raw))))


@given(payload=st.binary(max_size=60))
def test_whatever_was_said_has_a_digest(payload: bytes) -> None:
    assert len(digest_of(aside(payload))) == 32
    assert digest_of(aside(b'{"data":' + b"[" * 9_000)) == digest_of(
        _readable(b'{"data":' + b"[" * 9_000)
    )


def _readable(body: bytes) -> SetAside:
    return aside(body, topic="")
