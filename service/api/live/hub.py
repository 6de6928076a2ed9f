"""One reader of the database for all pages; a page that cannot keep up is let go."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from service.api.live.events import events_of, farewell, greeting, missed, progress_event
from service.api.live.tail import Tail
from service.flows.reads.ports import Reads, StoreUnavailableError
from service.flows.reads.watch import ProgressView

log = logging.getLogger(__name__)

PAGES_MAX: Final = 200
WAITING_MAX: Final = 64
"""Batches that may wait for a page; all pages share their bytes."""

CHANGES_MAX: Final = 2_000
"""Changes read in one go; more are read in the next, at once."""

PROGRESS_S: Final = 1.0
PAUSE_S_MAX: Final = 5.0
_NOTHING: Final = ProgressView(behind_facts=0, kiosks_catching_up=0)


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
        self._tail = Tail(0)
        self._progress = _NOTHING
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

    def stop(self) -> None:
        """End every stream, so that the server can stop; call it on the server's loop."""
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
            except StoreUnavailableError:
                return  # The page tries again from where it was.
        async for batch in page.batches():
            yield batch

    async def run(self) -> None:
        """Read and tell until cancelled; a failing database is waited out."""
        pause_s, started, failing = self._poll_s, False, False
        while True:
            try:
                if not started:
                    span = await asyncio.to_thread(self._reads.change_span)
                    self._tail, started = Tail(span.newest), True
                more = await self._turn()
                pause_s, failing = self._poll_s, False
            except Exception:  # the reader must live: pages would wait for ever
                if not failing:
                    log.exception("Changes cannot be read; trying again until they can.")
                failing, more = True, False
                pause_s = min(PAUSE_S_MAX, pause_s * 2)
            await asyncio.sleep(0 if more else pause_s)

    async def _turn(self) -> bool:
        tail, now_s = self._tail, asyncio.get_running_loop().time()
        changes = await asyncio.to_thread(
            self._reads.changes, tail.newest, also=tail.missing, most=CHANGES_MAX
        )
        least_id = tail.newest
        if self._pages and changes:
            batch = await asyncio.to_thread(events_of, changes, self._reads, least_id=least_id)
            self._tell(batch)
        tail.take(changes, at_s=now_s)
        await self._tell_progress(now_s, moved=bool(changes))
        return len(changes) == CHANGES_MAX

    async def _tell_progress(self, now_s: float, *, moved: bool) -> None:
        """Tell how much history is still to come: once a second, and once that it is over."""
        due = now_s - self._progress_at_s >= PROGRESS_S
        if not self._pages or not due or not (moved or self._progress != _NOTHING):
            return
        self._progress_at_s = now_s
        before, self._progress = self._progress, await asyncio.to_thread(self._reads.progress)
        if self._progress != _NOTHING or before != _NOTHING:
            self._tell(progress_event(self._progress))

    def _tell(self, batch: bytes) -> None:
        for page in list(self._pages):
            if batch and not page.tell(batch):
                self._pages.discard(page)
                log.info("A page reads too slowly and was let go; it comes back by itself.")
