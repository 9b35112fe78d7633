"""What a laser is asked to burn: lines to follow, areas to fill, pictures. Millimetres, y downwards as drawings are."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fill:
    """An area between rings (n, 2), each closed by itself, by the even-odd or the nonzero rule."""

    rings: list[Floats]
    even_odd: bool = False


@dataclass(frozen=True, eq=False)
class Image:
    """A picture made of pixels, placed anyhow.

    grey (h, w): 0 is burnt with the whole power of the setting, 255 not at all. corners (3, 2): where its upper left,
    upper right and lower left corner lie.
    """

    grey: NDArray[np.uint8]
    corners: Floats


@dataclass(frozen=True, eq=False)
class Work:
    """All lines (n, 2), fills and images of one colour. `operation` is "cut", "score" or "engrave".

    Lines are followed. Fills and images are burnt row by row when the operation is "engrave", and not at all otherwise.
    A line of "engrave" that is the outline of one of its fills is not followed: the rows reach up to it.
    """

    operation: str
    colour: str
    lines: list[Floats] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
