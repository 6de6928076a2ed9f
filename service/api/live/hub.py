"""One reader of the database for all pages; a page that cannot keep up is let go."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from service.api.live.events import events_of, farewell, greeting, missed, progress_event
from service.api.live.tail import Tail
from service.flows.reads.ports import Reads, StoreUnavailableError

log = logging.getLogger(__name__)

PAGES_MAX: Final = 200
WAITING_MAX: Final = 64
"""Batches that may wait for a page; all pages share their bytes."""

CHANGES_MAX: Final = 2_000
"""Changes read in one go; more are read in the next, at once."""

PROGRESS_S: Final = 1.0
PAUSE_S_MAX: Final = 5.0


class Page:
    """One page that listens."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=WAITING_MAX)

    def tell(self, batch: bytes) -> bool:
        """Hand a batch on; False, and the end, where too many wait already."""
        if not self._waiting.full():
            self._waiting.put_nowait(batch)
            return True
        self.end(farewell())
        return False

    def end(self, last_words: bytes = b"") -> None:
        """Throw away what waits and end the stream; the page resumes where it was."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        if last_words:
            self._waiting.put_nowait(last_words)
        self._waiting.put_nowait(None)

    async def batches(self) -> AsyncIterator[bytes]:
        """Yield batches until the end."""
        while (batch := await self._waiting.get()) is not None:
            yield batch


class Hub:
    """Reads changes every ``poll_s`` and tells all pages."""

    def __init__(self, reads: Reads, *, poll_s: float, pages_max: int = PAGES_MAX) -> None:
        self._reads = reads
        self._poll_s = poll_s
        self._pages_max = pages_max
        self._pages: set[Page] = set()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tail: Tail | None = None
        self._catching_up = False
        self._progress_at_s = 0.0

    @property
    def pages(self) -> int:
        """Return how many pages listen."""
        return len(self._pages)

    def join(self) -> Page | None:
        """Let a page listen; None where there are as many as may be, or the service is stopping."""
        if self._stopping or len(self._pages) >= self._pages_max:
            return None
        page = Page()
        self._pages.add(page)
        return page

    def leave(self, page: Page) -> None:
        """Forget a page."""
        self._pages.discard(page)

    def stop_soon(self) -> None:
        """End every stream from any thread: a server waits for its streams before it stops."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stop)

    def stop(self) -> None:
        """End every stream, on the server's own loop."""
        self._stopping = True
        for page in self._pages:
            page.end()
        self._pages.clear()

    async def stream(self, page: Page, after: int | None) -> AsyncIterator[bytes]:
        """Yield what a page missed, then what happens."""
        yield greeting()
        if after is not None:
            # It listens already: what happens meanwhile comes twice at worst, and is not missed.
            try:
                yield await asyncio.to_thread(missed, after, self._reads)
                # That an upload is over is told once only: it may have come to its end meanwhile.
                yield progress_event(await asyncio.to_thread(self._reads.progress))
            except StoreUnavailableError:
                return  # The page tries again from where it was.
        async for batch in page.batches():
            yield batch

    async def run(self) -> None:
        """Read and tell until cancelled; a failing database is waited out."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        while True:
            begun_s = self._loop.time()
            try:
                if self._tail is None:
                    span = await asyncio.to_thread(self._reads.change_span)
                    self._tail = Tail(span.newest)
                more = await self._turn(self._tail)
                failures = 0
            except Exception:  # the reader must live: pages would wait for ever
                more, failures = False, failures + 1
                if failures == 1:
                    log.exception("Changes cannot be read; trying again until they can.")
            pause_s = min(PAUSE_S_MAX, self._poll_s * 2 ** min(failures, 10))
            busy_s = self._loop.time() - begun_s
            # Pages have a fifth of our time at most: whoever books facts has the rest.
            await asyncio.sleep(busy_s if more else max(pause_s, 4 * busy_s))

    async def _turn(self, tail: Tail) -> bool:
        now_s = asyncio.get_running_loop().time()
        changes = await asyncio.to_thread(
            self._reads.changes, tail.newest, also=tail.missing, most=CHANGES_MAX
        )
        least_id = tail.newest
        if self._pages and changes:
            batch = await asyncio.to_thread(events_of, changes, self._reads, least_id=least_id)
            self.tell(batch)
        tail.take(changes, at_s=now_s)
        await self._tell_progress(now_s, moved=bool(changes))
        return len(changes) == CHANGES_MAX

    async def _tell_progress(self, now_s: float, *, moved: bool) -> None:
        """Tell how much history is still to come: once a second, and once that it is over."""
        due = now_s - self._progress_at_s >= PROGRESS_S
        if not self._pages or not due or not (moved or self._catching_up):
            return
        self._progress_at_s = now_s
        progress = await asyncio.to_thread(self._reads.progress)
        before, self._catching_up = self._catching_up, progress.kiosks_catching_up > 0
        if self._catching_up or before:
            self.tell(progress_event(progress))

    def tell(self, batch: bytes) -> None:
        """Tell every page the same; one that has too much waiting is let go."""
        for page in list(self._pages):
            if batch and not page.tell(batch):
                self._pages.discard(page)
                log.info("A page reads too slowly and was let go; it comes back by itself.")
