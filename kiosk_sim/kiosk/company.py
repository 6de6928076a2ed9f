"""What a kiosk believes of the service: that it listens, that it does not, or nothing yet.

A kiosk that was told that nobody listens keeps its facts. That word can be out of date (a will
that comes late, a return that was not heard), so now and then it knocks all the same; an ack is a
sign that somebody listens.
"""

import math
import random
from dataclasses import dataclass


@dataclass(slots=True)
class Company:
    """Whether somebody listens; times are in seconds."""

    state_wait_s: float
    doubt_s: float
    rng: random.Random
    listens: bool | None = None
    wait_over_at: float = 0.0
    knock_at: float = math.inf

    def on_connect(self, now: float) -> None:
        """Know nothing; the service's retained state is waited for briefly."""
        self.listens, self.wait_over_at = None, now + self.state_wait_s

    def hear(self, *, listens: bool, now: float) -> bool:
        """Take word of the service; say whether it is back after it was away."""
        is_back = listens and self.listens is False
        self.listens = listens
        if listens:
            self.knock_at = math.inf
        elif self.knock_at == math.inf:  # Told again with each connection: it waits on.
            self.knocked(now)
        return is_back

    def may_send(self, now: float) -> bool:
        """Say whether facts may go out; a service that says nothing of itself is taken at that."""
        if self.listens is None and now >= self.wait_over_at:
            self.listens = True
        return bool(self.listens)

    def may_knock(self, now: float) -> bool:
        """Say whether one fact may go out though nobody is said to listen."""
        return self.listens is False and now >= self.knock_at

    def knocked(self, now: float) -> None:
        """Wait for an answer before the next one."""
        self.knock_at = now + self.doubt_s * self.rng.uniform(0.8, 1.2)

    def due_at(self) -> float:
        """Return when facts may go out though nothing more is heard."""
        return self.wait_over_at if self.listens is None else self.knock_at
