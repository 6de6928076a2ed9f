"""Stories of gaps and replay, held to a model that knows only which facts were heard when."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.domain.heard import Heard, Replied
from service.flows.gaps import Replay, ask_for_gaps
from service.flows.keep import keep_batch
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.say import KIOSK, born, fact, faulted
from tests.support.stories import Fresh, tell

ASK_MOST: Final = 500
FIRST_ASK: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(hours=1)
FEW: Final = 15
SECONDS = st.sampled_from([1, 29, 30, 31, 59, 61, 600, 3_600, 7_300])
HEADS = st.integers(0, 12) | st.sampled_from([600, 1_200])
NUMBERS = st.integers(1, 12) | st.sampled_from([500, 501, 502, 503])  # Where one ask ends.
RESULTS = st.sampled_from(["gone", "gone", "done", "refused"])

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Wanted:
    """A stretch that nobody has told us: when to ask, how often we did, by which last command."""

    ask_at: datetime
    asks: int = 0
    command_id: str = ""

    def asked(self, command_id: str, at: datetime) -> "Wanted":
        wait = min(LONGEST, FIRST_ASK * 2 ** min(self.asks, 9))
        return Wanted(at + wait, self.asks + 1, command_id)


@dataclass
class Model:
    """One journal as its facts alone tell it."""

    head: int = 0
    heard: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    wanted: dict[Stretch, Wanted] = field(default_factory=dict)

    def settle(self, at: datetime) -> None:
        """Notice what is missing; a stretch that changed is waited for anew."""
        self.gone -= self.heard
        known = self.heard | self.gone
        newest = max([self.head, *known, *(last for _, last in self.wanted)])
        missing = runs(set(range(1, newest + 1)) - known)
        self.wanted = {one: self.wanted.get(one, Wanted(at + FIRST_ASK)) for one in missing}

    def give_up(self, command_id: str) -> None:
        """Hear that what a command asked for is gone: only that, and only if it still stands."""
        for (first, last), wanted in list(self.wanted.items()):
            if wanted.command_id == command_id:
                end = min(last, first + ASK_MOST - 1)
                self.gone |= set(range(first, end + 1))
                del self.wanted[first, last]
                if end < last:
                    self.wanted[end + 1, last] = replace(wanted, asks=0, command_id="")


def runs(numbers: Iterable[int]) -> list[Stretch]:
    found: list[Stretch] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


class GapsStory(RuleBasedStateMachine):
    """A kiosk, its births and facts in any order, commands and what it says to them."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__()
        self.keeper = keeper
        self.now = NOW
        self.epoch = 1
        self.models = {1: Model()}
        self.commands: list[Replay] = []

    @property
    def model(self) -> Model:
        return self.models[self.epoch]

    def hear(self, *heard: Heard) -> None:
        with self.keeper.store.begin() as books:
            keep_batch(heard, books=books, at=self.now, zone=ZONE)

    @rule(head=HEADS, late=st.booleans())
    def a_birth_tells_of_a_head(self, head: int, *, late: bool = False) -> None:
        epoch = max(1, self.epoch - late)
        self.hear(born(head=head, epoch=epoch))
        model = self.models[epoch]
        model.head = max(model.head, head)
        model.settle(self.now)

    @rule(numbers=st.sets(NUMBERS, min_size=1, max_size=4), old=st.booleans())
    def facts_come(self, numbers: set[int], *, old: bool) -> None:
        epoch = max(1, self.epoch - old)
        self.hear(*(fact(number, faulted(), epoch=epoch) for number in numbers))
        self.models[epoch].heard |= numbers
        self.models[epoch].settle(self.now)

    @rule(head=HEADS)
    def a_new_epoch_begins(self, head: int) -> None:
        self.epoch += 1
        self.models[self.epoch] = Model()
        self.a_birth_tells_of_a_head(head)

    @rule(seconds=SECONDS)
    def time_passes_and_the_service_asks(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        due = {
            (epoch, first, min(last, first + ASK_MOST - 1)): (model, (first, last))
            for epoch, model in self.models.items()
            for (first, last), wanted in model.wanted.items()
            if wanted.ask_at <= self.now
        }
        asks = self.ask()
        assert {(ask.epoch, ask.first, ask.last) for ask in asks} == due.keys()
        assert len(asks) == len(due)
        for ask in asks:
            model, stretch = due[ask.epoch, ask.first, ask.last]
            model.wanted[stretch] = model.wanted[stretch].asked(ask.command_id, self.now)
        self.commands += asks

    @rule()
    def nobody_answers_for_hours(self) -> None:
        for _ in range(9):  # Asked so often, the pause reaches its limit.
            self.time_passes_and_the_service_asks(3_600)

    def ask(self) -> list[Replay]:
        numbers = iter(range(len(self.commands), 10_000))
        with self.keeper.store.begin() as books:
            return ask_for_gaps(
                books=books, at=self.now, new_id=lambda: f"{KIOSK}-cmd-{next(numbers)}"
            )

    @precondition(lambda self: self.commands)
    @rule(
        data=st.data(),
        result=RESULTS,
        stranger=st.sampled_from([False] * 4 + [True]),
        again=st.booleans(),
    )
    def a_reply_comes(
        self, data: st.DataObject, result: str, *, stranger: bool, again: bool
    ) -> None:
        newest_first = self.commands[::-1]
        command_id = data.draw(st.sampled_from(newest_first)).command_id
        speaker = "K0002" if stranger else KIOSK
        reply = Replied(kiosk_id=speaker, command_id=command_id, gone=result == "gone")
        self.hear(*[reply] * (1 + again))
        if result == "gone" and not stranger:
            for model in self.models.values():
                model.give_up(command_id)

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def what_was_asked_for_comes_with_its_reply(self, data: st.DataObject) -> None:
        ask = data.draw(st.sampled_from(self.commands[::-1]))
        numbers = set(range(ask.first, min(ask.last, ask.first + FEW) + 1))
        reply = Replied(kiosk_id=KIOSK, command_id=ask.command_id, gone=False)
        self.hear(*(fact(number, faulted(), epoch=ask.epoch) for number in numbers), reply)
        self.models[ask.epoch].heard |= numbers
        self.models[ask.epoch].settle(self.now)

    @rule(again=st.booleans())
    def the_asked_part_of_a_large_gap_is_gone(self, *, again: bool) -> None:
        self.a_birth_tells_of_a_head(1_200)
        self.time_passes_and_the_service_asks(31)
        for ask in self.commands[-1:]:
            self.hear(
                *[Replied(kiosk_id=KIOSK, command_id=ask.command_id, gone=True)] * (1 + again)
            )
            self.models[ask.epoch].give_up(ask.command_id)

    @precondition(lambda self: self.commands)
    @rule()
    def a_part_of_what_was_asked_for_comes_and_the_rest_is_said_to_be_gone(self) -> None:
        ask = self.commands[-1]
        self.hear(fact(ask.first, faulted(), epoch=ask.epoch))
        self.models[ask.epoch].heard.add(ask.first)
        self.models[ask.epoch].settle(self.now)
        self.hear(Replied(kiosk_id=KIOSK, command_id=ask.command_id, gone=True))
        self.models[ask.epoch].give_up(ask.command_id)

    @invariant()
    def gaps_and_watermark_are_the_model_s(self) -> None:
        kept = self.keeper.read()
        for epoch, model in self.models.items():
            gaps = [gap for gap in kept.gaps if gap.epoch == epoch]
            on_record = {(gap.first, gap.last) for gap in gaps if not gap.permanent}
            assert on_record == model.wanted.keys()
            lost = [n for gap in gaps if gap.permanent for n in range(gap.first, gap.last + 1)]
            assert sorted(lost) == sorted(model.gone)
            heard = {key.sequence for key in kept.facts if key.epoch == epoch}
            assert heard == model.heard
            settled = runs(model.heard | model.gone)
            upto = settled[0][1] if settled and settled[0][0] == 1 else 0
            progress = kept.progress.get((KIOSK, epoch))
            assert (0 if progress is None else progress.upto) == upto
            beyond = () if progress is None else progress.beyond
            assert list(beyond) == [one for one in settled if one[0] > 1]


def test_stories_of_gaps_and_replay(fresh: Fresh) -> None:
    tell(GapsStory, fresh)
