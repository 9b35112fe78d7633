"""Pictures made of pixels inside drawings: decoded within bounds, and placed as a browser places them.

PNG and JPEG inside of the file are read, told by their content; everything else is told of and left out.
"""

import base64
import binascii
import io
import re
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from fabqueue.analysis.drawing.flatten import Floats, transformed
from fabqueue.analysis.drawing.shapes import Picture
from fabqueue.analysis.drawing.units import ViewBox, fitting, length
from printers.laser import Image

INCH_MM = 25.4
MEGAPIXELS, MEGAPIXELS_TOGETHER = 40, 80
"""Of one picture and of all; a large photograph is larger than any laser's bed at any interval."""
MOST_PICTURES = 300
"""Places of pictures, reuse counted every time."""
FINEST_MM = 0.04
"""Smaller pixels than this are no use to any beam."""
FARTHEST_MM = 1e6
_FORMATS = ("PNG", "JPEG")
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, IndexError, OverflowError, struct.error,
               zlib.error)  # fmt: skip
"""What Pillow raises for files that end early or lie."""
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")

LINKED, FORMAT, BROKEN = "drawing_image_linked", "drawing_image_format", "drawing_image_broken"
LARGE, MANY = "drawing_image_large", "drawing_image_many"
POINTED_AT = "drawing_image_dxf"
"""A DXF names the files of its pictures and never holds them."""

Greys = NDArray[np.uint8]
Place = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class _Pixels:
    """A picture as it is seen on white, and how opaque it is where it is not wholly so (0 to 255)."""

    grey: Greys
    alpha: Greys | None = None

    def part(self, rows: slice, columns: slice) -> "_Pixels":
        return _Pixels(self.grey[rows, columns], None if self.alpha is None else self.alpha[rows, columns])

    def resized(self, size: tuple[int, int]) -> "_Pixels":
        """With (width, height) pixels, each the mean of what it stands for."""
        return _Pixels(_resized(self.grey, size), None if self.alpha is None else _resized(self.alpha, size))

    def faded(self, opacity: float) -> "_Pixels":
        share = min(max(opacity, 0.0), 1.0)
        if share == 1:
            return self
        grey = 255 - np.rint((255 - self.grey.astype(np.float64)) * share)
        alpha = np.full(self.grey.shape, 255.0) if self.alpha is None else self.alpha.astype(np.float64)
        return _Pixels(grey.astype(np.uint8), np.rint(alpha * share).astype(np.uint8))


