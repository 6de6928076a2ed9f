"""At the end of a run: what is kept is what really happened, by the kiosks' own journals."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from kiosk_sim.kiosk.journal import read_lines
from service.domain import stock
from service.domain.discrepancies import by_place
from service.domain.facts import Fact, FactKey, Faulted
from service.domain.totals import SUMS, Tally, tally
from tests.fleet.seat import Seat
from tests.fleet.witness import BrokenError, Content, Witness, content_of
from tests.support.books import Kept
from tests.support.plans import ZONE
from tests.support.rebuild import recount

Sums = dict[tuple[str, str, str], tuple[int, ...]]
_OUTCOMES: Final = {"empty": "empty_asks", "jammed": "jams", "refused": "refusals"}


def settle_up(
    kept: Kept, *, seats: list[Seat], witness: Witness, folder: Path, dropped: int
) -> None:
    """Compare everything with everything; the first difference is told.

    Where the broker ``dropped`` messages a birth may be among them. Facts come again, a birth only
    with the next connection of its kiosk or of the service: who is online is then not compared.
    """
    produced = journals(folder)
    _same("facts", {key: fact.body for key, fact in kept.facts.items()}, witness.kept)
    _same("progress", kept.progress, witness.progress)
    _every_fact_is_somewhere(produced, seats, witness)
    said = _what_was_kept(kept, produced, witness)
    _books_follow_from_facts(kept, {seat.spec.id: seat.spec.site_id for seat in seats})
    _totals_are_true(kept, said, {seat.spec.id: seat.spec.site_id for seat in seats})
    _levels_are_true(kept, seats, produced)
    for seat in seats:
        _is_at_rest(seat, kept)
        if not dropped:
            _same(f"{seat.spec.id} is online", kept.liveness[seat.spec.id].online, theirs=True)
    silent = sorted(witness.conflicts.keys() - witness.alarmed)
    _same("kiosks that contradicted themselves with no alarm", silent, theirs=[])


def journals(folder: Path) -> dict[FactKey, Content]:
    """Return all that the kiosks ever wrote, lost journals included."""
    found = {}
    for path in sorted(folder.glob("*/*.jsonl")):
        epoch = int(path.stem.rpartition("-")[2])
        for sequence, line in enumerate(read_lines(path), start=1):
            found[FactKey(path.parent.name, epoch, sequence)] = content_of(line)
    return found


def _same(what: str, ours: Any, theirs: Any) -> None:  # noqa: ANN401 - any two of a kind
    if ours == theirs:
        return
    if isinstance(ours, dict):
        keys = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
        some = [(key, ours.get(key), theirs.get(key)) for key in keys[:3]]
        message = f"{what}: {len(keys)} differ, as {some}"
        raise BrokenError(message)
    message = f"{what}: {ours} is not {theirs}"
    raise BrokenError(message)


def _every_fact_is_somewhere(
    produced: dict[FactKey, Content], seats: list[Seat], witness: Witness
) -> None:
    """Kept, or held aside, or gone on record, or lost before a soul had heard of it."""
    epochs = {seat.spec.id: seat.kiosk.journal.epoch for seat in seats}
    for key in produced:
        if witness.is_accounted_for(key):
            continue
        heard_of = witness.told.get((key.kiosk_id, key.epoch), 0)
        if key.epoch == epochs[key.kiosk_id] or key.sequence <= heard_of:
            message = f"{key} vanished without a word (heard of up to {heard_of})"
            raise BrokenError(message)
        witness.counts["never heard of"] += 1


def _what_was_kept(
    kept: Kept, produced: dict[FactKey, Content], witness: Witness
) -> dict[FactKey, Content]:
    """Return the content of each fact kept, which is what its kiosk once said."""
    said = {}
    for key, fact in kept.facts.items():
        content = orjson.loads(fact.body)
        if content not in (produced.get(key), *witness.tampered.get(key, ())):
            message = f"{key} is kept as nobody ever said it: {content}"
            raise BrokenError(message)
        said[key] = content
    return said


def _books_follow_from_facts(kept: Kept, site_of: dict[str, str]) -> None:
    facts = sorted(kept.facts.values(), key=lambda fact: fact.key)
    levels: stock.Levels = {}
    found = stock.fold(levels, facts)
    _same("discrepancies", kept.discrepancies, by_place(found))
    _same("levels", kept.levels, levels)
    sums = tally(facts, site_of=site_of.__getitem__, zone=ZONE)
    _same("hours", kept.hourly, sums.hourly)
    _same("days", kept.daily, sums.daily)
    faults = {}
    for fact in facts:
        if isinstance(fact.what, Faulted):
            place = (fact.key.kiosk_id, fact.what.code, fact.what.slot or 0)
            faults[place] = (fact.what.raised, fact.happened_at, *fact.key[1:])
    _same("faults", kept.faults, faults)


def _totals_are_true(kept: Kept, said: dict[FactKey, Content], site_of: dict[str, str]) -> None:
    """The hours and days add up by arithmetic that shares nothing with the service."""
    hours: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for key, content in said.items():
        if "item" in content["data"]:
            place = (site_of[key.kiosk_id], content["data"]["item"], content["time"][:13])
            hours[place].update(_sums(content["data"]))
    days: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for (site_id, item, hour), sums in hours.items():
        days[site_id, item, hour[:10]].update(sums)
    our_hours = {(site, item, _local(at)): one for (site, item, at), one in kept.hourly.items()}
    our_days = {(site, item, str(day)): one for (site, item, day), one in kept.daily.items()}
    _same("true hours", _plain(our_hours), _line(hours))
    _same("true days", _plain(our_days), _line(days))


def _local(hour: datetime) -> str:
    assert hour.tzinfo == UTC
    return hour.astimezone(ZONE).isoformat()[:13]


def _plain(tallies: dict[tuple[str, str, str], Tally]) -> Sums:
    return {place: one.values() for place, one in tallies.items()}


def _line(sums: dict[tuple[str, str, str], Counter[str]]) -> Sums:
    return {place: tuple(one[name] for name in SUMS) for place, one in sums.items()}


def _sums(data: Content) -> Counter[str]:
    if "packs_added" in data:
        added = {"restocked_packs": data["packs_added"], "removed_packs": data["packs_removed"]}
        return Counter(added)
    if data["outcome"] == "dispensed":
        return Counter(dispensed_packs=data["packs"], dispensed_units=data["units"])
    return Counter({_OUTCOMES[data["outcome"]]: 1})


def _levels_are_true(kept: Kept, seats: list[Seat], produced: dict[FactKey, Content]) -> None:
    """Levels are what a walk through the journal gives, and what lies in a clean machine."""
    mine: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in kept.facts.values():
        mine[fact.key.kiosk_id].append(fact)
    clean = {seat.spec.id for seat in seats}
    for key, content in produced.items():
        if key not in kept.facts or orjson.loads(kept.facts[key].body) != content:
            clean.discard(key.kiosk_id)
    for seat in seats:
        for slot, packs in seat.kiosk.machine.stock.items():
            level = kept.levels.get((seat.spec.id, slot))
            ours = level.on_hand_packs if level is not None else None
            _same(f"{seat.spec.id}/{slot}", ours, recount(mine[seat.spec.id], seat.spec.id, slot))
            if seat.spec.id in clean:
                _same(f"{seat.spec.id}/{slot} in truth", ours, packs)


def _is_at_rest(seat: Seat, kept: Kept) -> None:
    kiosk_id, journal = seat.spec.id, seat.kiosk.journal
    presence = kept.liveness[kiosk_id]
    heard_of = (presence.epoch, presence.head)
    _same(f"epoch and head of {kiosk_id}", heard_of, (journal.epoch, journal.head))
    progress = kept.progress[kiosk_id, journal.epoch]
    _same(f"progress of {kiosk_id}", (progress.upto, progress.beyond), (journal.head, ()))
