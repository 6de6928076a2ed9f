"""What is given to the routes about rounds, with its bounds."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from service.domain.picking import ROUND_STOPS_MAX, SLOT_PACKS_MAX, Add
from service.domain.rounds import HOURS_MAX, PEOPLE_MAX, SECONDS_MAX, Crew
from service.flows.rounds import RoundWish, WishedStop
from service.flows.rounds_plan import PlanWish

_CODE: Final = r"^[A-Za-z0-9_-]{1,32}$"
Code = Annotated[str, Field(pattern=_CODE)]
SlotNumber = Annotated[int, Field(ge=1, le=1_000)]
USUAL: Final = Crew()


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GivenNothing(_Given):
    """Nothing but the wish itself: ``{}``."""


class GivenPlan(_Given):
    """For whom a round is planned."""

    depot_id: Code
    people: Annotated[int, Field(ge=1, le=PEOPLE_MAX)] = USUAL.people
    hours: Annotated[float, Field(ge=0.25, le=HOURS_MAX)] = USUAL.hours
    capacity_packs: Annotated[int, Field(ge=1, le=100_000)] = USUAL.capacity_packs
    km_per_hour: Annotated[float, Field(ge=1, le=120)] = USUAL.km_per_hour
    stop_minutes: Annotated[float, Field(ge=0, le=240)] = USUAL.stop_minutes
    pack_seconds: Annotated[float, Field(ge=0, le=600)] = USUAL.pack_seconds
    pickup_minutes: Annotated[float, Field(ge=0.1, le=1_440)] = USUAL.pickup_minutes
    circle_weight: Annotated[float, Field(ge=0, le=1_000)] = USUAL.circle_weight
    seconds: Annotated[float, Field(ge=0.1, le=SECONDS_MAX)] = 3.0

    def wish(self) -> PlanWish:
        """Return it as the flow takes it."""
        crew = Crew(**self.model_dump(exclude={"depot_id", "seconds"}))
        return PlanWish(depot_id=self.depot_id, crew=crew, seconds=self.seconds)


class GivenAdd(_Given):
    """Packs of an item for a slot."""

    slot: SlotNumber
    item: Code
    packs: Annotated[int, Field(ge=1, le=SLOT_PACKS_MAX)]


class GivenStop(_Given):
    """A stop, as it was planned."""

    kiosk_id: Code
    adds: Annotated[tuple[GivenAdd, ...], Field(min_length=1, max_length=100)]
    arrive_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0
    metres: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    pickups: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0


class GivenRound(_Given):
    """A round to be made: the stops of each person in order."""

    depot_id: Code
    for_day: date
    tours: Annotated[
        tuple[Annotated[tuple[GivenStop, ...], Field(max_length=ROUND_STOPS_MAX)], ...],
        Field(max_length=PEOPLE_MAX),
    ]
    solver: Annotated[str, Field(max_length=16)] = ""
    is_estimate: bool = False

    def wish(self) -> RoundWish:
        """Return it as the flow takes it."""
        return RoundWish(
            depot_id=self.depot_id,
            for_day=self.for_day,
            tours=tuple(tuple(_stop(one) for one in tour) for tour in self.tours),
            solver=self.solver,
            is_estimate=self.is_estimate,
        )


class GivenReceipt(_Given):
    """What came into a slot."""

    slot: SlotNumber
    item: Code
    packs: Annotated[int, Field(ge=0, le=SLOT_PACKS_MAX)]


class GivenDone(_Given):
    """What somebody says of a stop."""

    received: Annotated[tuple[GivenReceipt, ...], Field(max_length=100)] = ()
    note: Annotated[str, Field(max_length=400)] = ""

    def said(self) -> dict[tuple[int, str], int]:
        """Return the packs by slot and item."""
        return {(one.slot, one.item): one.packs for one in self.received}


def _stop(one: GivenStop) -> WishedStop:
    return WishedStop(
        kiosk_id=one.kiosk_id,
        adds=tuple(Add(slot=add.slot, item=add.item, packs=add.packs) for add in one.adds),
        arrive_minutes=one.arrive_minutes,
        metres=one.metres,
        pickups=one.pickups,
    )
