"""A surface with shared corners, as files and simplifiers want it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Surface:
    """Corners (m, 3) in mm and faces (n, 3) of their numbers."""

    corners: NDArray[np.float64]
    faces: NDArray[np.int64]

    @property
    def triangles(self) -> NDArray[np.float64]:
        """The corners of every face (n, 3, 3)."""
        return self.corners[self.faces]

    @property
    def volume(self) -> float:
        """Signed volume in mm³."""
        a, b, c = (self.triangles - self.corners.mean(axis=0)).transpose(1, 0, 2)
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6
