r"""How much is asked for: small, over-dispersed counts per machine, item and day.

The published figures (ten months, 43 kiosks: about 110,000 condoms and 13,000 boxes of
suppositories) do hold together at ten condoms a box: 0.84 and 0.99 boxes a machine and day, with
a little gel and film 1.9 in all, between the 1.17 of Chongqing and the 2.39 of Futian. That is
what is drawn here. Three things do not fit, and are left as they are:

* condoms do not dominate: counted in boxes, suppositories are slightly ahead, although machines
  give condoms the most aisles; they lead only where pieces are set against boxes;
* 29 of the 43 kiosks were new in that year, so each must have been used more than 1.9 a day while
  it stood; ours all stand from the first day, with the fleet's mean;
* "peak month of a busy site: 40 to 50 boxes" (1.3 to 1.6 a day) is less than that fleet's mean.

The spread is variance = 1.85 · mean^1.26 per machine, item and day (vending logs). Below a mean of
0.094 that formula falls under Poisson's variance, where no counts of independent buyers can go:
there the draw is Poisson.
"""

import math
import random
from typing import Final

DAYS_OF_REFERENCE: Final = 304
# Boxes asked for per machine and day at a demand factor of 1. What is dispensed is about a tenth
# less: campuses empty in their holidays, and some who ask meet an empty slot, a jam or a refusal.
ASKED_PER_DAY: Final = {
    "condom-52": 0.920,
    "n9-suppository": 1.080,
    "n9-gel": 0.070,
    "n9-film": 0.060,
}
_ASKED_OF_UNKNOWN: Final = 0.05
_FACTOR: Final = 1.85
_POWER: Final = 1.26
_POISSON_BY_NORMAL_FROM: Final = 200.0


def variance_of(mean: float) -> float:
    """Return the variance of a machine's daily count of an item, never under Poisson's."""
    return max(mean, _FACTOR * math.pow(mean, _POWER))


def draw_boxes(mean: float, rng: random.Random) -> int:
    """Draw a day's boxes: negative binomial with the mean and the published spread."""
    if mean <= 0:
        return 0
    surplus = variance_of(mean) - mean
    if surplus > 0:
        shape = mean * mean / surplus
        mean = rng.gammavariate(shape, mean / shape)
    return _poisson(mean, rng)


def asked_per_day(item: str) -> float:
    """Return the fleet's mean of boxes asked for per machine and day."""
    return ASKED_PER_DAY.get(item, _ASKED_OF_UNKNOWN)


def _poisson(mean: float, rng: random.Random) -> int:
    if mean > _POISSON_BY_NORMAL_FROM:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
