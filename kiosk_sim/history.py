"""Opens a fleet's journals and writes the history that lies between them and now."""

from collections.abc import Callable
from pathlib import Path

from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.settings import Habits
from kiosk_sim.spec import KioskSpec

# Told how many kiosks of how many are done; answers whether to go on.
Progress = Callable[[int, int], bool]


def open_fleet(
    specs: list[KioskSpec], folder: Path, habits: Habits, tuning: Tuning, begin_ms: int
) -> list[Kiosk]:
    """Open every kiosk's folder; those that are new begin at ``begin_ms``."""
    return [Kiosk(spec, folder, habits, tuning, begin_ms) for spec in specs]


def write_history(
    kiosks: list[Kiosk], now_ms: int, factor: float, progress: Progress | None = None
) -> int:
    """Live every kiosk up to now, journal it, and return how many facts that made."""
    before = sum(kiosk.head for kiosk in kiosks)
    for done, kiosk in enumerate(kiosks):
        if progress is not None and not progress(done, len(kiosks)):
            break
        kiosk.live_until(now_ms, factor)
        kiosk.save()
    return sum(kiosk.head for kiosk in kiosks) - before
