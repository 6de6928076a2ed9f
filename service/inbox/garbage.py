"""When Python looks for garbage: seldom, since a batch is thousands of objects and no cycle.

What a batch leaves behind is freed at once, by its count of references. With Python's own setting a
search begins every 700 new objects, dozens of times in a batch: a fifth of all the work of booking.
"""

import gc
from typing import Final

OBJECTS_BETWEEN: Final = 100_000
"""So many new objects, which may hold others, before a search: a few batches' worth."""


def seldom_collect() -> None:
    """Search for garbage seldom from now on, and no more among what has been loaded so far."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN)
