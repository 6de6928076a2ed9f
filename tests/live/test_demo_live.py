"""The demo as whoever types `make demo` sees it: it starts, says where, mends, ends, comes back."""

import fcntl
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from broker import leash
from broker.ports import free_port
from tests.live.running import TOP, alive, command_of, environment, family, gone_soon
from tests.servers.processes import end, eventually

UP_WITHIN_S = 120.0
ADDRESS = re.compile(r"Open (http://127\.0\.0\.1:(\d+))")


class Demo:
    """`python -m service demo` with a short history, and what it says."""

    def __init__(self, folder: Path, log: Path, *options: str, port: int | None = None) -> None:
        self.folder, self.log = folder, log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
                    *(sys.executable, "-m", "service", "demo", "--folder", str(folder)),
                    *("--days", "10", "--port", str(port or free_port(0)[0]), *options),
                ],
                cwd=TOP,
                env=environment({}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def address(self) -> str:
        """Wait until it says what to open."""
        deadline = time.monotonic() + UP_WITHIN_S
        while (found := ADDRESS.search(self.said)) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the demo did not get up: {self.said[-1500:]}")
            time.sleep(0.05)
        return found[1]

    def facts(self) -> int:
        """Return how many facts are kept."""
        database = sqlite3.connect(self.folder / "circle15.db", timeout=10)
        (count,) = database.execute("SELECT count(*) FROM fact").fetchone()
        database.close()
        assert isinstance(count, int)
        return count

    def child(self, words: str) -> int:
        """Return the process id of the child that was started with these words."""
        return next(pid for pid in family(self.process.pid) if words in command_of(pid))

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address()}/api/v1/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    def interrupt(self) -> None:
        """Press Ctrl-C and see that nothing is left."""
        pids = family(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.said
        assert not alive(pids), [command_of(pid) for pid in alive(pids)]
        assert "Traceback" not in self.said


Begin = Callable[..., Demo]


@pytest.fixture
def begin(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begin]:
    """Start demos in one folder; one test at a time, since all prefer the same broker port."""
    demos: list[Demo] = []

    def start(*options: str, port: int | None = None) -> Demo:
        log = tmp_path / f"demo-{len(demos)}.log"
        demos.append(Demo(tmp_path / "data", log, *options, port=port))
        return demos[-1]

    turn = tmp_path_factory.getbasetemp().parent / "demo.turn"
    with turn.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield start
        for one in demos:
            end(one.process)


def test_the_demo_starts_ends_and_comes_back_with_its_data(begin: Begin) -> None:
    first = begin()
    address = first.address()
    assert "<html" in httpx.get(address).text
    assert len(httpx.get(f"{address}/api/v1/kiosks").json()["kiosks"]) == 43
    kept = first.facts()
    assert kept > 1_000
    first.interrupt()
    second = begin()
    second.address()
    eventually(lambda: "facts written for" in second.said, within_s=60, what="the history")
    written = re.search(r"history: (\d+) facts written", second.said)
    assert written is not None
    assert int(written[1]) < kept / 2, "a second history"
    assert second.facts() >= kept
    second.interrupt()
    marker = Path(second.log.parent / "data" / "kiosks" / "marker")
    marker.touch()
    third = begin("--fresh")
    third.address()
    assert not marker.exists()
    third.interrupt()


def test_a_demo_with_a_taken_port_chooses_another_mends_itself_and_killed_leaves_no_child(
    begin: Begin,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        demo = begin("--live-demand", "500", port=taken)
        address = demo.address()
        assert f"Port {taken} is taken" in demo.said
        assert not address.endswith(f":{taken}")
    for child in ("service run", *OF_OTHERS, "kiosk_sim run", "broker run"):
        kill_and_see_it_back(demo, child)
    pids = family(demo.process.pid)
    assert len(pids) == 5, [command_of(pid) for pid in pids]
    demo.process.kill()
    demo.process.wait()
    gone_soon(pids)


OF_OTHERS = ("service.inbox.hearing", "nats-server")
"""Brought back by the service and by the broker's supervisor, with a word in their logs."""


def kill_and_see_it_back(demo: Demo, child: str) -> None:
    """Kill one child; the demo says so and brings it back, and facts are kept again."""
    killed, words = demo.child(child), demo.said.count("starts again")
    os.kill(killed, signal.SIGKILL)
    if child not in OF_OTHERS:
        eventually(lambda: demo.said.count("starts again") > words, what="a word about it")
    eventually(
        lambda: any(child in command_of(pid) for pid in family(demo.process.pid) - {killed}),
        within_s=30,
        what=f"the new {child}",
    )
    eventually(demo.is_ready, within_s=60, what=f"readiness after the end of {child}")
    kept = demo.facts()
    eventually(lambda: demo.facts() > kept, within_s=60, what=f"facts after the end of {child}")


def test_a_second_demo_in_the_folder_is_refused_in_one_sentence(begin: Begin) -> None:
    demo = begin()
    address = demo.address()
    for options in ((), ("--fresh",)):
        second = begin(*options)
        assert second.process.wait(30) == 2
        said = second.said.strip().splitlines()
        assert len(said) == 1, said
        assert "demo" in said[0]
        assert str(demo.process.pid) in said[0]
    assert httpx.get(f"{address}/api/v1/ready").is_success
    assert demo.facts() > 0
    demo.interrupt()


def test_to_begin_anew_deletes_nothing_that_is_not_the_demos(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "data" / "logs").mkdir(parents=True)
    letter = tmp_path / "data" / "logs" / "letter.txt"
    letter.write_text("dear", encoding="utf-8")
    demo = begin("--fresh")
    assert demo.process.wait(60) == 2
    assert letter.read_text(encoding="utf-8") == "dear"
    assert "does not look like" in demo.said
