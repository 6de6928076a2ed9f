"""What can be set on the command line, as plain values with their bounds."""

from dataclasses import dataclass, fields, replace
from typing import Final


class SettingError(ValueError):
    """A setting cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad the network and the machines are; each a word that ``--fault-mix`` knows."""

    loss: float = 0.0
    repeat: float = 0.0
    shuffle: float = 0.0
    delay_s: float = 0.0
    cuts_per_day: float = 0.0
    cut_s: float = 600.0
    clock_wrong: float = 0.0
    journal_losses_per_year: float = 0.0
    breakdowns: float = 1.0
    jam: float = 0.004


_MOST: Final = {
    "loss": 0.9, "repeat": 0.9, "shuffle": 1.0, "delay_s": 600.0, "cuts_per_day": 1440.0,
    "cut_s": 7 * 86_400.0, "clock_wrong": 1.0, "journal_losses_per_year": 100_000.0,
    "breakdowns": 100.0, "jam": 0.5,
}  # fmt: skip
MIXES: Final = {
    "none": Faults(),
    "mild": Faults(
        loss=0.005, repeat=0.01, shuffle=0.02, delay_s=0.5, cuts_per_day=1.5, cut_s=900.0
    ),
    "harsh": Faults(
        loss=0.08, repeat=0.08, shuffle=0.2, delay_s=3.0, cuts_per_day=24.0, cut_s=300.0,
        clock_wrong=0.1, journal_losses_per_year=1.0, breakdowns=3.0, jam=0.012,
    ),
}  # fmt: skip


def read_faults(text: str) -> Faults:
    """Read ``none``, ``mild``, ``harsh``, or ``key=value`` pairs, also after one of them."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    faults = MIXES["none"]
    known = {field.name for field in fields(Faults)}
    for index, word in enumerate(words):
        key, equals, value = word.partition("=")
        if not equals:
            if index or word not in MIXES:
                message = f"--fault-mix: {word!r} is not none, mild, harsh or key=value"
                raise SettingError(message)
            faults = MIXES[word]
            continue
        if key not in known:
            message = f"--fault-mix: {key!r} is unknown; there are {', '.join(sorted(known))}"
            raise SettingError(message)
        faults = replace(faults, **{key: _number(key, value)})
    return faults


def _number(key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= _MOST[key]:
        message = f"--fault-mix: {key} must be a number from 0 to {_MOST[key]:g}, not {value!r}"
        raise SettingError(message)
    return number


@dataclass(frozen=True, slots=True)
class Habits:
    """What every kiosk of a fleet shares: the seed, the demand, what breaks, who restocks."""

    seed: int
    crew: bool = True
    jam: float = 0.004
    breakdowns: float = 1.0
    clock_wrong: float = 0.0
