"""Stories that a machine writes: a bad network, crashes, lost journals; the books stay exact."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.domain.audit import Invariant
from service.domain.facts import FactKey, What
from service.flows.audit import audit
from service.store.engine import still
from tests.domain.test_stock import WHATS
from tests.story.world import CONFLICTS, OTHER_DIGEST, SimpleKiosk, World
from tests.support.auditing import snapshot_of
from tests.support.books import Keeper, Kept, SqlKeeper
from tests.support.plans import ZONE
from tests.support.rebuild import rebuild
from tests.support.say import dispensed
from tests.support.stories import IN_MEMORY, Fresh, tell

KIOSKS = st.sampled_from(["K0001", "K0002"])
FATES = st.sampled_from(["fine"] * 4 + ["before commit", "after commit", "acks lost"])


class Story(RuleBasedStateMachine):
    """The rules are what can happen; the invariants what must hold whatever happens."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__()
        self.world = World(keeper)
        self.settled: dict[tuple[str, int], set[int]] = {}
        self.changed = False

    def kiosk(self, kiosk_id: str) -> SimpleKiosk:
        return self.world.kiosks[kiosk_id]

    @rule(kiosk_id=KIOSKS, whats=st.lists(WHATS, min_size=1, max_size=5))
    def things_happen(self, kiosk_id: str, whats: list[What]) -> None:
        for what in whats:
            self.kiosk(kiosk_id).happens(what, at=self.world.now)

    @rule(kiosk_id=KIOSKS)
    def a_fact_that_cannot_be_booked(self, kiosk_id: str) -> None:
        self.kiosk(kiosk_id).happens(dispensed(item="lipstick"), at=self.world.now)

    @rule(kiosk_id=KIOSKS, skip=st.integers(0, 3), late=st.booleans())
    def the_outbox_is_sent(self, kiosk_id: str, skip: int, *, late: bool) -> None:
        sent = list(self.kiosk(kiosk_id).outbox.values())[skip:]
        (self.world.held if late else self.world.wire).extend(sent)

    @rule(kiosk_id=KIOSKS)
    def a_kiosk_is_born(self, kiosk_id: str) -> None:
        self.world.wire.append(self.kiosk(kiosk_id).birth())

    @rule(kiosk_id=KIOSKS)
    def a_journal_is_lost(self, kiosk_id: str) -> None:
        self.kiosk(kiosk_id).loses_its_journal()

    @rule(kiosk_id=KIOSKS)
    def a_kiosk_is_replaced_while_its_facts_are_stuck_on_the_way(self, kiosk_id: str) -> None:
        kiosk = self.kiosk(kiosk_id)
        self.world.held += kiosk.outbox.values()
        self.world.hear([kiosk.birth()])
        kiosk.loses_its_journal()
        self.the_service_asks_for_what_is_missing(at_once=True)

    @rule(kiosk_id=KIOSKS, data=st.data())
    def one_fact_of_an_outbox_is_lost(self, kiosk_id: str, data: st.DataObject) -> None:
        outbox = self.kiosk(kiosk_id).outbox
        if outbox:
            del outbox[data.draw(st.sampled_from(sorted(outbox)))]

    @precondition(lambda self: self.world.wire)
    @rule(data=st.data())
    def the_network_loses_a_message(self, data: st.DataObject) -> None:
        self.world.wire.pop(data.draw(st.integers(0, len(self.world.wire) - 1)))

    @precondition(lambda self: self.world.held)
    @rule()
    def what_was_held_back_comes_at_last(self) -> None:
        self.world.hear(self.world.held[:])
        self.changed = True
        self.world.held.clear()

    @precondition(lambda self: self.world.wire)
    @rule(data=st.data())
    def the_network_repeats_a_message(self, data: st.DataObject) -> None:
        wire = self.world.wire
        wire.append(wire[data.draw(st.integers(0, len(wire) - 1))])

    @precondition(lambda self: self.world.wire)
    @rule(data=st.data(), share=st.sampled_from([0.3, 0.7, 1.0]), fate=FATES)
    def a_batch_arrives(self, data: st.DataObject, share: float, fate: str) -> None:
        wire = data.draw(st.permutations(self.world.wire))
        self.world.deliver(
            wire[: max(1, int(share * len(wire)))],
            crash_before_commit=fate == "before commit",
            crash_after_commit=fate == "after commit",
            acks_arrive=fate != "acks lost",
        )
        self.changed = True

    @rule(at_once=st.booleans())
    def the_service_asks_for_what_is_missing(self, *, at_once: bool) -> None:
        answers = [
            answer for ask in self.world.ask() for answer in self.kiosk(ask.kiosk_id).answers(ask)
        ]
        if at_once:
            self.world.hear(answers)
        else:
            self.world.wire += answers
        self.changed = True

    @rule(kiosk_id=KIOSKS, data=st.data())
    def a_fact_comes_malformed(self, kiosk_id: str, data: st.DataObject) -> None:
        produced = self.kiosk(kiosk_id).produced
        if produced:
            key = data.draw(st.sampled_from(sorted(produced)))
            self.world.wire.append(self.world.malformed(produced[key]))

    @rule(kiosk_id=KIOSKS, data=st.data())
    def a_fact_comes_with_other_content(self, kiosk_id: str, data: st.DataObject) -> None:
        produced = self.kiosk(kiosk_id).produced
        if produced:
            key = data.draw(st.sampled_from(sorted(produced)))
            self.world.wire.append(self.world.contradiction(produced[key]))

    @invariant()
    def the_books_are_exact(self) -> None:
        if self.changed:
            self.changed = False
            self.check(self.world.keeper.read())

    def check(self, kept: Kept) -> None:
        assert kept.books() == rebuild(kept.facts.values())
        held_aside = {
            FactKey(str(kiosk_id), epoch, sequence)
            for reason, kiosk_id, epoch, sequence, _ in kept.quarantine
            if reason != CONFLICTS and epoch is not None and sequence is not None
        }
        gone = {
            FactKey(gap.kiosk_id, gap.epoch, n)
            for gap in kept.gaps
            if gap.permanent
            for n in range(gap.first, gap.last + 1)
        }
        assert not gone & kept.facts.keys(), "what turned up after all is no longer gone"
        self._check_progress(kept, held_aside, gone)
        for kiosk in self.world.kiosks.values():
            lost = kiosk.acked - kept.facts.keys() - held_aside
            assert not lost, f"acknowledged and not kept: {sorted(lost)}"
        for key, fact in kept.facts.items():
            original = self.kiosk(key.kiosk_id).produced[key]
            assert fact.digest in {original.digest, OTHER_DIGEST}

    def _check_progress(self, kept: Kept, held_aside: set[FactKey], gone: set[FactKey]) -> None:
        known = kept.facts.keys() | held_aside | gone
        for journal, progress in kept.progress.items():
            stretches = [(1, progress.upto), *progress.beyond]
            now = {n for first, last in stretches for n in range(first, last + 1)}
            assert self.settled.get(journal, set()) <= now, "nothing settled is ever unsettled"
            self.settled[journal] = now
            assert now == {key.sequence for key in known if key[:2] == journal}
            missing = {
                n
                for gap in kept.gaps
                if (gap.kiosk_id, gap.epoch) == journal and not gap.permanent
                for n in range(gap.first, gap.last + 1)
            }
            assert set(range(1, progress.newest)) - now <= missing, "each hole is on record"
            assert not missing & now

    def teardown(self) -> None:
        self.world.calm_down()
        kept = self.world.keeper.read()
        self.check(kept)
        self._audit(self.world.keeper)
        on_record = {
            (gap.kiosk_id, gap.epoch, n)
            for gap in kept.gaps
            for n in range(gap.first, gap.last + 1)
        }
        on_record |= {line[1:4] for line in kept.quarantine}  # type: ignore[misc]  # a slice of a named tuple
        for kiosk in self.world.kiosks.values():
            assert not kiosk.outbox
            for key in kiosk.produced.keys() - kept.facts.keys():
                never_spoken_of = key.epoch < kiosk.epoch and key.sequence > max(
                    self.settled.get(key[:2], {0}), default=0
                )
                assert key in on_record or never_spoken_of, f"{key} vanished without a word"

    def _audit(self, keeper: Keeper) -> None:
        """Hold the audit to what the story knows: of true books it says no word."""
        if not isinstance(keeper, SqlKeeper):
            return
        with still(keeper.engine).begin() as connection:
            verdicts = audit(
                snapshot_of(connection), zone=ZONE, at=self.world.now, on_facts=lambda _: None
            )
        del verdicts.verdicts[Invariant.CONFLICTS]  # No watchman goes round in this story.
        assert [one.breaches for one in verdicts.verdicts.values()] == [[]] * (len(Invariant) - 1)


def test_stories_on_the_memory_keeper() -> None:
    tell(Story, IN_MEMORY)


def test_stories_on_a_database(sql_fresh: Fresh) -> None:
    tell(Story, sql_fresh)
