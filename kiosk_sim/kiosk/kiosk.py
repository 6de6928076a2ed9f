"""A whole kiosk: the machine in its world, its journal and clock, and the agent that speaks."""

import random
from pathlib import Path
from typing import Any, Final

import orjson

from kiosk_sim.kiosk.agent import Agent, Tuning
from kiosk_sim.kiosk.clock import clock_of
from kiosk_sim.kiosk.events import Draft, Pen, stamp
from kiosk_sim.kiosk.journal import Journal, journal_path, read_lines, read_times, times_path
from kiosk_sim.kiosk.machine import Machine
from kiosk_sim.kiosk.outbox import Outbox
from kiosk_sim.settings import Habits
from kiosk_sim.spec import DistrictError, KioskSpec
from kiosk_sim.world.crew import calendar_of
from kiosk_sim.world.days import CHINA_OFFSET_MS, DAY_MS, Chances, Intent, day_of, plan_day

_STEP_MS: Final = 700
_BATCH: Final = 400
STATE_FILE: Final = "kiosk.json"


class Kiosk:
    """One kiosk in its folder; opened again after a kill, it goes on from its journal."""

    def __init__(
        self, spec: KioskSpec, folder: Path, habits: Habits, tuning: Tuning, begin_ms: int
    ) -> None:
        """Open the kiosk's folder, or begin it at the true time ``begin_ms``."""
        self.spec, self.habits = spec, habits
        self.region, self.id = spec.region, spec.id
        self.folder = folder / spec.id
        self.folder.mkdir(parents=True, exist_ok=True)
        self._calendar = calendar_of(spec, habits.seed)
        self._clock = clock_of(spec.id, habits.seed, habits.clock_wrong)
        self.machine = Machine(spec, Chances(jam=habits.jam))
        self._lines: list[bytes] = []
        self._times: list[int] = []
        self._plan: list[Intent] = []
        self._planned_day = 0
        state = self._load(begin_ms)
        self.boot: int = state["boot"]
        self.lived_ms: int = state["lived_ms"]
        self._begun_ms: int = state["begun_ms"]
        self.journal = Journal(self.folder, state["epoch"])
        self.outbox = Outbox.open(self.folder / "ack.json", state["epoch"])
        self._pen = Pen(spec.region, spec.id, state["epoch"])
        self._remember()
        self.agent = Agent(self, tuning, random.Random(f"agent/{habits.seed}/{spec.id}"))

    # Living: what the world does, up to a true time.

    @property
    def head(self) -> int:
        """Return the newest sequence, facts not yet written included."""
        return self.journal.head + len(self._lines)

    def live_until(self, now_ms: int, factor: float) -> None:
        """Let everything happen that lies between what was lived and now, and journal it."""
        if not self.head and self.journal.epoch == 1:
            self._set_up(factor)
        while self.next_ms(factor) <= now_ms:
            intent = self._plan.pop()
            self.lived_ms = intent.at_ms
            self._apply(intent)
            if len(self._lines) >= _BATCH:
                self.flush()
        self.lived_ms = max(self.lived_ms, now_ms)
        self.flush()

    def next_ms(self, factor: float) -> int:
        """Return the true time of the next thing to happen."""
        while not self._plan:
            self._planned_day = max(self._planned_day + 1, day_of(self.lived_ms))
            day = plan_day(self.spec, self._calendar, self._planned_day, self.habits, factor)
            # Latest first: the next one is popped off the end.
            self._plan = [
                intent
                for intent in reversed(day)
                if intent.at_ms > self.lived_ms and (self.habits.crew or intent.what != "visit")
            ]
        return self._plan[-1].at_ms

    def forget_plan(self) -> None:
        """Draw the rest of the day anew (the demand factor changed)."""
        self._plan = []
        self._planned_day = day_of(self.lived_ms) - 1

    def power_up(self, now_ms: int) -> None:
        """Start the machine: a new boot, and a count of every slot."""
        self.lived_ms = max(self.lived_ms, now_ms)
        self._apply(Intent(now_ms, "boot"))
        self.flush()

    def count_asked(self, now: float) -> None:
        """Count every slot because the service asked."""
        now_ms = int(now * 1000)
        self._note([self.machine.count("asked")], now_ms)
        self.flush()

    def clock_ms(self, now: float) -> int:
        """Return what the kiosk's own clock shows."""
        true_ms = int(now * 1000)
        return true_ms + self._clock.offset_ms(true_ms)

    def _set_up(self, factor: float) -> None:
        """Put the machine up on its first day: switched on empty, then filled."""
        at_ms = day_of(self._begun_ms) * DAY_MS - CHINA_OFFSET_MS + 60_000
        at_ms = max(at_ms, self._begun_ms)
        self.lived_ms = at_ms
        self._apply(Intent(at_ms, "boot"))
        self._apply(Intent(at_ms + 60_000, "visit"))
        self.lived_ms = at_ms + 60_000
        self._plan = []
        self.next_ms(factor)

    def _apply(self, intent: Intent) -> None:
        if intent.what == "boot":
            self.boot += 1
            self.save()  # a boot number must never be used twice, whatever is killed next
        stamped = stamp(intent.at_ms + self._clock.offset_ms(intent.at_ms))
        self._note(self.machine.apply(intent, stamped), intent.at_ms)

    def _note(self, drafts: list[Draft], at_ms: int) -> None:
        for step, draft in enumerate(drafts):
            true_ms = at_ms + step * _STEP_MS
            stamped_ms = true_ms + self._clock.offset_ms(true_ms)
            self._lines.append(self._pen.write(draft, self.head + 1, stamped_ms))
            self._times.append(true_ms)

    # The disk.

    def flush(self) -> None:
        """Write noted facts to the journal; only then does the outbox know of them."""
        if self._lines:
            self.journal.append(self._lines, self._times)
            self._lines, self._times = [], []

    def save(self) -> None:
        """Write the small files: boot number and confirmation."""
        self.outbox.save()
        state = {
            "region": self.region,
            "kiosk": self.id,
            "site": self.spec.site_id,
            "epoch": self.journal.epoch,
            "boot": self.boot,
            "begun_ms": self._begun_ms,
            "lived_ms": self.lived_ms,
            "slots": [[s.number, s.item, s.capacity_packs] for s in self.spec.slots],
        }
        part = self.folder / "kiosk.part"
        part.write_bytes(orjson.dumps(state))
        part.replace(self.folder / STATE_FILE)

    def lose_journal(self) -> None:
        """Lose the journal, as a replaced board does: a new epoch, numbered from 1.

        The world keeps the lost pages under another name, so that truth still knows of them.
        """
        self.flush()
        lost = self.journal.path.with_name(f"lost-{self.journal.epoch:06d}.jsonl")
        if self.journal.path.exists():
            times_path(self.journal.path).replace(times_path(lost))
            self.journal.path.replace(lost)
        epoch = self.journal.epoch + 1
        self.journal = Journal(self.folder, epoch)
        self.outbox = Outbox.open(self.folder / "ack.json", epoch)
        self._pen = Pen(self.region, self.id, epoch)
        self.save()

    def _load(self, begin_ms: int) -> dict[str, int]:
        path = self.folder / STATE_FILE
        if not path.exists():
            return {"epoch": 1, "boot": 0, "begun_ms": begin_ms, "lived_ms": begin_ms}
        try:
            state: dict[str, Any] = orjson.loads(path.read_bytes())
            owner = (state["region"], state["kiosk"], state["site"])
            numbers = {key: int(state[key]) for key in ("epoch", "boot", "begun_ms", "lived_ms")}
        except (ValueError, KeyError, TypeError):
            message = f"{path} cannot be read; remove the folder {self.folder} to begin anew"
            raise DistrictError(message) from None
        if owner != (self.region, self.id, self.spec.site_id):
            message = f"{self.folder} belongs to another district; use another folder"
            raise DistrictError(message)
        return numbers

    def _remember(self) -> None:
        """Take the machine's state, and how far the world was lived, from the journals."""
        for epoch in range(1, self.journal.epoch + 1):
            path = journal_path(self.folder, epoch)
            if not path.exists():
                path = path.with_name(f"lost-{epoch:06d}.jsonl")
            for line in read_lines(path):
                self.machine.remember(orjson.loads(line))
            times = read_times(path)
            if times:
                self.lived_ms = max(self.lived_ms, times[-1])
