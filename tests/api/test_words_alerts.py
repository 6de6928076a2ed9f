"""The sentences of alerts: every kind in both languages, also where figures are missing."""

import pytest

from service.domain.alerts import AlertKind, Numbers
from service.domain.district import Named
from service.domain.words_alerts import Wording, why
from tests.support.plans import ZONE

WORDS = Wording(item=Named("避孕套", "Condom"), pack=Named("盒", "box"), zone=ZONE)


@pytest.mark.parametrize("kind", list(AlertKind))
@pytest.mark.parametrize("numbers", [{}, {"on_hand_packs": None, "heard_at": None, "people": "x"}])
def test_every_alert_has_a_sentence_even_without_figures(kind: AlertKind, numbers: Numbers) -> None:
    said = why(kind, numbers, WORDS)
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    assert "None" not in said.zh + said.en


def test_figures_stand_in_words_that_a_manager_understands() -> None:
    low = why(AlertKind.LOW, {"on_hand_packs": 1, "capacity_packs": 28}, WORDS)
    assert low.zh == "避孕套只剩 1 盒（可装 28 盒）；请安排补货。"
    assert low.en == "Condom: 1 box left of 28; plan a refill."


def test_silence_is_told_by_the_clock_of_the_district() -> None:
    said = why(AlertKind.SILENT, {"heard_at": "2026-11-20T17:30:00+00:00"}, WORDS)
    assert said.zh.startswith("11月21日 01:30 之后再没有收到消息")
    assert said.en.startswith("Nothing heard since 21 Nov 01:30")


def test_a_gap_in_the_circle_says_why_and_whether_its_distance_is_an_estimate() -> None:
    numbers: Numbers = {"people": 1200, "walk_minutes": 12, "cause": "machine", "estimate": 1}
    said = why(AlertKind.CIRCLE_GAP, numbers, WORDS)
    assert "12 分钟步行圈" in said.zh
    assert "估算" in said.zh
    assert "故障" in said.zh
    assert "1,200 residents" in said.en
    assert "estimated" in said.en
    assert "repair" in said.en
    said = why(AlertKind.CIRCLE_GAP, numbers | {"cause": "empty", "estimate": 0}, WORDS)
    assert "缺货" in said.zh
    assert "estimated" not in said.en


def test_an_alert_of_an_older_release_still_has_its_sentence() -> None:
    said = why(AlertKind.CIRCLE_GAP, {"people": 1200, "walk_limit_m": 1000.0}, WORDS)
    assert "15 分钟步行圈" in said.zh
