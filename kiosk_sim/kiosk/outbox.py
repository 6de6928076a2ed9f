"""What the service has not yet confirmed: emptied by its application ack and by nothing else."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from service.contract.commands import Ack

Ranges = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Outbox:
    """How far the service has confirmed an epoch's facts, kept on disk in a small file."""

    path: Path
    epoch: int
    upto: int = 0
    have: Ranges = ()
    saved_upto: int = 0

    @classmethod
    def open(cls, path: Path, epoch: int) -> "Outbox":
        """Read what was confirmed; a lost or foreign file only means that facts go out again."""
        try:
            held = orjson.loads(path.read_bytes())
            if held["epoch"] == epoch:
                return cls(path, epoch, held["upto"], (), held["upto"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        return cls(path, epoch)

    def confirm(self, ack: Ack, head: int) -> bool:
        """Take an ack in; say whether it confirmed anything new.

        An ack of another epoch, or of more than was ever written, speaks of another journal; one
        that goes back was overtaken on its way.
        """
        if ack.epoch != self.epoch or ack.upto > head or ack.upto < self.upto:
            return False
        have = tuple(
            (first, min(last, head)) for first, last in ack.have if ack.upto < first <= last
        )
        is_new = ack.upto > self.upto or have != self.have
        self.upto, self.have = ack.upto, have
        return is_new

    def depth(self, head: int) -> int:
        """Return how many facts wait for their confirmation."""
        return head - self.upto - sum(last - first + 1 for first, last in self.have)

    def holds(self, sequence: int) -> bool:
        """Say whether a fact still waits."""
        return sequence > self.upto and not any(
            first <= sequence <= last for first, last in self.have
        )

    def save(self) -> None:
        """Write the confirmation to disk if it changed."""
        if self.saved_upto == self.upto and self.path.exists():
            return
        part = self.path.with_suffix(".part")
        part.write_bytes(orjson.dumps({"epoch": self.epoch, "upto": self.upto}))
        part.replace(self.path)
        self.saved_upto = self.upto
