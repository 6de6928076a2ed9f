"""A real browser on the built pages: Debian's Chromium, a stub of the service for each test."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.browser.stub import clock, make_app
from tests.servers.processes import eventually

MAP_WITHIN_S = 30.0
# A map drawn in software beside other tests leaves little for the page: give it time.
expect.set_options(timeout=15_000)


@dataclass
class Service:
    """The stub that runs now: where it is, and what can be made to happen in it."""

    port: int
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where pages find it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve a new stub, which knows nothing of what happened in another."""
        app, _ = make_app(now=clock)
        config = uvicorn.Config(app, port=self.port, log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        self._server, self._thread = server, threading.Thread(target=server.run)
        self._thread.start()
        eventually(lambda: server.started, what="the start of the stub")

    def stop(self) -> None:
        """End it, with every stream."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join()

    def turn(self, kiosk: str, state: str, *, unheard: bool = False) -> None:
        """Put a kiosk into a state, as if it had just said so; unheard, no page is told."""
        self._ask("turn", kiosk=kiosk, state=state, unheard=unheard)

    def forget(self) -> None:
        """End every stream and forget all changes: who comes back is told to read anew."""
        self._ask("forget")

    def progress(self, behind_facts: int, kiosks: int) -> None:
        """Tell how much history is still to come, of 20,000 records."""
        self._ask("progress", behind_facts=behind_facts, kiosks=kiosks)

    def calm(self) -> None:
        """Mend everything that is wrong with the data."""
        self._ask("calm")

    def _ask(self, what: str, **how: str | int) -> None:
        httpx.post(f"{self.address}/stub/{what}", params=how).raise_for_status()


@pytest.fixture
def service() -> Iterator[Service]:
    """Serve the stub on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        service = Service(door.getsockname()[1])
    service.start()
    yield service
    service.stop()


@dataclass
class Visit:
    """One open page, and everything it did that it should not have."""

    page: Page
    service: Service
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors, refused content, and requests that leave the origin."""
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._note_request)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.service.address, "blob:", "data:")):
            self.faults.append(f"left the origin: {request.url}")

    def go(self, place: str = "#/map") -> Page:
        """Open a view and wait until its data is there."""
        self.page.goto(f"{self.service.address}/{place}")
        self.page.locator('[data-testid="live-indicator"][data-link="live"]').wait_for()
        return self.page

    def wait_for_map(self) -> None:
        """Wait until the map has drawn everything."""
        drawn = self.page.locator('[data-testid="map"][data-ready="true"]')
        drawn.wait_for(timeout=MAP_WITHIN_S * 1000)

    def mapped_state(self, kiosk: str) -> str | None:
        """What state the map shows a kiosk in."""
        state = self.page.evaluate("(id) => window.__circle15.kioskState(id)", kiosk)
        assert state is None or isinstance(state, str)
        return state

    def rows(self) -> list[tuple[str, str]]:
        """The list as it stands: kiosk and state, from top to bottom."""
        found: list[tuple[str, str]] = self.page.get_by_test_id("kiosk-row").evaluate_all(
            "(rows) => rows.map((row) => [row.dataset.kiosk, row.dataset.state])"
        )
        return [(kiosk, state) for kiosk, state in found]


Open = Callable[..., Visit]


@pytest.fixture
def visiting(browser: Browser, service: Service) -> Iterator[Open]:
    """Open pages as some visitor; afterwards no page may have any fault."""
    visits: list[Visit] = []

    def open_page(
        *, language: str = "zh-CN", width: int = 1280, height: int = 800, night: bool = False
    ) -> Visit:
        context = browser.new_context(
            locale=language,
            viewport={"width": width, "height": height},
            color_scheme="dark" if night else "light",
        )
        visit = Visit(context.new_page(), service)
        visit.watch()
        visits.append(visit)
        return visit

    yield open_page
    for visit in visits:
        visit.page.context.close()
    assert [fault for visit in visits for fault in visit.faults] == []
