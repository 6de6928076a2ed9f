"""Starts and ends the programs that tests need, by process id and within a deadline."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from broker import leash

END_WITHIN_S = 10.0


def missing(program: str, *, package: str | None = None) -> None:
    """Skip where a program is not installed, and fail on CI, where nothing may be skipped."""
    unavailable(f"{program} is not installed here (Debian package: {package or program})")


def unavailable(reason: str) -> None:
    """Skip where something is not there, and fail on CI, where nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, *, package: str | None = None) -> str:
    """Find a program, also where Debian keeps its daemons, or skip the test."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        missing(name, package=package)
    assert found is not None
    return found


def start_leashed(command: list[str], *, log: Path) -> "subprocess.Popen[bytes]":
    """Start a program that ends with us, even when the test run is killed."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def end(
    process: "subprocess.Popen[bytes] | subprocess.Popen[str]", *, number: int | None = None
) -> None:
    """End one process that we started."""
    if process.poll() is None:
        if number is None:
            process.terminate()
        else:
            process.send_signal(number)
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def eventually(holds: Callable[[], bool], *, within_s: float = 10.0, what: str = "it") -> None:
    """Poll until something holds, and fail with words when it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {within_s:g} s")
        time.sleep(0.01)
