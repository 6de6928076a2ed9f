"""Policies: the most specific wins, and one that nobody could obey is refused in words."""

from dataclasses import replace

import pytest

from service.domain.policy import DEFAULT, PRESETS, Method, Policy, PolicyError, Scope, resolve

HERE = {"site_id": "S001", "kind": "hospital", "item": "condom-52"}


def test_the_most_specific_policy_wins() -> None:
    scopes = [
        Scope(),
        Scope(item="condom-52"),
        Scope(kind="hospital"),
        Scope(kind="hospital", item="condom-52"),
        Scope(site_id="S001"),
        Scope(site_id="S001", item="condom-52"),
    ]
    known: dict[Scope, Policy] = {}
    for days, scope in enumerate(scopes, start=1):
        known[scope] = replace(DEFAULT, review_days=days)
        assert resolve(known, **HERE) == (scope, known[scope])
    elsewhere = resolve(known, site_id="S002", kind="campus", item="n9-film")
    assert elsewhere == (Scope(), known[Scope()])


def test_without_any_policy_there_is_one_that_makes_sense() -> None:
    assert resolve({}, **HERE) == (Scope(), DEFAULT)
    assert DEFAULT.cover_days == DEFAULT.lead_days + DEFAULT.review_days


def test_the_months_of_stock_norms_are_there_by_name() -> None:
    norms = {name: (one.min_months, one.max_months) for name, one in PRESETS.items()}
    assert norms["county"] == (1, 4)
    assert norms["township"] == (1, 2)
    assert norms["village"] == (0, 1)
    assert PRESETS["village"].method is Method.MIN_MAX


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"min_months": 3.0, "max_months": 2.0}, "The most (2 months) must be above"),
        ({"min_months": 2.0, "max_months": 2.0}, "must be above the least"),
        ({"max_months": 25.0}, "0 to 24"),
        ({"min_months": -1.0}, "0 to 24"),
        ({"min_months": float("nan")}, "0 to 24"),
        ({"risk": 0.0}, "chance to run out"),
        ({"risk": 0.6}, "chance to run out"),
        ({"lead_days": 400}, "not 400"),
        ({"lead_days": -1}, "not -1"),
        ({"review_days": 0}, "every 1 to 92 days, not 0"),
    ],
)
def test_a_policy_that_nobody_could_obey_is_refused_in_words(
    wrong: dict[str, float], said: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        replace(DEFAULT, **wrong)  # type: ignore[arg-type]  # each of its own type
    assert said in refused.value.words.en
    assert refused.value.words.zh.endswith("。")


def test_a_lead_time_of_nothing_is_a_delivery_on_the_same_day() -> None:
    assert replace(DEFAULT, lead_days=0).cover_days == DEFAULT.review_days


def test_a_site_and_its_kind_are_not_named_together() -> None:
    with pytest.raises(PolicyError, match="leave one out"):
        Scope(site_id="S001", kind="hospital")
