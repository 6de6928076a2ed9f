"""Live changes over a real server: at once, once, resumed without loss, and never without bound."""

import asyncio
import time
from collections.abc import Collection, Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, func, select

from service.api.app import build_app
from service.api.live.events import missed
from service.api.live.hub import WAITING_MAX, Hub
from service.flows.reads.ports import Change, ChangeSpan
from service.store.reads.sql_reads import SqlReads
from service.store.sql import table_of
from service.store.tables.watch import ChangeRow
from tests.api.client import run_apart
from tests.api.conftest import World, make_app
from tests.api.live import Listener, listening, serving
from tests.api.story import keep, reads_of, tell, watch
from tests.servers.processes import eventually
from tests.support.plans import NOW
from tests.support.say import born, dispensed, fact, restocked


@pytest.fixture
def address(evening: Engine) -> Iterator[str]:
    """Each database in turn, served."""
    with serving(make_app(reads_of(evening))) as address:
        yield address


def kiosks_of(listener: Listener) -> list[tuple[str, int | None]]:
    return [(one.data["id"], one.data["on_hand_packs"]) for one in listener.of("kiosk")]


def test_what_is_booked_is_on_the_page_within_a_second(address: str, evening: Engine) -> None:
    with listening(address) as page:
        begun = time.monotonic()
        keep(evening, [fact(10, restocked(28))])
        page.until(lambda: page.of("kiosk"), within_s=1.0, what="the change")
        assert time.monotonic() - begun < 1.0
        told = page.of("kiosk")[0]
        listed = httpx.get(f"{address}/api/v1/kiosks").json()
        assert told.data in listed["kiosks"]
        assert told.id == listed["change_id"]


def test_a_page_that_comes_back_is_told_what_it_missed_and_nothing_else(
    address: str, evening: Engine
) -> None:
    with listening(address) as page:
        keep(evening, [fact(10, dispensed(3, item="n9-film"))])
        page.until(lambda: page.of("kiosk"), what="the first change")
        last = page.of("kiosk")[-1].id
    keep(evening, [fact(11, restocked(28))])
    keep(evening, [fact(7, restocked(20, slot=2), kiosk="K0002")])
    with listening(address, after=0, last_event_id=str(last)) as page:
        page.until(lambda: len({one for one, _ in kiosks_of(page)}) == 2, what="what it missed")
        assert dict(kiosks_of(page)) == {"K0001": 28 + 18, "K0002": 28 + 27 + 20}
        ids = [one.id for one in page.events if one.id is not None]
        assert min(ids) >= (last or 0)
        assert not page.of("reset")


def test_following_the_list_from_its_number_misses_nothing(address: str, evening: Engine) -> None:
    change_id = httpx.get(f"{address}/api/v1/kiosks").json()["change_id"]
    keep(evening, [fact(10, restocked(9))])
    with listening(address, after=change_id) as page:
        page.until(lambda: kiosks_of(page), what="what happened in between")
        assert ("K0001", 28) in kiosks_of(page)


def test_incidents_and_the_circle_are_told_as_they_change(address: str, evening: Engine) -> None:
    with listening(address) as page:
        keep(evening, [fact(10, restocked(28)), fact(11, restocked(28, slot=2))])
        watch(evening, at=NOW + timedelta(minutes=1))
        page.until(lambda: page.of("incident"), what="the incident's end")
        told = page.of("incident")[0].data
        assert (told["kind"], told["kiosk_id"]) == ("out", "K0001")
        assert told["resolved_at"] == "2026-11-20T10:01:00Z"
        keep(evening, [fact(12, dispensed(1, packs=28)), fact(13, dispensed(2, packs=28))])
        keep(evening, [born(boot=2, head=900, kiosk="K0002")])
        watch(evening, at=NOW + timedelta(minutes=2))
        page.until(lambda: page.of("coverage"), what="the circle")
        told = page.of("coverage")[-1].data
        assert told == httpx.get(f"{address}/api/v1/coverage").json()


def test_many_changes_of_one_kiosk_are_told_together(evening: Engine) -> None:
    reads = reads_of(evening)
    before = reads.change_span().newest
    for sequence in range(10, 60):
        keep(evening, [fact(sequence, dispensed(3, item="n9-film"))])
    told = missed(before, reads)
    assert told.count(b'{"id":"K0001"') == 1
    assert f"id: {before + 50}\r\nevent: kiosk".encode() in told


def test_history_that_comes_in_is_told_as_progress_and_its_end_once(
    address: str, evening: Engine
) -> None:
    with listening(address) as page:
        keep(evening, [born(head=509)])
        page.until(lambda: page.of("progress"), what="progress")
        told = {"behind_facts": 500, "kiosks_catching_up": 1, "facts_expected": 517}
        assert page.of("progress")[0].data == told
        keep(evening, [fact(n, dispensed(3, item="n9-film")) for n in range(10, 510)])
        nothing = {"behind_facts": 0, "kiosks_catching_up": 0, "facts_expected": 517}
        page.until(lambda: page.of("progress")[-1].data == nothing, what="its end")
        times = len(page.of("progress"))
        assert times <= 4
        time.sleep(1.1)
        kiosks = len(page.of("kiosk"))
        keep(evening, [fact(510, dispensed(3, item="n9-film"))])
        page.until(lambda: len(page.of("kiosk")) > kiosks, what="one more")
        time.sleep(0.3)
        assert len(page.of("progress")) == times


