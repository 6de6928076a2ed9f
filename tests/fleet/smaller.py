"""Makes a failing run smaller: fewer days, fewer kiosks, faults left out one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from tests.fleet.run import Report, run
from tests.fleet.weather import FAULTS, Weather, forecast

_TRIES_MAX: Final = 40


@dataclass(frozen=True)
class Case:
    """A run by the words that repeat it."""

    seed: int
    kiosks: int
    days: int
    keeper: str
    without: tuple[str, ...] = ()

    @property
    def weather(self) -> Weather:
        return forecast(
            self.seed,
            kiosks=self.kiosks,
            days=self.days,
            keeper=self.keeper,
            without=self.without,
        )

    @property
    def words(self) -> str:
        left_out = f" --without {','.join(self.without)}" if self.without else ""
        size = f"--kiosks {self.kiosks} --days {self.days} --keeper {self.keeper}"
        return f"--seed {self.seed} {size}{left_out}"


def case_of(seed: int) -> Case:
    """Return a seed as it is drawn."""
    weather = forecast(seed)
    return Case(seed, weather.kiosks, weather.days, weather.keeper)


def try_seed(seed: int) -> tuple[int, Report]:
    """Run a seed as it is drawn, in whatever process."""
    return seed, run(case_of(seed).weather)


def make_smaller(case: Case, fails: Callable[[Weather], bool]) -> Case:
    """Return the smallest case found that still fails."""
    tries = 0
    for smaller in _passes():
        for candidate in smaller(case):
            if tries >= _TRIES_MAX:
                return case
            tries += 1
            if fails(candidate.weather):
                case = candidate
                break
    return case


def _passes() -> Iterator[Callable[[Case], Iterator[Case]]]:
    yield lambda case: iter([replace(case, keeper="memory")] if case.keeper != "memory" else [])
    for share in (4, 2):
        yield lambda case, share=share: iter([replace(case, days=max(1, case.days // share))])  # type: ignore[misc]  # share is bound now
        yield lambda case, share=share: iter([replace(case, kiosks=max(1, case.kiosks // share))])  # type: ignore[misc]  # as above
    for name in FAULTS:
        yield lambda case, name=name: iter([replace(case, without=(*case.without, name))])  # type: ignore[misc]  # as above
