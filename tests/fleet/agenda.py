"""Virtual time: what is to happen when, in whole microseconds, and nobody ever sleeps."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Action = Callable[[], None]
_EVENTS_MAX = 5_000_000
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Agenda:
    """The clock of the fleet; it jumps from one thing that happens to the next."""

    def __init__(self, begin: datetime) -> None:
        self.now_us = (begin - _1970) // timedelta(microseconds=1)
        self.happened = 0
        self._heap: list[tuple[int, int, Action]] = []
        self._count = 0

    def now(self) -> datetime:
        return _1970 + timedelta(microseconds=self.now_us)

    @property
    def now_s(self) -> float:
        return self.now_us / 1_000_000

    @property
    def now_ms(self) -> int:
        return self.now_us // 1_000

    def after(self, seconds: float, action: Action) -> None:
        """Let something happen so many seconds from now."""
        self._count += 1
        due_us = self.now_us + max(0, round(seconds * 1_000_000))
        heapq.heappush(self._heap, (due_us, self._count, action))

    def run_until(self, until: datetime) -> None:
        """Let everything happen that is due up to a moment."""
        until_us = (until - _1970) // timedelta(microseconds=1)
        while self._heap and self._heap[0][0] <= until_us:
            self.now_us, _, action = heapq.heappop(self._heap)
            self.happened += 1
            assert self.happened < _EVENTS_MAX, "this fleet never comes to rest"
            action()
        self.now_us = until_us
