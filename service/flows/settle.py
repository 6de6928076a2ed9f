"""Which of the facts in a batch are new, which are repeats, and which contradict what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.domain.facts import Fact, FactKey
from service.domain.progress import STRETCHES_MAX, Progress, Stretch, stretches_of
from service.domain.quarantine import Reason, SetAside
from service.flows.ports import FactKeeper, Journal


@dataclass(slots=True)
class Settled:
    """A batch, sorted out; ``refound`` are new facts where all already counted as settled."""

    new: list[Fact] = field(default_factory=list)
    refound: list[FactKey] = field(default_factory=list)
    conflicts: list[SetAside] = field(default_factory=list)
    repeats: int = 0
    progress: dict[Journal, Progress] = field(default_factory=dict)


def settle(
    facts: Sequence[Fact],
    aside: Sequence[FactKey],
    *,
    progress: Mapping[Journal, Progress],
    keeper: FactKeeper,
) -> Settled:
    """Sort out facts, and return the progress of every journal that they or ``aside`` touch."""
    settled = Settled()
    known = _known(facts, progress)
    digests = keeper.digests(known) if known else {}
    fresh: dict[FactKey, bytes] = {}
    for fact in facts:
        digest = digests.get(fact.key) or fresh.get(fact.key)
        if digest is None:
            fresh[fact.key] = fact.digest
            settled.new.append(fact)
            if fact.key in known:
                settled.refound.append(fact.key)
        elif digest == fact.digest:
            settled.repeats += 1
        else:
            settled.conflicts.append(conflict(fact, "is kept already"))
    _advance(settled, [*[fact.key for fact in facts], *aside], progress)
    return settled


def _known(facts: Sequence[Fact], progress: Mapping[Journal, Progress]) -> dict[FactKey, datetime]:
    """Return the facts that count as settled already, each with the time that it claims."""
    newest = {journal: one.newest for journal, one in progress.items()}
    return {
        fact.key: fact.happened_at
        for fact in facts
        # Nearly all facts follow on the newest of their journal: of those nothing else is asked.
        if fact.key[2] <= newest.get(fact.key[:2], 0) and _has(progress, fact.key)
    }


def _has(progress: Mapping[Journal, Progress], key: FactKey) -> bool:
    journal = progress.get((key.kiosk_id, key.epoch))
    return journal is not None and journal.has(key.sequence)


def _advance(
    settled: Settled, keys: Sequence[FactKey], progress: Mapping[Journal, Progress]
) -> None:
    by_journal: dict[Journal, list[int]] = {}
    for kiosk_id, epoch, sequence in keys:
        journal = (kiosk_id, epoch)
        if journal in by_journal:
            by_journal[journal].append(sequence)
        else:
            by_journal[journal] = [sequence]
    for journal, sequences in by_journal.items():
        before = progress.get(journal, Progress())
        after = before.with_stretches(stretches_of(sequences))
        if len(after.beyond) > max(STRETCHES_MAX, len(before.beyond)):
            # Too many islands to remember: leave the newest unheard, the kiosk sends them again.
            after = _as_far_as_fits(before, stretches_of(sequences))
            settled.new = [
                fact
                for fact in settled.new
                if (fact.key.kiosk_id, fact.key.epoch) != journal or after.has(fact.key.sequence)
            ]
        settled.progress[journal] = after


def _as_far_as_fits(before: Progress, stretches: Sequence[Stretch]) -> Progress:
    """Return the progress with those stretches, oldest first, whose islands still fit."""
    after = before
    for stretch in stretches:
        tried = after.with_stretches([stretch])
        if len(tried.beyond) <= max(STRETCHES_MAX, len(after.beyond)):
            after = tried
    return after


def conflict(fact: Fact, where: str) -> SetAside:
    """Return a fact as set aside, because its identity ``where`` so and so has other content."""
    key = fact.key
    return SetAside(
        topic="",
        payload=fact.body.encode(),
        heard_at=fact.heard_at,
        reason=Reason.CONFLICT,
        detail=(
            f"sequence {key.sequence} of epoch {key.epoch} {where} with other content; "
            "the first stays as it is"
        ),
        kiosk_id=key.kiosk_id,
        key=key,
    )
