"""One real browser for all tests of a worker: Debian's Chromium, its WebGL drawn in software."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers.processes import missing, unavailable

DIST = Path(__file__).parents[2] / "service" / "web" / "dist"

LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once, with WebGL drawn in software."""
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(program).exists():
        missing(program, package="chromium")
    if not (DIST / "index.html").exists():
        unavailable("the pages are not built: python -m service.web.build")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(LAUNCH))
        yield chromium
        chromium.close()
