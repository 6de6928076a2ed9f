"""What counts as walkable in OpenStreetMap: two tables of tags, read from the top.

``KINDS`` says which ways are streets at all, ``PERMISSIONS`` what overrules that for one of them.
The first line that fits decides. Both directions of a way are walked, whatever ``oneway`` says; an
area is walked along its edge; gates and barriers (tags of nodes) and ``:conditional`` tags are not
looked at. Fences are not in these tables: a place walks straight to its nearest street.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol


class Effect(Enum):
    """What a line of a table says of a way."""

    WALKED = "walked"
    """People walk there."""
    BY_LEAVE = "by leave"
    """A street where people walk only if its tags let them expressly."""
    SHUT = "shut"
    """Nobody walks there."""


@dataclass(frozen=True, slots=True)
class TagRule:
    """One line: a way whose tag ``key`` has one of the ``values``."""

    key: str
    values: frozenset[str]
    effect: Effect
    why: str


class Tags(Protocol):
    """The tags of a way, as a dictionary or as a file's reader has them."""

    def get(self, key: str, /) -> str | None:
        """Return the value of a tag, if there is one."""
        ...


def _rule(key: str, values: str, effect: Effect, why: str) -> TagRule:
    return TagRule(key, frozenset(values.split()), effect, why)


KINDS: Final = (
    _rule(
        "highway",
        "footway path steps pedestrian corridor crossing platform elevator",
        Effect.WALKED,
        "Made for walking.",
    ),
    _rule(
        "highway",
        "living_street residential unclassified service road track",
        Effect.WALKED,
        "Quiet streets: people walk on them or beside them.",
    ),
    _rule(
        "highway",
        "trunk primary secondary tertiary trunk_link primary_link secondary_link tertiary_link",
        Effect.WALKED,
        "Main streets of a town have pavements; a trunk road that has none is a motorroad.",
    ),
    _rule(
        "highway",
        "cycleway bridleway",
        Effect.WALKED,
        "Shared with walkers unless their tags say otherwise.",
    ),
    _rule(
        "highway",
        "motorway motorway_link busway bus_guideway",
        Effect.BY_LEAVE,
        "Made for motors.",
    ),
    _rule("railway", "platform", Effect.WALKED, "A way to the train."),
    _rule("public_transport", "platform", Effect.WALKED, "A way to the bus."),
    _rule("man_made", "pier", Effect.WALKED, "A footbridge over water."),
)
"""Which ways are streets. What stands in no line (planned, under construction, racing) is none."""

PERMISSIONS: Final = (
    _rule(
        "foot",
        "no private use_sidepath discouraged agricultural forestry military",
        Effect.SHUT,
        "Not for walkers, or only for some.",
    ),
    _rule(
        "foot",
        "yes designated permissive official public destination customers permit",
        Effect.WALKED,
        "For walkers, whatever holds for others.",
    ),
    _rule("motorroad", "yes", Effect.SHUT, "For motors only."),
    _rule(
        "access",
        "no private agricultural forestry military delivery emergency permit",
        Effect.SHUT,
        "Not for the public. A gated estate's own streets are mostly tagged so.",
    ),
)
"""What overrules the kind of a street."""


def is_walkable(tags: Tags) -> bool:
    """Return whether people walk along a way of these tags."""
    kind = _first(KINDS, tags)
    if kind is None:
        return False
    return (_first(PERMISSIONS, tags) or kind) is Effect.WALKED


def _first(table: tuple[TagRule, ...], tags: Tags) -> Effect | None:
    """Return what the first line says that fits; each key is looked up once."""
    seen: dict[str, str | None] = {}
    for rule in table:
        if rule.key not in seen:
            seen[rule.key] = tags.get(rule.key)
        if seen[rule.key] in rule.values:
            return rule.effect
    return None
