"""Paints on a fine grid: what lies beside lines, and who walks straight to the nearest of spots.

What is painted is true to about the size of a cell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from service.domain.coordinates import Points
from service.geo.network import Metres
from service.geo.rings import Mask

FINE_M: Final = 6.0
COARSE_M: Final = 10.0
"""A cell of a place's own area, and of a district's."""

FINE_CELLS_MAX: Final = 400_000
CELLS_MAX: Final = 12_000_000
"""What has more cells gets larger ones: the grid is bounded, however large the district."""

BLOCK_CELLS: Final = 400
"""Nearest spots are looked for in squares of so many cells: where nothing is in reach, nowhere."""

Lines = NDArray[np.float64]
"""Lines from a point to a point, shape (n, 2, 2)."""

Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A grid of cells in metres: cell (i, j) begins at ``low + (i, j) * cell_m``."""

    low: Points
    cell_m: float
    mask: Mask

    @classmethod
    def over(cls, low: Points, high: Points) -> "Canvas":
        """Return an empty one on which all between two corners can be painted."""
        size = high - low
        area = float(size.prod())
        fine = min(COARSE_M, float(np.sqrt(area / FINE_CELLS_MAX)))
        cell_m = max(FINE_M, fine, float(np.sqrt(area / CELLS_MAX)))
        # Two cells are added so that nothing painted touches the edge of the grid.
        shape = np.ceil(size / cell_m).astype(np.int64) + 4
        mask = np.zeros((int(shape[0]), int(shape[1])), dtype=np.bool_)
        return cls(low=low - 2 * cell_m, cell_m=cell_m, mask=mask)

    def paint_beside(self, lines: Lines, *, radius_m: float) -> None:
        """Paint what lies within a radius of lines; they end so far from the edge of the grid."""
        cells = (lines - self.low) / self.cell_m
        begin, along = cells[:, 0], cells[:, 1] - cells[:, 0]
        steps = np.ceil(np.abs(along).max(axis=1)).astype(np.int64) + 1
        line = np.repeat(np.arange(len(lines)), steps)
        nth = np.arange(len(line)) - np.repeat(np.cumsum(steps) - steps, steps)
        share = nth / np.maximum(steps - 1, 1)[line]
        spots = np.floor(begin[line] + along[line] * share[:, None]).astype(np.int64)
        thin = np.zeros_like(self.mask)
        thin[spots[:, 0], spots[:, 1]] = True
        drawn, flat = np.flatnonzero(thin), self.mask.reshape(-1)
        radius = radius_m / self.cell_m
        near = np.arange(-int(radius), int(radius) + 1)
        x, y = np.meshgrid(near, near, indexing="ij")
        for offset in (x * self.mask.shape[1] + y)[x**2 + y**2 <= radius**2]:
            flat[drawn + offset] = True

    def paint_around(self, spots: Points, left_m: Metres) -> None:
        """Paint each cell whose nearest spot is so near that what is left there leads to it.

        Of spots without anything left, too: they are nearer to some cells than others that have.
        """
        has = left_m > 0
        if not has.any():
            return
        margin = int(np.ceil(left_m.max() / self.cell_m)) + 1
        assert margin <= BLOCK_CELLS
        whole = np.array(self.mask.shape) + 2 * margin
        at = np.floor((spots - self.low) / self.cell_m).astype(np.int64) + margin
        some = np.flatnonzero(((at >= 0) & (at < whole)).all(axis=1))
        # Of several in a cell that one counts which has most left.
        some = some[np.argsort(left_m[some], kind="stable")]
        number = np.full((int(whole[0]), int(whole[1])), -1, dtype=np.int32)
        number[at[some, 0], at[some, 1]] = some
        for x, y in _blocks(at[has] - margin, margin, self.mask.shape):
            around = number[_wider(x, margin), _wider(y, margin)]
            near = _nearest(around)[margin:-margin, margin:-margin]
            east = self.low[0] + (np.arange(x.start, x.stop) + 0.5) * self.cell_m
            north = self.low[1] + (np.arange(y.start, y.stop) + 0.5) * self.cell_m
            far_m = np.hypot(east[:, None] - spots[near, 0], north - spots[near, 1])
            self.mask[x, y] |= far_m <= left_m[near]


def _blocks(cells: Cells, margin: int, shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Yield the squares of the grid from which some cell is no farther than the margin."""
    ways = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    near = [(cells + np.array(way) * margin) // BLOCK_CELLS for way in ways]
    for x, y in np.unique(np.concatenate(near), axis=0).tolist():
        begin = x * BLOCK_CELLS, y * BLOCK_CELLS
        end = min(begin[0] + BLOCK_CELLS, shape[0]), min(begin[1] + BLOCK_CELLS, shape[1])
        if min(begin) >= 0 and begin[0] < end[0] and begin[1] < end[1]:
            yield slice(begin[0], end[0]), slice(begin[1], end[1])


def _wider(cells: slice, margin: int) -> slice:
    """Return a stretch of the grid with its margins, on the grid that has some around it."""
    return slice(cells.start, cells.stop + 2 * margin)


def _nearest(number: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for each cell the number in the nearest cell that has one."""
    x, y = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
    found: NDArray[np.int32] = number[x, y]
    return found
