"""Rings around what is painted: every painted cell is inside, its inside is on the left."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.geo.rings import trace

SIDE = 7
painted = st.lists(st.booleans(), min_size=SIDE**2, max_size=SIDE**2).filter(any)


def grid_of(cells: list[bool]) -> NDArray[np.bool_]:
    return np.pad(np.array(cells, dtype=np.bool_).reshape(SIDE, SIDE), 2)


def touches_by_a_corner_only(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    a, b, c, d = mask[:-1, :-1], mask[1:, 1:], mask[1:, :-1], mask[:-1, 1:]
    found: NDArray[np.bool_] = (a == b) & (c == d) & (a != c)
    return found


@given(painted)
def test_a_cell_is_inside_an_odd_number_of_rings_if_it_is_painted(cells: list[bool]) -> None:
    mask = grid_of(cells)
    rings = [shapely.Polygon(ring) for ring in trace(mask)]
    inside = np.zeros_like(mask)
    for x, y in np.ndindex(mask.shape):
        around = sum(ring.contains(shapely.Point(x + 0.5, y + 0.5)) for ring in rings)
        inside[x, y] = around % 2 == 1
    assert inside[mask].all()
    # What else is inside was painted to join cells that touch only by a corner.
    if not touches_by_a_corner_only(mask).any():
        assert (inside == mask).all()
    assert not touches_by_a_corner_only(inside).any()


@given(painted)
def test_no_ring_touches_itself_and_outer_ones_turn_left(cells: list[bool]) -> None:
    rings = [shapely.LinearRing(ring) for ring in trace(grid_of(cells))]
    assert all(ring.is_simple for ring in rings)
    outermost = max(rings, key=lambda ring: shapely.Polygon(ring).area)
    assert outermost.is_ccw
    for ring in rings:
        point = shapely.Point(ring.coords[0])
        deep = sum(shapely.Polygon(one).contains(point) for one in rings if one is not ring)
        assert ring.is_ccw == (deep % 2 == 0)


def test_a_square_keeps_its_sides_and_loses_half_a_cell_at_each_corner() -> None:
    mask = np.zeros((8, 8), dtype=np.bool_)
    mask[2:6, 2:6] = True
    [ring] = trace(mask)
    assert len(ring) == 8 + 1
    assert shapely.Polygon(ring).area == 16 - 4 * 0.125
