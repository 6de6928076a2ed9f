"""Low by forecast: the watch looks at outlooks and policies, and follows them as they change."""

from datetime import datetime, timedelta

from service.domain.demand import Outlook
from service.domain.heard import Heard
from service.domain.policy import Policy, Scope
from service.flows.keep import keep_batch
from service.flows.low_levels import FRESH_FOR
from service.flows.watch import SeeStock, watch
from tests.support.books import Keeper
from tests.support.plans import ITEMS, NOW, ZONE
from tests.support.say import KIOSK, born, counted, fact


def _look(keeper: Keeper, see: SeeStock, at: datetime) -> list[str]:
    watch(see, store=keeper.store, at=at)
    return keeper.read().standing


def _expect(keeper: Keeper, packs_a_day: float, at: datetime) -> None:
    means = (packs_a_day,) * 30
    one = Outlook(place=KIOSK, item=ITEMS[0], from_day=NOW.date(), mean_by_day=means)
    with keeper.store.begin() as books:
        books.outlooks.save([one], at)


def test_the_same_level_is_low_or_not_as_the_outlook_says(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        heard: list[Heard] = [born(), fact(1, counted(10, 10, 20))]
        keep_batch(heard, books=books, at=NOW, zone=ZONE)
    see = SeeStock()
    assert _look(keeper, see, NOW) == [], "half of the capacity, and no outlook yet"
    _expect(keeper, 5.0, NOW)
    assert _look(keeper, see, NOW + timedelta(minutes=1)) == [], "its levels are still fresh"
    assert _look(keeper, see, NOW + FRESH_FOR) == [f"low|{KIOSK}"]
    with keeper.store.look() as books:
        [low] = books.incidents.standing(see(books=books, at=NOW + FRESH_FOR).kinds)
    assert low.numbers["items"][0]["p_stock_out"] > 0.5
    with keeper.store.begin() as books:
        policy = Policy(risk=0.01, lead_days=0, review_days=1)
        books.policies.save(Scope(item=ITEMS[0]), policy, at=NOW, by="desk")
    assert _look(keeper, see, NOW + 2 * FRESH_FOR) == [], "somebody comes tomorrow"
