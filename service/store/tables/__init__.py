"""All tables, one module for each part of the house; importing this package registers them."""

from service.store.tables import (
    books,
    circle,
    depots,
    discrepancies,
    incidents,
    ledger,
    notices,
    outlooks,
    policies,
    quality,
    registry,
    rounds,
    watch,
)

__all__ = [
    "books",
    "circle",
    "depots",
    "discrepancies",
    "incidents",
    "ledger",
    "notices",
    "outlooks",
    "policies",
    "quality",
    "registry",
    "rounds",
    "watch",
]
