"""Gaps in a journal: noticed, asked for with patience, filled, or gone for ever and on record."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from service.domain.progress import Stretch

PATIENCE: Final = timedelta(seconds=30)
"""A sequence may be late by this much before we ask for it: networks shuffle."""

ASK_AGAIN_MAX: Final = timedelta(hours=1)
"""Between two asks for the same gap lies twice the time before, up to this."""

ASK_FACTS_MAX: Final = 500
"""One command asks for no more facts than this; the rest is asked for next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of one journal that we have not heard; ``permanent`` when the kiosk lost it too."""

    kiosk_id: str
    epoch: int
    first: int
    last: int
    noticed_at: datetime
    permanent: bool = False
    asks: int = 0
    next_ask_at: datetime | None = None
    command_id: str | None = None

    def asked(self, *, command_id: str, at: datetime) -> "Gap":
        """Return the gap after one more ask, with the deadline for the next."""
        wait = min(ASK_AGAIN_MAX, PATIENCE * 2 ** min(self.asks, 10))
        return replace(self, asks=self.asks + 1, next_ask_at=at + wait, command_id=command_id)

    def given_up(self) -> "Gap":
        """Return the gap as permanent: the kiosk no longer has these facts."""
        return replace(self, permanent=True, next_ask_at=None)

    def without(self, sequences: Iterable[int]) -> list["Gap"]:
        """Return what is left of the gap once some of its facts turned up after all."""
        left: list[Gap] = []
        first = self.first
        for sequence in sorted(number for number in sequences if first <= number <= self.last):
            if sequence > first:
                left.append(replace(self, first=first, last=sequence - 1))
            first = sequence + 1
        if first <= self.last:
            left.append(replace(self, first=first, last=self.last))
        return left


def reconcile(
    old: Iterable[Gap],
    missing: Iterable[Stretch],
    *,
    kiosk_id: str,
    epoch: int,
    at: datetime,
) -> list[Gap]:
    """Return the open gaps that now stand for ``missing``.

    A gap that did not change keeps its age and its next ask; one that shrinks shows that the kiosk
    is sending by itself, so asking waits anew.
    """
    before = {(gap.first, gap.last): gap for gap in old if not gap.permanent}
    result = []
    for first, last in missing:
        same = before.get((first, last))
        if same is not None:
            result.append(same)
            continue
        overlapping = [gap for gap in before.values() if gap.first <= last and first <= gap.last]
        noticed = min((gap.noticed_at for gap in overlapping), default=at)
        result.append(
            Gap(
                kiosk_id=kiosk_id,
                epoch=epoch,
                first=first,
                last=last,
                noticed_at=noticed,
                next_ask_at=at + PATIENCE,
            )
        )
    return result