class _Refused(Exception):
    """A picture that is not read, with the code of the finding about it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, eq=False)
class Viewport:
    """Where pictures are put: its `matrix` (3, 3) from user units to mm, its size in these, and how it is seen.

    `above`: how many shapes were drawn before and lie beneath.
    """

    matrix: Floats
    width: float
    height: float
    opacity: float = 1.0
    is_clipped: bool = False
    above: int = 0


class Pictures:
    """The pictures of one document; each is decoded once, however often it is placed."""

    def __init__(self) -> None:
        self.placed: list[Picture] = []
        self._known: dict[str, _Pixels | str] = {}
        self._left = MEGAPIXELS_TOGETHER * 1_000_000

    def place(self, attributes: Mapping[str, str], viewport: Viewport) -> None:
        """Put what an `image` with these attributes shows into a viewport; one that shows nothing is none."""
        link = attributes.get("href", "").strip()
        if not link:
            return
        pixels = self._pixels(link) if len(self.placed) < MOST_PICTURES else MANY
        place = _place(attributes, viewport, None if isinstance(pixels, str) else pixels.grey.shape)
        x, y, across, down = place
        middle = transformed(np.array([x + across / 2, y + down / 2]), viewport.matrix)
        if isinstance(pixels, str):
            found = Picture((float(middle[0]), float(middle[1])), None, pixels)
        elif across <= 0 or down <= 0:
            return
        else:
            part, corners = _fitted(pixels, place, attributes.get("preserveAspectRatio", ""), viewport.matrix)
            found = _seen(part, corners, middle, viewport)
        if _is_near(middle) and (found.image is None or _is_near(found.image.corners)):
            self.placed.append(found)

    def _pixels(self, link: str) -> _Pixels | str:
        """What a link leads to, 0 black and 255 white; or the code of the finding that says why nothing is read."""
        if link not in self._known:
            try:
                self._known[link] = self._decoded(link)
            except _Refused as refused:
                self._known[link] = refused.code
        return self._known[link]

    def _decoded(self, link: str) -> _Pixels:
        if link[:5].lower() != "data:":
            raise _Refused(LINKED)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # sizes are looked at here
                warnings.simplefilter("ignore", UserWarning)  # of damaged EXIF data: it lies as it is stored then
                with Pillow.open(io.BytesIO(_data(link)), formats=_FORMATS) as opened:
                    self._check(opened.size)
                    return _plain(opened)
        except UnidentifiedImageError:
            raise _Refused(FORMAT) from None
        except Pillow.DecompressionBombError:
            raise _Refused(LARGE) from None
        except _UNREADABLE:
            raise _Refused(BROKEN) from None

    def _check(self, size: tuple[int, int]) -> None:
        """Refuse a bomb before it is unpacked."""
        pixels = size[0] * size[1]
        if pixels > MEGAPIXELS * 1_000_000:
            raise _Refused(LARGE)
        self._left -= pixels
        if self._left < 0:
            raise _Refused(MANY)


def _is_near(points: Floats) -> bool:
    """Whether points are any that a drawing may have."""
    return bool((np.abs(points) <= FARTHEST_MM).all())  # false for what is no number


def _place(attributes: Mapping[str, str], viewport: Viewport, shape: tuple[int, ...] | None) -> Place:
    """Left, top, width and height in user units; a side that is not given follows from the pixels."""
    x, y, across, down = (
        found.px(whole) if (found := length(attributes.get(name))) else None
        for name, whole in zip(("x", "y", "width", "height"), (viewport.width, viewport.height) * 2, strict=True)
    )
    high, wide = shape or (0, 0)
    if across is None:
        across = wide * (down / high if down is not None and high else 1)
    if down is None:
        down = high * (across / wide if wide else 1)
    return x or 0.0, y or 0.0, across, down


def _seen(pixels: _Pixels, corners: Floats, middle: Floats, viewport: Viewport) -> Picture:
    sides: Floats = np.hypot(*(corners[1:] - corners[0]).T)
    made = _held(pixels, sides).faded(viewport.opacity) if np.isfinite(sides).all() else pixels
    size = pixels.grey.shape[::-1]
    return Picture(
        middle=(float(middle[0]), float(middle[1])), dpi=_dpi(size, sides), image=Image(made.grey, corners),
        pixels=size, is_clipped=viewport.is_clipped, alpha=made.alpha, above=viewport.above,
    )  # fmt: skip


def _data(link: str) -> bytes:
    """What a data URI holds."""
    head, _comma, text = link.partition(",")
    data = unquote_to_bytes(text)
    if not head.lower().rstrip().endswith(";base64"):
        return data
    plain = _NO_BASE64.sub(b"", data)
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except binascii.Error:
        raise _Refused(BROKEN) from None


def _plain(opened: Pillow.Image) -> _Pixels:
    """The picture upright and in greys, on white."""
    upright = ImageOps.exif_transpose(opened)
    if upright.mode.startswith("I"):  # 16 bits, which Pillow would cut off instead of dividing
        wide = np.asarray(upright, dtype=np.int64)
        return _Pixels((wide >> 8).clip(0, 255).astype(np.uint8))
    alpha: Greys | None = None
    if upright.mode in {"LA", "PA", "RGBA"} or "transparency" in upright.info:
        coloured = upright.convert("RGBA")
        alpha = np.asarray(coloured.getchannel("A"), dtype=np.uint8)
        white = Pillow.new("RGBA", coloured.size, (255, 255, 255, 255))
        upright = Pillow.alpha_composite(white, coloured)
    if upright.mode != "L":
        upright = upright.convert("RGB").convert("L")
    return _Pixels(np.asarray(upright, dtype=np.uint8), None if alpha is None or (alpha == 255).all() else alpha)


def _fitted(pixels: _Pixels, place: Place, ratio: str, matrix: Floats) -> tuple[_Pixels, Floats]:
    """The picture in its place (x, y, width, height) as `preserveAspectRatio` says, and its corners in mm."""
    height, width = pixels.grey.shape
    x, y, across, down = place
    fit = fitting(ViewBox(0, 0, width, height), across, down, ratio)
    left, top, right, bottom = 0, 0, width, height
    if "slice" in ratio:  # what reaches beyond the place is not seen
        left, top = (round(max(0.0, -fit[axis, 2] / fit[axis, axis])) for axis in (0, 1))
        right, bottom = (
            round(min(size, (side - fit[axis, 2]) / fit[axis, axis]))
            for axis, size, side in ((0, width, across), (1, height, down))
        )
        right, bottom = max(right, left + 1), max(bottom, top + 1)
    corners = np.array([(left, top), (right, top), (left, bottom)], dtype=float)
    inside = transformed(corners, fit) + np.array([x, y])
    return pixels.part(slice(top, bottom), slice(left, right)), transformed(inside, matrix)


def _dpi(size: tuple[int, ...], sides: Floats) -> float | None:
    """Dots per inch in the coarser direction, of (width, height) pixels on so many mm."""
    if not (sides > 0).all():
        return None
    return float((np.array(size) / sides).min() * INCH_MM)


def _held(pixels: _Pixels, sides: Floats) -> _Pixels:
    """No finer than any beam."""
    size = [max(1, min(count, round(side / FINEST_MM)))
            for count, side in zip(pixels.grey.shape[::-1], sides.tolist(), strict=True)]  # fmt: skip
    return pixels if size == list(pixels.grey.shape[::-1]) else pixels.resized((size[0], size[1]))


def _resized(grey: Greys, size: tuple[int, int]) -> Greys:
    return np.asarray(Pillow.fromarray(grey).resize(size, Pillow.Resampling.BOX), dtype=np.uint8)


def png(grey: Greys) -> str:
    """A data URI of greys as a PNG of our own."""
    return _link(Pillow.fromarray(grey))


def ink(grey: Greys, colour: str, longest: int) -> str:
    """A data URI of a small PNG, the darker the more opaque, in one colour ("#rrggbb")."""
    small = Pillow.fromarray(grey)
    small.thumbnail((longest, longest), Pillow.Resampling.BOX)
    opaque = ImageOps.invert(small)
    shown = Pillow.new("RGBA", small.size, colour)
    shown.putalpha(opaque)
    return _link(shown)


def _link(made: Pillow.Image) -> str:
    written = io.BytesIO()
    made.save(written, "PNG")
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def placed(image: Image) -> str:
    """The attributes of an SVG `image` element that put a unit square where a picture lies."""
    sides = image.corners[1:] - image.corners[0]
    numbers = " ".join(f"{each:.7g}" for each in (*sides.ravel().tolist(), *image.corners[0].tolist()))
    return f'width="1" height="1" preserveAspectRatio="none" transform="matrix({numbers})"'
