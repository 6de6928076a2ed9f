"""What an audit has to say: all breaches counted, some told in words."""

from service.domain.audit import BREACHES_MAX, Audit, Invariant
from service.domain.stretches import common, outside


def test_all_breaches_are_counted_and_only_some_told_in_words() -> None:
    verdicts = Audit()
    assert verdicts.holds
    verdicts.breaches(Invariant.ONCE, (f"fact {n}" for n in range(50)))
    told = verdicts.verdicts[Invariant.ONCE]
    assert (told.breach_count, len(told.breaches)) == (50, BREACHES_MAX)
    assert not verdicts.holds


def test_figures_add_up_over_kiosks() -> None:
    verdicts = Audit()
    verdicts.look(Invariant.ONCE, {"facts": 2})
    verdicts.look(Invariant.ONCE, {"facts": 3, "days": 1})
    assert verdicts.verdicts[Invariant.ONCE].figures == {"facts": 5, "days": 1}


def test_stretches_are_cut_by_others() -> None:
    assert list(outside([(1, 10)], [(3, 4), (8, 20)])) == [(1, 2), (5, 7)]
    assert list(outside([(5, 6), (1, 2)], [])) == [(1, 2), (5, 6)]
    assert list(outside([(1, 3)], [(1, 3)])) == []
    assert list(common([(1, 10)], [(3, 4), (10, 20)])) == [(3, 4), (10, 10)]
    assert list(common([(1, 2)], [(3, 4)])) == []