def test_a_page_that_was_away_at_the_end_of_an_upload_learns_that_it_is_over(
    address: str, evening: Engine
) -> None:
    with listening(address) as page:
        keep(evening, [born(head=509)])
        page.until(lambda: page.of("progress"), what="progress")
        last = page.of("kiosk")[-1].id
    keep(evening, [fact(n, dispensed(3, item="n9-film")) for n in range(10, 510)])
    with listening(address, after=last) as page:
        page.until(lambda: page.of("progress"), what="that it is over")
        assert page.of("progress")[0].data["behind_facts"] == 0
        assert page.of("progress")[0].id is None


@pytest.mark.parametrize("last", ["999999999", "garbage", "-5", "9" * 150])
def test_a_number_that_is_not_ours_means_read_everything_anew(address: str, last: str) -> None:
    with listening(address, last_event_id=last) as page:
        page.until(lambda: page.of("reset"), what="the word to begin anew")
        reset = page.of("reset")[0]
        assert reset.id == httpx.get(f"{address}/api/v1/kiosks").json()["change_id"]
        assert set(reset.data) == {"why_zh", "why_en"}


def test_a_page_that_was_away_longer_than_changes_are_kept_reads_anew(evening: Engine) -> None:
    for n in range(10, 20):
        keep(evening, [fact(n, dispensed(3, item="n9-film"))])
    change = table_of(ChangeRow)
    with evening.begin() as connection:
        newest = connection.scalar(select(func.max(change.c.id)))
        connection.execute(change.delete().where(change.c.id < newest))
    reads = reads_of(evening)
    assert b"event: reset" in missed(newest - 5, reads)
    assert b"event: reset" not in missed(newest - 1, reads)
    assert b"event: reset" not in missed(newest, reads)


def test_a_change_that_becomes_visible_late_is_told_all_the_same(postgres_engine: Engine) -> None:
    tell(postgres_engine)
    change = table_of(ChangeRow)
    row = {"at": NOW, "kind": "kiosk"}
    with serving(make_app(reads_of(postgres_engine))) as address, listening(address) as page:
        with postgres_engine.connect() as slow, slow.begin():
            slow.execute(change.insert(), [{**row, "subject": "K0003"}])
            with postgres_engine.begin() as quick:
                quick.execute(change.insert(), [{**row, "subject": "K0001"}])
            page.until(lambda: page.of("kiosk"), what="the quick one")
            quick_id = page.of("kiosk")[0].id
        page.until(lambda: len(page.of("kiosk")) == 2, what="the slow one")
        assert [one.data["id"] for one in page.of("kiosk")] == ["K0001", "K0003"]
        assert page.of("kiosk")[1].id == quick_id


def test_one_page_too_many_is_refused_in_words_until_another_leaves(evening: Engine) -> None:
    app = build_app(
        reads_of(evening),
        readiness=World().readiness(),
        pages=None,
        new_id=lambda: "n",
        live_pages_max=2,
    )
    with serving(app) as address, listening(address):
        with listening(address):
            refused = httpx.get(f"{address}/api/v1/changes")
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "too_many_pages"
            assert refused.headers["retry-after"] == "30"
        eventually(lambda: app.state.hub.pages == 1, what="the leaving")
        with listening(address):
            assert app.state.hub.pages == 2


def test_a_page_that_reads_too_slowly_is_let_go_and_others_are_not() -> None:
    async def told() -> tuple[int, list[bytes]]:
        hub = Hub(SqlReadsOfNothing(), poll_s=0.001)
        slow, quick = hub.join(), hub.join()
        assert slow is not None
        assert quick is not None
        heard: list[bytes] = []

        async def follow() -> None:
            heard.extend([batch async for batch in quick.batches()])

        reader = asyncio.create_task(follow())
        for number in range(WAITING_MAX + 5):
            hub.tell(b"%d" % number)
            await asyncio.sleep(0)
        left = hub.pages
        hub.stop()
        await reader
        rest = [batch async for batch in slow.batches()]
        return left, [*heard, b"|", *rest]

    left, batches = run_apart(told())
    heard, rest = batches[: batches.index(b"|")], batches[batches.index(b"|") + 1 :]
    assert left == 1
    assert heard == [b"%d" % number for number in range(WAITING_MAX + 5)]
    assert [b"too slowly" in one for one in rest] == [True]


class SqlReadsOfNothing(SqlReads):
    """Reads for a hub that is never run."""

    def __init__(self) -> None:
        """Need no database."""

    def change_span(self) -> ChangeSpan:
        return ChangeSpan(oldest=0, newest=0, overlap=0)


def test_a_database_that_comes_back_is_followed_again(evening: Engine) -> None:
    class Shaky(SqlReads):
        failing = False

        def changes(self, after: int, *, also: Collection[int], most: int) -> tuple[Change, ...]:
            if self.failing:
                message = "away"
                raise OSError(message)
            return super().changes(after, also=also, most=most)

    reads = Shaky(evening, now=lambda: NOW, zone=reads_of(evening).zone)
    with serving(make_app(reads)) as address, listening(address) as page:
        reads.failing = True
        time.sleep(0.5)
        keep(evening, [fact(10, restocked(28))])
        reads.failing = False
        page.until(lambda: page.of("kiosk"), what="the change after all")
