"""What notices say: in both languages, with place, since, figures, and what to do."""

from datetime import timedelta

import pytest

from service.domain.digests import collapse, gather
from service.domain.incidents import IncidentKind, What
from service.domain.notice import Style
from service.domain.words_notices import KINDS, LINES_SHOWN_MAX, Writer
from tests.outbox.parcels import GLOSSARY, notice
from tests.support.plans import NOW

ZH = Writer(language="zh", glossary=GLOSSARY, public_url="https://c15.example.org/")
EN = Writer(language="en", glossary=GLOSSARY)


@pytest.mark.parametrize("kind", list(IncidentKind))
@pytest.mark.parametrize("what", [What.OPENED, What.RESOLVED, What.ESCALATED])
def test_every_kind_is_told_in_both_languages(kind: IncidentKind, what: What) -> None:
    for writer in (ZH, EN):
        said = writer.single(notice(what, kind=kind, numbers={}))
        assert "None" not in said.subject + said.body
        assert "\n" not in said.subject
        assert len(said.body.splitlines()) >= 2
    assert set(KINDS) == set(IncidentKind)


def test_a_notice_says_what_where_since_when_and_what_to_do() -> None:
    said = ZH.single(notice())
    assert said.subject == "[严重] 已发完：河东医院（K0001）"
    assert said.body.splitlines() == [
        "避孕套已发完（可装 56 盒）；请尽快补货。",
        "起始：11月20日 15:00",
        "https://c15.example.org/#/incidents?incident=17",
    ]
    said = EN.single(notice(What.RESOLVED, level_minutes=0))
    assert said.subject == "[critical] Resolved: Out of stock: Hedong Hospital (K0001)"
    assert "lasted 3 hours" in said.body or "lasted 180 minutes" in said.body
    late = EN.single(notice(level_minutes=30))
    assert "Nobody took it up for 30 minutes" in late.subject


def test_what_is_of_no_place_is_the_district_s() -> None:
    said = ZH.single(notice(kind=IncidentKind.NETWORK, place="999901", numbers={}))
    assert said.subject == "[严重] 网络中断：测试区"


def test_a_digest_has_a_line_for_each_incident_and_says_why_it_is_one() -> None:
    lines = [
        notice(key="a", incident_id=1, style=Style.QUIET),
        notice(
            What.RESOLVED,
            key="b",
            incident_id=1,
            style=Style.QUIET,
            event_at=NOW + timedelta(hours=1),
        ),
        notice(key="c", incident_id=2, style=Style.FLOOD),
    ]
    digest, gathered = gather(lines, NOW)
    assert {one.digest_id for one in gathered} == {digest.id}
    said = ZH.digest(collapse(lines), [Style.FLOOD, Style.QUIET])
    assert said.subject == "提醒汇总：2 条，其中严重 2 条"
    first, second, *rest = said.body.splitlines()
    assert "上限" in first
    assert "免打扰" in second
    assert rest[0].startswith("· [严重] 已发完：河东医院")
    assert rest[1].startswith("· [严重] 发生后已恢复：已发完：河东医院")
    assert len(rest) == 3


def test_a_digest_of_very_many_says_how_many_more_there_are() -> None:
    many = [notice(key=f"{n}", incident_id=n) for n in range(LINES_SHOWN_MAX + 7)]
    body = EN.digest(collapse(many), []).body.splitlines()
    assert len(body) == LINES_SHOWN_MAX + 1
    assert body[-1] == "7 more on the page."


def test_a_test_says_that_it_is_one() -> None:
    assert ZH.test().subject == "测试提醒"
    assert "nothing is to be done" in EN.test().body
