"""A sender is killed in the middle: nothing is lost, and what came twice has the same id."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from service.domain.incidents import What
from service.domain.recipients import ChannelKind
from service.flows.notices import CLAIM_FOR
from service.outbox.post import Post
from service.store.sql_store import SqlStore
from tests.outbox.sinks import HttpSink, MailSink
from tests.support.notices import Desk, happens, hears
from tests.support.plans import NOW

TOP = Path(__file__).parents[2]


def kill_a_sender(engine: Engine, *, where: str) -> None:
    """Let a process of its own take what is due, and kill it where it stands."""
    url = engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.dying", url, where, NOW.isoformat()],
        cwd=TOP,
        env=os.environ,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        for _ in range(2):  # One channel after the other, or the other way round.
            assert process.stdout.readline() == b"here\n"
        process.kill()


@contextmanager
def real_desk(engine: Engine) -> Iterator[Desk]:
    """Give an outbox that really sends."""
    post = Post()
    desk = Desk(SqlStore(engine), answers=lambda parcel: post(parcel, NOW))
    yield desk
    desk.stop()


def two_hear(engine: Engine, http: HttpSink, mail: MailSink) -> None:
    """Let a webhook and a mailbox hear of an incident."""
    store = SqlStore(engine)
    hears(store, address=http.url())
    hears(store, "by mail", address=mail.address, kind=ChannelKind.APPRISE)
    happens(store, What.OPENED)


def come_back(engine: Engine) -> None:
    """Run a service again, for hours."""
    with real_desk(engine) as desk:
        assert desk.go() == [], "the dead one's mark still stands"
        desk.go(minutes=CLAIM_FOR.total_seconds() / 60)
        desk.go(hours=9)


def test_what_a_sender_that_was_killed_before_it_sent_had_taken_comes_once(
    sql_engine: Engine, http: HttpSink, mail: MailSink
) -> None:
    two_hear(sql_engine, http, mail)
    kill_a_sender(sql_engine, where="before")
    assert (len(http.taken), len(mail.mails)) == (0, 0)
    come_back(sql_engine)
    assert (len(http.taken), len(mail.mails)) == (1, 1)


def test_what_a_sender_sent_that_was_killed_before_it_said_so_comes_again_under_the_same_id(
    sqlite_engine: Engine, http: HttpSink, mail: MailSink
) -> None:
    two_hear(sqlite_engine, http, mail)
    kill_a_sender(sqlite_engine, where="after")
    assert (len(http.taken), len(mail.mails)) == (1, 1)
    come_back(sqlite_engine)
    assert (len(http.taken), len(mail.mails)) == (2, 2), "nobody knew; it is bounded, and known"
    first, second = http.taken
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.body == second.body
    assert len({one["Message-ID"] for one in mail.mails}) == 1
