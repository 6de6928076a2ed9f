"""How far a long step is: told while it runs, so that whoever waits sees it move."""

from collections.abc import Callable

Tell = Callable[[float], None]
"""Takes the share that is done, from 0 to 1."""


def tell_nobody(share: float) -> None:
    """Let it go unheard."""
