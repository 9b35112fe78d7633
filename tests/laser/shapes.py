"""Works to plan, and the laser to plan them for."""

import numpy as np
from numpy.typing import NDArray

from printers import profiles
from printers.laser import Fill, Floats, Image, Laser, Setting, Work

PROFILE = profiles.builtin()["laser-600"]
assert PROFILE.laser is not None
LASER: Laser = PROFILE.laser
POPLAR = PROFILE.materials["poplar-3"].laser
SETTINGS = {"cut": Setting(60, 20, kerf_mm=0.2), "score": Setting(20, 100), "engrave": Setting(25, 200, air=False)}


def square(side: float, left: float = 0.0, top: float = 0.0) -> Floats:
    """A closed square, (5, 2)."""
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side], [0, 0]], dtype=float)
    return corners + np.array([left, top])


def circle(radius: float, x: float = 0.0, y: float = 0.0, points: int = 90) -> Floats:
    """A closed circle, (points + 1, 2)."""
    angle = np.linspace(0, 2 * np.pi, points + 1)
    found: Floats = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    found[-1] = found[0]
    return found


def cut(*lines: Floats) -> Work:
    return Work("cut", "#ff0000", list(lines))


def score(*lines: Floats) -> Work:
    return Work("score", "#0000ff", list(lines))


def engraved(*rings: Floats, even_odd: bool = False) -> Work:
    """A filled shape as drawings have it: its outline is among the lines as well."""
    return Work("engrave", "#000000", list(rings), [Fill(list(rings), even_odd)])


def image(
    grey: NDArray[np.uint8], width: float, height: float, left: float = 0, top: float = 0, degrees: float = 0
) -> Image:
    """A picture of that size in mm, turned about its upper left corner."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [0, height]], dtype=float)
    return Image(grey, corners @ turn.T + np.array([left, top]))


def pictured(*images: Image) -> Work:
    """Pictures made of pixels, to be engraved."""
    return Work("engrave", "image", images=list(images))


def chequered(squares: int, pixels: int = 1) -> NDArray[np.uint8]:
    """Black and white squares of so many pixels a side, white in the upper left corner."""
    across = np.arange(squares * pixels) // pixels
    found: NDArray[np.uint8] = np.where((across[:, None] + across) % 2, 0, 255).astype(np.uint8)
    return found
