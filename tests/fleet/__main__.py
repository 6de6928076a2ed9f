"""``python -m tests.fleet replay --seed N`` runs one seed; ``hunt`` runs new ones for hours."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count, islice
from typing import Final

from tests.fleet.run import Report, run
from tests.fleet.seeds import add, read_words
from tests.fleet.smaller import case_of, make_smaller, try_seed
from tests.fleet.weather import Weather

_LINES: Final = 60
_FRESH: Final = multiprocessing.get_context("spawn")
_SEEDS_EACH: Final = 50
_TOLD: Final = ("facts", "repeats", "aside", "ask", "dead", "reconnect", "broker", "refused")


def replay(words: list[str]) -> int:
    """Run one seed and print what happened at its end."""
    weather = read_words(words)
    report = run(weather)
    print("\n".join(line[:200] for line in report.last_lines[-_LINES:]))
    print(weather)
    print(_summary(report))
    print(f"trace {report.trace}")
    print(f"FAILED: {report.failure}" if report.failure else "It holds.")
    return 1 if report.failure else 0


def _summary(report: Report) -> str:
    return ", ".join(f"{name} {report.counts[name]}" for name in _TOLD)


def hunt(words: list[str]) -> int:
    """Run new seeds on all cores until the time is up; return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet hunt")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, help="begin with this seed")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    chosen = parser.parse_args(words)
    first = chosen.seed if chosen.seed is not None else int(time.time()) * 1_000
    deadline_s = time.monotonic() + chosen.hours * 3_600
    failed = facts = 0
    for done, (seed, report) in enumerate(_reports(first, deadline_s, chosen.workers), start=1):
        facts += report.counts["facts"]
        if report.failure:
            failed += 1
            _tell(seed, report)
        left_min = max(0, deadline_s - time.monotonic()) / 60
        told = f"{done} seeds from {first}, {facts} facts, {failed} failed, {left_min:.0f} min left"
        print(f"\r{told}", end="", flush=True)
    print()
    return min(1, failed)


def _reports(first: int, deadline_s: float, workers: int) -> Iterator[tuple[int, Report]]:
    """Yield what came of new seeds, ``workers`` of them at a time, until the time is up."""
    with ProcessPoolExecutor(workers, max_tasks_per_child=_SEEDS_EACH, mp_context=_FRESH) as pool:
        seeds = count(first)
        running = {pool.submit(try_seed, seed) for seed in islice(seeds, workers)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                if time.monotonic() < deadline_s:
                    running.add(pool.submit(try_seed, next(seeds)))
                yield one.result()


def _tell(seed: int, report: Report) -> None:
    """Print how to repeat a failure, as small as it can be made, and put it on the list."""
    kind = report.failure.partition(":")[0]

    def fails(weather: Weather) -> bool:
        return run(weather).failure.startswith(kind)

    print(f"\nseed {seed} failed: {report.failure[:400]}")
    small = make_smaller(case_of(seed), fails)
    why = run(small.weather).failure
    print(f"python -m tests.fleet replay {small.words}\n  {why[:400]}", flush=True)
    add(small.words, why)


def main(words: list[str]) -> int:
    """Do as the first word says."""
    deeds = {"replay": replay, "hunt": hunt}
    if not words or words[0] not in deeds:
        print(f"say one of {', '.join(deeds)}")
        return 2
    return deeds[words[0]](words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
