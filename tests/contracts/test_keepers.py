"""One promise for three keepers: whatever memory, SQLite and PostgreSQL keep, they keep alike."""

from datetime import date, timedelta

import pytest

from service.domain.coverage import ItemCoverage
from service.domain.facts import Fact, FactKey, Outcome
from service.domain.gaps import Gap
from service.domain.incidents import IncidentKind
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.domain.stock import fold
from service.domain.totals import tally
from service.flows.ports import Books
from tests.support.books import Keeper
from tests.support.incidents import opened
from tests.support.plans import ITEMS, KIOSKS, NOW, REGION, SITES, ZONE
from tests.support.say import KIOSK, aside, counted, dispensed, fact, faulted, restocked


class PowerCutError(Exception):
    """Something dies in the middle of a transaction."""


def _all_kinds() -> list[Fact]:
    return [
        fact(1, counted(20, 10)),
        fact(2, dispensed(packs=2, after=18)),
        fact(3, dispensed(outcome=Outcome.JAMMED)),
        fact(4, restocked(28, added=9, removed=2)),
        fact(5, faulted()),
        fact(6, faulted("power", raised=False, slot=None)),
        fact(1, dispensed(), kiosk="K0002", epoch=2**31 - 1),
        fact(2**63 - 1, dispensed(), kiosk="K0002"),
    ]


