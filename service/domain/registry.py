"""What stands where: the kiosks, sites and items that we know of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registry:
    """The region, the kiosks enrolled in it with their sites, and the items it gives out."""

    region: str
    site_by_kiosk: dict[str, str]
    items: frozenset[str]
