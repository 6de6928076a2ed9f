"""What is painted on a grid is what a look at each cell would paint, across all of its squares."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from service.geo.canvas import BLOCK_CELLS, CELLS_MAX, COARSE_M, FINE_M, Canvas


def canvas_of(width_m: float, height_m: float) -> Canvas:
    return Canvas.over(np.zeros(2), np.array([width_m, height_m]))


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_is_painted_if_enough_is_left_at_its_nearest_spot(seed: int) -> None:
    dice = np.random.default_rng(seed)
    canvas = canvas_of(9_000, 6_000)
    assert min(canvas.mask.shape) > BLOCK_CELLS
    # In the middles of cells, and no two at one: then no spot is moved by the grid.
    cells = np.unique(dice.integers(3, np.array(canvas.mask.shape) - 3, (300, 2)), axis=0)
    spots = canvas.low + (cells + 0.5) * canvas.cell_m
    left_m = dice.uniform(-400.0, 500.0, len(spots))
    inside = ((spots - left_m[:, None] > 0) & (spots + left_m[:, None] < [9_000, 6_000])).all(1)
    left_m[~inside] = -1.0
    canvas.paint_around(spots, left_m)
    x, y = np.indices(canvas.mask.shape)
    middles = canvas.low + (np.stack((x, y), -1).reshape(-1, 2) + 0.5) * canvas.cell_m
    far_m, nearest = KDTree(spots).query(middles, k=2)
    wanted = (far_m[:, 0] <= left_m[nearest[:, 0]]).reshape(canvas.mask.shape)
    is_tie = (far_m[:, 1] - far_m[:, 0] < 1e-6).reshape(canvas.mask.shape)
    assert wanted.sum() > 1_000
    assert (canvas.mask == wanted)[~is_tie].all()


@pytest.mark.parametrize("step", [(-3, -3), (-3, 2), (2, -3), (2, 2)])
def test_a_spot_beside_the_corner_of_four_squares_is_painted_in_all_of_them(
    step: tuple[int, int],
) -> None:
    canvas = canvas_of(9_000, 6_000)
    spot = canvas.low + (BLOCK_CELLS + np.array(step) + 0.5) * canvas.cell_m
    canvas.paint_around(spot[None], np.array([200.0]))
    disc_m2 = canvas.mask.sum() * canvas.cell_m**2
    assert disc_m2 == pytest.approx(np.pi * 200.0**2, rel=0.02)


def test_a_spot_beyond_the_grid_is_nearer_to_some_of_its_cells() -> None:
    canvas = canvas_of(600, 600)
    canvas.paint_around(np.array([(300.0, 300.0), (640.0, 300.0)]), np.array([280.0, -np.inf]))
    at = ((np.array([(460.0, 300.0), (480.0, 300.0)]) - canvas.low) / canvas.cell_m).astype(int)
    assert canvas.mask[at[0, 0], at[0, 1]]
    assert not canvas.mask[at[1, 0], at[1, 1]]


def test_nothing_is_painted_where_nothing_is_left() -> None:
    canvas = canvas_of(600, 600)
    canvas.paint_around(np.array([(300.0, 300.0)]), np.array([-np.inf]))
    canvas.paint_around(np.empty((0, 2)), np.empty(0))
    assert not canvas.mask.any()


def test_cells_are_fine_for_one_place_coarser_for_a_district_and_bounded_for_a_province() -> None:
    assert canvas_of(2_000, 2_000).cell_m == FINE_M
    assert FINE_M < canvas_of(5_000, 5_000).cell_m < COARSE_M
    assert canvas_of(20_000, 15_000).cell_m == COARSE_M
    assert canvas_of(300_000, 200_000).mask.size < 1.01 * CELLS_MAX
