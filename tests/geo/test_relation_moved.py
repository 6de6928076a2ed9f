"""What moved is reckoned anew, and gives what building all anew gives."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.reach import Relation
from service.geo.network import build_network
from service.geo.osm_file import Streets
from service.geo.relation import estimate, moved, relate
from tests.support.relations import (
    PLACES,
    SPOTS,
    Ids,
    Places,
    city_of_blocks,
    ids_of,
    is_same,
    related,
    spots_in,
    street_worlds,
)
from tests.support.streets import lon_lat_of


@st.composite
def _changes(draw: st.DrawFn, before: Places) -> tuple[Places, tuple[str, ...], set[str]]:
    """Return places and ids after some moved, some went and some came, and who moved."""
    spots = list(zip(before.tolist(), ids_of("", before), strict=True))
    went = draw(st.sets(st.integers(0, 5), max_size=1))
    spots = [one for number, one in enumerate(spots) if number not in went]
    moves = draw(st.dictionaries(st.integers(0, 5), SPOTS, max_size=2))
    who = set()
    for number, to in moves.items():
        if number < len(spots):
            who.add(spots[number][1])
            spots[number] = (lon_lat_of([to])[0].tolist(), spots[number][1])
    came = draw(st.lists(SPOTS, max_size=1))
    spots += [(lon_lat_of([spot])[0].tolist(), "new") for spot in came]
    if draw(st.booleans()):
        spots.reverse()
    return np.array([place for place, _ in spots]).reshape(-1, 2), tuple(i for _, i in spots), who


@pytest.mark.parametrize("how", ["along streets", "by straight line"])
@given(data=st.data(), streets=street_worlds(), homes=PLACES, kiosks=PLACES)
def test_what_moved_is_reckoned_as_if_all_were_built_anew(
    data: st.DataObject, streets: Streets, homes: Places, kiosks: Places, how: str
) -> None:
    network = build_network(streets) if how == "along streets" else None
    build = partial(relate, network) if network else estimate

    def built(communities: Places, home_ids: Ids, outlets: Places, kiosk_ids: Ids) -> Relation:
        return build(
            communities=communities,
            community_ids=home_ids,
            outlets=outlets,
            outlet_ids=kiosk_ids,
        )

    before = built(homes, ids_of("", homes), kiosks, ids_of("", kiosks))
    communities, community_ids, communities_moved = data.draw(_changes(homes))
    outlets, outlet_ids, outlets_moved = data.draw(_changes(kiosks))
    after = moved(
        before,
        network,
        communities=communities,
        community_ids=community_ids,
        outlets=outlets,
        outlet_ids=outlet_ids,
        communities_moved=communities_moved,
        outlets_moved=outlets_moved,
    )
    assert is_same(after, built(communities, community_ids, outlets, outlet_ids))


@pytest.mark.parametrize("many", [1, 400], ids=["a few edits", "sorted anew"])
def test_in_a_city_what_moved_is_reckoned_as_if_all_were_built_anew(many: int) -> None:
    network, chance = build_network(city_of_blocks(8, 190.0)), np.random.default_rng(7)
    communities, outlets = spots_in(chance, 900, 1_400.0), spots_in(chance, 400, 1_400.0)
    before = related(network, communities, outlets, 700.0)
    outlets[:many] = spots_in(chance, many, 1_400.0)
    home = int(np.diff(before.indptr).argmax())
    communities[home] = spots_in(chance, 1, 1_400.0)
    after = moved(
        before,
        network,
        communities=communities,
        community_ids=before.community_ids,
        outlets=outlets,
        outlet_ids=before.outlet_ids,
        communities_moved=[f"C{home}"],
        outlets_moved=before.outlet_ids[:many],
    )
    assert is_same(after, related(network, communities, outlets, 700.0))
    assert not is_same(after, before)
