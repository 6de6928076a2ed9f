"""How long an unconfirmed fact is waited for, learnt from the acks (as TCP does: RFC 6298).

A service that works off a backlog answers late. Who sends again before its turn has come makes the
backlog longer, so the pause follows the time that an ack takes; only a fact that was sent once
tells that time (Karn's rule), and each pause that ends without an ack doubles the next.
"""

from dataclasses import dataclass, field
from typing import Final

_WEIGHT: Final = 1 / 8
_ROOM: Final = 3.0
"""So many times the usual wait is worth waiting."""


@dataclass(slots=True)
class Patience:
    """A pause in seconds, between the least and the most."""

    least_s: float
    most_s: float
    pause_s: float = field(init=False)
    _usual_s: float = 0.0
    _newest: int = 0
    _timed: tuple[int, float] | None = None

    def __post_init__(self) -> None:
        self.pause_s = self.least_s

    def sent(self, sequence: int, now: float) -> None:
        """Note a fact that goes out; one that went out before tells no time."""
        if sequence > self._newest:
            self._newest = sequence
            if self._timed is None:
                self._timed = (sequence, now)

    def confirmed(self, upto: int, now: float) -> None:
        """Note an ack; the pause is set anew where it tells how long one takes."""
        if self._timed is None or upto < self._timed[0]:
            return
        took_s = now - self._timed[1]
        self._usual_s = took_s if not self._usual_s else self._usual_s
        self._usual_s += _WEIGHT * (took_s - self._usual_s)
        self.forget()

    def ended(self) -> None:
        """Note a pause that ended without an ack."""
        self._timed = None
        self.pause_s = min(self.most_s, self.pause_s * 2)

    def forget(self) -> None:
        """Wait as long as is usual: what is in flight now tells no time."""
        self._timed = None
        self.pause_s = min(self.most_s, max(self.least_s, _ROOM * self._usual_s))

    def restart(self) -> None:
        """Begin a new connection: what the one before was like says nothing of it."""
        self._usual_s = 0.0
        self.forget()

    def new_journal(self) -> None:
        """Begin a new journal, whose facts have not gone out."""
        self._newest = 0
        self.restart()
