"""Stories of outbox and acknowledgement over a bad line: what an outbox drops, the books have."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk_sim.kiosk import events
from kiosk_sim.kiosk.events import Draft, Handover
from service.domain.facts import FactKey
from tests.story.line import BareKiosk, Line
from tests.support.books import Keeper, Kept
from tests.support.rebuild import rebuild
from tests.support.stories import Fresh, tell

# Cutting files is slow on a disk, and nothing here is worth keeping.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the folder is ours alone
KIOSKS = st.sampled_from(["K0001", "K0002"])
DRAFTS = st.sampled_from(
    [
        events.dispense(Handover(1, "condom-52", 1, 10, "dispensed", 7, None)),
        events.dispense(Handover(2, "condom-52", 2, 20, "dispensed", 3, None)),
        events.dispense(Handover(3, "lipstick", 1, 1, "dispensed", 3, None)),  # Set aside.
        events.count("daily", [(1, "condom-52", 9), (2, "condom-52", 9)]),
        events.fault("aisle_jam", "raised", 1, None),
    ]
)
FATES = st.sampled_from([""] * 3 + ["before commit", "after commit"])
TROUBLES = st.sampled_from(
    [
        "the connection is lost",
        "nobody knows whether anyone listens",
        "nobody listens",
        "a board is replaced",
        "a journal is lost",
        "the broker forgets its sessions",
    ]
)
EARS = st.sampled_from(["open", "open", "open", "late", "deaf"])
SECONDS = st.sampled_from([0.5, 2.0, 6.0, 31.0, 700.0])


class ProtocolStory(RuleBasedStateMachine):
    """The rules are what can happen; the invariants what must hold whatever happens."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="circle15-story-", dir=IN_MEMORY))
        self.line = Line(keeper, self.folder)
        self.settled: dict[tuple[str, int], set[int]] = {}

    def kiosk(self, kiosk_id: str) -> BareKiosk:
        return self.line.kiosks[kiosk_id]

    # What happens to kiosks.

    @rule(kiosk_id=KIOSKS, drafts=st.lists(DRAFTS, min_size=1, max_size=6), seconds=SECONDS)
    def things_happen_and_are_sent(
        self, kiosk_id: str, drafts: list[Draft], seconds: float
    ) -> None:
        self.kiosk(kiosk_id).happens(drafts, self.line.now)
        self.time_passes_and_kiosks_send(seconds)

    @rule(seconds=SECONDS)
    def time_passes_and_kiosks_send(self, seconds: float) -> None:
        self.line.now += seconds
        for kiosk in self.line.kiosks.values():
            if not kiosk.is_connected:
                self.line.connect(kiosk, is_heard=True)
            self.line.poll(kiosk)

    @rule(kiosk_id=KIOSKS, trouble=TROUBLES)
    def there_is_trouble(self, kiosk_id: str, trouble: str) -> None:
        kiosk = self.kiosk(kiosk_id)
        match trouble:
            case "the connection is lost":
                self.line.disconnect(kiosk)
            case "nobody knows whether anyone listens":
                self.line.connect(kiosk, is_heard=None)
            case "nobody listens":
                self.line.tell_of_service(kiosk, online=False)
            case "a board is replaced":
                kiosk.gets_a_new_board()
            case "a journal is lost":
                self.line.lose_a_journal(kiosk)
            case "the broker forgets its sessions":
                self.line.up.clear()
                self.line.down.clear()

    @rule(kiosk_id=KIOSKS, draft=DRAFTS, share=st.sampled_from([0, 0.5, 1]), is_saved=st.booleans())
    def the_power_is_cut(
        self, kiosk_id: str, draft: Draft, share: float, *, is_saved: bool
    ) -> None:
        if is_saved:
            self.kiosk(kiosk_id).outbox.save()
        self.kiosk(kiosk_id).is_cut_off_in_writing(draft, self.line.now, share=share)

    @rule(kiosk_id=KIOSKS, drafts=st.lists(DRAFTS, min_size=1, max_size=6))
    def a_journal_is_lost_while_acknowledgements_are_late(
        self, kiosk_id: str, drafts: list[Draft]
    ) -> None:
        self.line.book(list(self.line.up))
        self.line.lose_a_journal(self.kiosk(kiosk_id))
        self.kiosk(kiosk_id).happens(drafts, self.line.now)

    @rule(
        kiosk_id=KIOSKS,
        drafts=st.lists(DRAFTS, min_size=2, max_size=6),
        is_journal_lost=st.booleans(),
    )
    def the_first_of_several_is_lost_and_asked_for(
        self, kiosk_id: str, drafts: list[Draft], *, is_journal_lost: bool
    ) -> None:
        self.things_happen_and_are_sent(kiosk_id, drafts, 6.0)
        facts = [letter for letter in self.line.up if "/e/" in letter.topic]
        self.line.book([letter for letter in self.line.up if letter not in facts[:1]])
        self.line.up.clear()
        self.the_service_asks_for_what_is_missing("", "open")
        if is_journal_lost:  # With the replay still to be served.
            self.line.lose_a_journal(self.kiosk(kiosk_id))
        self.time_passes_and_kiosks_send(0.5)
        # The answer overtakes the facts that it speaks of.
        self.line.book([letter for letter in self.line.up if letter.topic.endswith("/r")])

    # What is on its way, and what the service makes of it.

    @precondition(lambda self: self.line.up)
    @rule(data=st.data(), fate=st.sampled_from(["lost", "repeated"]))
    def a_message_of_a_kiosk_is(self, data: st.DataObject, fate: str) -> None:
        letter = data.draw(st.sampled_from(self.line.up))
        if fate == "lost":
            self.line.up.remove(letter)
        else:
            self.line.up.append(letter)

    @precondition(lambda self: self.line.up)
    @rule(data=st.data(), share=st.sampled_from([0.4, 1.0, 1.0]), fate=FATES, ears=EARS)
    def a_batch_is_booked(self, data: st.DataObject, share: float, fate: str, ears: str) -> None:
        up = data.draw(st.permutations(self.line.up))
        self.line.book(up[: max(1, int(share * len(up)))], fate=fate)
        self.kiosks_hear(ears)

    @rule(fate=FATES, ears=EARS)
    def the_service_asks_for_what_is_missing(self, fate: str, ears: str) -> None:
        self.line.now += 31
        self.line.ask(fate=fate)
        self.kiosks_hear(ears)

    def kiosks_hear(self, ears: str) -> None:
        if ears == "open":
            self.line.hear_all()
        elif ears == "deaf":
            self.line.down.clear()

    @precondition(lambda self: self.line.down)
    @rule(data=st.data(), again=st.booleans())
    def what_was_late_is_heard(self, data: st.DataObject, *, again: bool) -> None:
        sent = data.draw(st.sampled_from(self.line.down))
        if not again:
            self.line.down.remove(sent)
        self.line.hear(sent)

    # What must hold.

    @invariant()
    def what_an_outbox_dropped_is_in_the_books(self) -> None:
        self.check(self.line.keeper.read())

    def check(self, kept: Kept) -> None:
        aside = _aside(kept)
        for kiosk in self.line.kiosks.values():
            lost = kiosk.unheld() - kept.facts.keys() - aside
            assert not lost, f"dropped by the outbox and not kept: {sorted(lost)}"
            gone = {key for key in _gone(kept) if key[:2] == (kiosk.id, kiosk.epoch)}
            assert not gone, f"on record as gone and still in the journal: {sorted(gone)}"
        assert "conflict" not in {line[0] for line in kept.quarantine}, "nobody contradicts itself"
        for key, fact in kept.facts.items():
            assert fact.body == self.kiosk(key.kiosk_id).produced[key]
        assert kept.books() == rebuild(kept.facts.values())
        known = kept.facts.keys() | aside | _gone(kept)
        for journal, progress in kept.progress.items():
            stretches = [(1, progress.upto), *progress.beyond]
            now = {n for first, last in stretches for n in range(first, last + 1)}
            assert self.settled.get(journal, set()) <= now, "the watermark went back"
            self.settled[journal] = now
            assert now == {key.sequence for key in known if key[:2] == journal}

    def teardown(self) -> None:
        try:
            self.line.calm_down()
            kept = self.line.keeper.read()
            self.check(kept)
            self.check_the_end(kept)
        finally:
            shutil.rmtree(self.folder)

    def check_the_end(self, kept: Kept) -> None:
        """Kept is produced; of a lost journal, what was spoken of is kept or on record as gone."""
        for kiosk in self.line.kiosks.values():
            missing = kiosk.produced.keys() - kept.facts.keys() - _aside(kept) - _gone(kept)
            spoken_of = {
                key
                for key in missing
                if key.sequence <= max(self.settled.get(key[:2], {0}), default=0)
            }
            assert not {key for key in missing if key.epoch == kiosk.epoch}
            assert not spoken_of, f"vanished without a word: {sorted(spoken_of)}"


def _aside(kept: Kept) -> set[FactKey]:
    return {
        FactKey(kiosk, epoch, sequence)
        for _, kiosk, epoch, sequence, _ in kept.quarantine
        if kiosk is not None and epoch is not None and sequence is not None
    }


def _gone(kept: Kept) -> set[FactKey]:
    return {
        FactKey(gap.kiosk_id, gap.epoch, sequence)
        for gap in kept.gaps
        if gap.permanent
        for sequence in range(gap.first, gap.last + 1)
    }


def test_stories_of_outbox_and_acknowledgement(fresh: Fresh) -> None:
    tell(ProtocolStory, fresh)
