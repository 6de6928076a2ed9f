"""Which word of a kiosk on each of its faults is the newest."""

from collections.abc import Iterable

from service.domain.facts import Fact, Faulted

Fault = tuple[str, str, int]
"""Kiosk, code and slot; slot 0 is the whole machine."""


def newest_words(facts: Iterable[Fact]) -> dict[Fault, tuple[Fact, Faulted]]:
    """Return the newest word on each fault, by the order of the kiosk's own journal."""
    newest: dict[Fault, tuple[Fact, Faulted]] = {}
    for fact in facts:
        if isinstance(fact.what, Faulted):
            fault = (fact.key.kiosk_id, fact.what.code, fact.what.slot or 0)
            if fault not in newest or newest[fault][0].key < fact.key:
                newest[fault] = (fact, fact.what)
    return newest