def test_the_registry_is_what_was_laid_out(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        assert books.registry.region == REGION
        assert books.registry.site_by_kiosk == SITES
        assert books.registry.items == frozenset(ITEMS)


def test_facts_come_back_as_they_were_kept(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.facts.add(_all_kinds(), SITES)
    assert keeper.read().facts == {one.key: one for one in _all_kinds()}


def test_a_fact_keeps_its_microseconds_and_its_chinese(keeper: Keeper) -> None:
    at = NOW - timedelta(microseconds=1)
    one = fact(1, faulted("other"), at=at)
    with keeper.store.begin() as books:
        books.facts.add([one], SITES)
        [kept] = books.facts.since_count(KIOSK, one.key)
    assert (kept.happened_at, kept.heard_at, kept.body) == (at, NOW, one.body)


def test_a_key_cannot_be_kept_twice_and_nothing_of_that_batch_is(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.facts.add([fact(1, dispensed())], SITES)
    with (  # Each keeper has its own error: it is our mistake, and ends the transaction.
        pytest.raises(Exception, match=r"(?i)unique|duplicate|already"),
        keeper.store.begin() as books,
    ):
        books.facts.add([fact(2, dispensed()), fact(1, dispensed(packs=3))], SITES)
    assert keeper.read().facts == {fact(1, dispensed()).key: fact(1, dispensed())}


def test_digests_are_told_of_kept_facts_alone_also_of_very_many(keeper: Keeper) -> None:
    facts = [fact(n, faulted()) for n in range(1, 1_300)]
    with keeper.store.begin() as books:
        books.facts.add(facts[::2], SITES)
        found = books.facts.digests({one.key: one.happened_at for one in facts})
        assert found == {one.key: one.digest for one in facts[::2]}
        assert books.facts.digests({FactKey("K0002", 1, 1): NOW}) == {}
        assert books.facts.digests({}) == {}


def test_facts_since_the_newest_count_come_in_the_order_of_their_keys(keeper: Keeper) -> None:
    facts = [
        fact(1, dispensed()),
        fact(2, counted(9)),
        fact(10, dispensed()),
        fact(11, counted(7)),
        fact(12, faulted()),
        fact(1, dispensed(), epoch=2),
        fact(2, counted(5), epoch=2),
    ]
    stranger = fact(3, counted(1), kiosk="K0002")
    with keeper.store.begin() as books:
        books.facts.add([*reversed(facts), stranger], SITES)

        def since(epoch: int, sequence: int) -> list[tuple[int, int]]:
            told = books.facts.since_count(KIOSK, FactKey(KIOSK, epoch, sequence))
            return [one.key[1:] for one in told]

        everything = [one.key[1:] for one in facts]
        assert since(1, 1) == since(0, 0) == everything, "no count before it: all there is"
        assert since(1, 2) == since(1, 10) == everything[1:]
        assert since(1, 11) == since(2, 1) == everything[3:]
        assert since(2, 2) == since(9, 0) == everything[6:], "an epoch outweighs any sequence"


def test_progress_is_kept_by_journal_and_replaced_whole(keeper: Keeper) -> None:
    first = {
        (KIOSK, 1): Progress(upto=3, beyond=((5, 6), (9, 2**63 - 1))),
        (KIOSK, 2): Progress(),
        ("K0002", 1): Progress(upto=1),
    }
    with keeper.store.begin() as books:
        books.progress.save(first)
        books.progress.save({(KIOSK, 1): Progress(upto=9)})
        books.progress.save({})
        assert books.progress.of({KIOSK}) == {
            (KIOSK, 1): Progress(upto=9),
            (KIOSK, 2): Progress(),
        }
        assert books.progress.of(set()) == {}


def _gap(first: int, last: int, **other: object) -> Gap:
    return Gap(kiosk_id=KIOSK, epoch=1, first=first, last=last, noticed_at=NOW, **other)  # type: ignore[arg-type]  # a test names the fields it needs


def test_gaps_are_due_the_longest_due_first_and_never_once_permanent(keeper: Keeper) -> None:
    gaps = [
        _gap(1, 2, next_ask_at=NOW),
        _gap(4, 5, next_ask_at=NOW - timedelta(hours=1)),
        _gap(7, 8, next_ask_at=NOW + timedelta(microseconds=1)),
        _gap(10, 11, permanent=True, next_ask_at=NOW - timedelta(days=1)),
        _gap(13, 14, next_ask_at=None),
    ]
    with keeper.store.begin() as books:
        books.gaps.replace([], gaps)
        assert [gap.first for gap in books.gaps.due(NOW, most=9)] == [4, 1]
        assert [gap.first for gap in books.gaps.due(NOW, most=1)] == [4]
        assert books.gaps.of([(KIOSK, 1)]) == gaps
        assert books.gaps.of([(KIOSK, 2)]) == []


def test_gaps_are_replaced_and_found_by_the_command_that_asked(keeper: Keeper) -> None:
    old, other = _gap(1, 9, command_id="a", asks=1), _gap(20, 2**63 - 1, command_id="b")
    new = [_gap(1, 3, command_id="a"), _gap(5, 9), _gap(30, 31, command_id="a", permanent=True)]
    with keeper.store.begin() as books:
        books.gaps.replace([], [old, other])
        assert books.gaps.by_command(KIOSK, "a") == [old]
        assert books.gaps.by_command("K0002", "a") == []
        books.gaps.replace([old], new)
        assert books.gaps.of([(KIOSK, 1)]) == [new[0], new[1], other, new[2]]
        assert books.gaps.by_command(KIOSK, "a") == [new[0]]


def test_levels_are_kept_by_slot_and_an_uncounted_one_stays_unknown(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        levels = books.stock.levels({KIOSK})
        fold(levels, [fact(1, counted(20)), fact(2, dispensed(slot=2)), fact(3, dispensed())])
        books.stock.save_levels(levels)
        books.stock.save_levels({})
        kept = books.stock.levels({KIOSK, "K0002"})
        assert kept == levels
        assert [kept[KIOSK, slot].on_hand_packs for slot in (1, 2)] == [19, None]
        slots = books.stock.views(NOW)[KIOSK].slots
        assert [slot.on_hand_packs for slot in slots] == [19, None, None]
        assert [slot.capacity_packs for slot in slots] == [28, 28, 28]


@pytest.mark.parametrize("arrival", [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]])
def test_of_a_fault_the_newest_word_counts_in_whatever_order_it_comes(
    keeper: Keeper, arrival: list[int]
) -> None:
    words = {
        1: fact(9, faulted()),
        2: fact(1, faulted(raised=False), epoch=2),
        3: fact(2, faulted(), epoch=2),
    }
    with keeper.store.begin() as books:
        for number in arrival:
            books.stock.note_faults([words[number], fact(number, faulted("power", slot=None))])
    faults = keeper.read().faults
    assert faults[KIOSK, "aisle_jam", 1] == (True, words[3].happened_at, 2, 2)
    assert faults[KIOSK, "power", 0][3] == 3
    with keeper.store.begin() as books:
        view = books.stock.views(NOW)[KIOSK]
        assert (view.machine_faults, [slot.jammed for slot in view.slots]) == (
            1,
            [True, False, False],
        )


def test_every_enrolled_kiosk_has_a_view_and_one_never_heard_is_silent(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        presence = Liveness(kiosk_id=KIOSK).born(boot=1, epoch=2, head=9, firmware="", at=NOW)
        books.liveness.save([presence])
        behind = Progress(upto=3, beyond=((6, 6),))
        books.progress.save({(KIOSK, 2): behind, (KIOSK, 1): Progress(9)})
        views = books.stock.views(NOW)
    assert list(views) == list(KIOSKS)
    assert [views[one].silent for one in KIOSKS] == [False, True, True]
    assert (views[KIOSK].behind_facts, views["K0002"].behind_facts) == (5, 0)


def test_tallies_add_up_over_transactions(keeper: Keeper) -> None:
    parts = [_all_kinds()[:3], _all_kinds()[3:], [fact(7, dispensed(packs=4))], []]
    for part in parts:
        with keeper.store.begin() as books:
            books.totals.add(tally(part, site_of=SITES.__getitem__, zone=ZONE))
    everything = [one for part in parts for one in part]
    expected = tally(everything, site_of=SITES.__getitem__, zone=ZONE)
    kept = keeper.read()
    assert (kept.hourly, kept.daily) == (expected.hourly, expected.daily)
    assert kept.daily["S001", ITEMS[0], date(2026, 11, 20)].dispensed_packs == 6


def test_a_deadline_that_has_passed_is_found_and_one_never_set_is_not(keeper: Keeper) -> None:
    kiosk = Liveness(kiosk_id=KIOSK).beat(epoch=1, head=2**63 - 1, clock=NOW, at=NOW)
    dead = Liveness(kiosk_id="K0002").died(boot=1, at=NOW)
    assert kiosk.silent_after is not None
    with keeper.store.begin() as books:
        books.liveness.save([kiosk, dead])
        books.liveness.save([])
        assert books.liveness.of([KIOSK, "K0003"]) == {KIOSK: kiosk}
        assert books.liveness.silent(kiosk.silent_after - timedelta(microseconds=1)) == {}
        assert books.liveness.silent(kiosk.silent_after) == {KIOSK: kiosk}


def test_coverage_is_kept_only_when_it_changed(keeper: Keeper) -> None:
    figures = [ItemCoverage("condom-52", *range(10)), ItemCoverage("n9-gel", *[0] * 10)]
    with keeper.store.begin() as books:
        assert books.coverage.save(1_350, figures, NOW)
        assert not books.coverage.save(1_350, list(figures), NOW + timedelta(hours=1))
        assert books.coverage.save(1_350, figures[::-1], NOW + timedelta(hours=2))
        assert books.coverage.save(1_351, figures[::-1], NOW + timedelta(hours=3))
    assert keeper.read().coverages == 3


def test_changes_are_noted_in_order(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.changes.note("kiosk", ["K0002", "K0001"], NOW)
        books.changes.note("incident", [], NOW)
        books.changes.note("kiosk", ["K0002"], NOW)
    assert keeper.read().changes == [("kiosk", "K0002"), ("kiosk", "K0001"), ("kiosk", "K0002")]


def _write_everything(books: Books) -> None:
    books.facts.add(_all_kinds(), SITES)
    books.progress.save({(KIOSK, 1): Progress(4)})
    books.gaps.replace([], [_gap(1, 2)])
    books.stock.note_faults([fact(1, faulted())])
    books.totals.add(tally(_all_kinds(), site_of=SITES.__getitem__, zone=ZONE))
    books.liveness.save([Liveness(kiosk_id=KIOSK)])
    books.quarantine.add([aside(b"x")])
    books.incidents.keep([opened(IncidentKind.SILENT, KIOSK)])
    books.coverage.save(1, [], NOW)
    books.changes.note("kiosk", [KIOSK], NOW)


def _die_in_the_middle(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        _write_everything(books)
        raise PowerCutError


def test_a_transaction_that_dies_leaves_nothing_of_any_keeper(keeper: Keeper) -> None:
    before = keeper.read()
    with pytest.raises(PowerCutError):
        _die_in_the_middle(keeper)
    assert keeper.read() == before
    with keeper.store.begin() as books:
        _write_everything(books)
    assert keeper.read() != before
