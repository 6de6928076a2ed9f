"""The sentences of incidents: every kind in both languages, also where figures are missing."""

import pytest

from service.domain.district import Named
from service.domain.incidents import IncidentKind, Numbers, Part
from service.domain.words_incidents import ItemWords, Wording, why
from tests.support.plans import ZONE

CONDOM = ItemWords(name=Named("避孕套", "Condom"), pack=Named("盒", "box"))
FILM = ItemWords(name=Named("避孕膜", "Film"), pack=Named("袋", "bag"))
WORDS = Wording(items={"condom-52": CONDOM, "n9-film": FILM}, zone=ZONE)


def _part(item: str = "condom-52", **figures: int | str) -> Part:
    return {"item": item, **figures}


@pytest.mark.parametrize("kind", list(IncidentKind))
@pytest.mark.parametrize(
    "numbers", [{}, {"on_hand_packs": None}, {"heard_at": "2026-11-20T10:00:00+00:00"},
                {"items": []}, {"items": [{"item": "of next year"}]}]
)  # fmt: skip
def test_every_incident_has_a_sentence_even_without_figures(
    kind: IncidentKind, numbers: Numbers
) -> None:
    said = why(kind, numbers, WORDS)
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    assert "None" not in said.zh + said.en


def test_figures_and_the_items_own_words_stand_in_the_sentence() -> None:
    low = _part(on_hand_packs=1, capacity_packs=28)
    said = why(IncidentKind.LOW, {"items": [low]}, WORDS)
    assert said.zh == "避孕套只剩 1 盒（可装 28 盒）；请安排补货。"
    assert said.en == "Condom: 1 box left of 28; plan a refill."


def test_several_items_share_one_sentence_and_many_are_counted() -> None:
    parts = [_part(on_hand_packs=0, capacity_packs=28), _part("n9-film", capacity_packs=9)]
    said = why(IncidentKind.OUT, {"items": parts}, WORDS)
    assert said.zh == "避孕套已发完（可装 28 盒），避孕膜已发完（可装 9 袋）；请尽快补货。"
    many = why(IncidentKind.OUT, {"items": parts * 3}, WORDS)
    assert "，另有 3 种；" in many.zh
    assert ", and 3 more; refill it soon." in many.en


def test_what_cannot_be_had_for_a_jam_is_not_said_to_have_run_out() -> None:
    stuck = _part(on_hand_packs=3, capacity_packs=28, jammed_slots=1)
    said = why(IncidentKind.OUT, {"items": [stuck]}, WORDS)
    assert said.zh == "避孕套领不到：机内还有 3 盒，但有 1 个货道卡货；请派人检修。"


def test_moments_are_told_by_the_districts_clock() -> None:
    said = why(IncidentKind.SILENT, {"heard_at": "2026-11-20T17:30:00+00:00"}, WORDS)
    assert "11月21日 01:30" in said.zh
    assert "21 Nov 01:30" in said.en


def test_a_gap_in_the_circle_says_for_what_for_whom_why_and_how_far() -> None:
    numbers: Numbers = {"people": 12_345, "walk_minutes": 20, "estimate": 1, "cause": "machine",
                        "communities": 3, "items": [_part()]}  # fmt: skip
    said = why(IncidentKind.CIRCLE_GAP, numbers, WORDS)
    assert said.zh == (
        "20 分钟步行圈内领不到避孕套（设备故障），影响3 个小区 12345 名育龄居民"
        "（直线距离估算）；请优先检修这里或附近设备。"
    )
    assert "12,345 residents of childbearing age affected in 3 communities" in said.en
    said = why(IncidentKind.CIRCLE_GAP, numbers | {"cause": "empty", "estimate": 0}, WORDS)
    assert "请优先为这里或附近设备补货" in said.zh
    assert "straight" not in said.en


def test_a_storm_is_about_the_network_and_not_about_kiosks() -> None:
    numbers: Numbers = {"kiosks": 40, "among": 43, "since": "2026-11-20T10:00:00+00:00"}
    said = why(IncidentKind.NETWORK, numbers, WORDS)
    assert said.zh.startswith("11月20日 18:00起 43 台设备中有 40 台同时失联")
    assert "40 of 43 kiosks fell silent at once since 20 Nov 18:00" in said.en
    said = why(IncidentKind.NETWORK, numbers | {"cause": "broker"}, WORDS)
    assert "message broker since 20 Nov 18:00" in said.en
