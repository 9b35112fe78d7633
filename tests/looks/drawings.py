"""What people of the pictured lab drew for lasers: a file without a unit, lines on lines, a picture on a board."""

import base64
import io

import numpy as np
from PIL import Image

NAMELESS = "house-number.svg"
"""Says nowhere how large one unit of it is."""
TWICE = "drawer-inserts.svg"
"""Exported twice over, with gaps, and with a colour that means nothing here."""
MENDED = "drawer-inserts-again.svg"
RACK = "coat-rack.svg"
"""What the lasers are at: the plan of the coat hooks, by somebody else."""
PHOTO = "portrait-on-a-board.svg"
MEANT = {"#00aa88": "score"}
"""What the maker of `MENDED` means by a colour."""

_NAMELESS = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 340 227">
<g fill="none"><rect x="10" y="10" width="320" height="207" rx="24" stroke="#ff0000"/>
<circle cx="40" cy="40" r="6" stroke="#ff0000"/><circle cx="300" cy="40" r="6" stroke="#ff0000"/></g>
<path d="M110 60h40v110h-40zM190 60h40v110h-40z" fill="#000000"/></svg>"""
_INSERTS = """<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="120mm" viewBox="0 0 210 120"><g fill="none">
<rect x="10" y="10" width="90" height="60" stroke="#ff0000"/>
<rect x="10" y="10" width="90" height="60" stroke="#ff0000"/>
<path d="M110 10H190V70H110V11.5" stroke="#ff0000"/><path d="M110 10H190" stroke="#ff0000"/>
<circle cx="30" cy="92" r="14" stroke="#ff0000"/><circle cx="30" cy="92" r="5" stroke="#ff0000"/>
<circle cx="70" cy="92" r="0.6" stroke="#ff0000"/><path d="M90 85h60M90 92h60M90 99h60" stroke="#00aa88"/>
<path d="M20 20l70 40M20 60l70-40" stroke="#0000ff"/></g>
<text x="155" y="95" font-size="8">%s</text></svg>"""


def odd() -> dict[str, bytes]:
    """File name to content."""
    return {
        NAMELESS: _NAMELESS,
        TWICE: (_INSERTS % "Nails").encode(),
        MENDED: (_INSERTS % "Screws").encode(),
        PHOTO: _board(_portrait()),
    }


def _portrait() -> bytes:
    """A ball in the light, 320 x 240 pixels of grey, as PNG."""
    y, x = np.mgrid[-1.2:1.2:240j, -1.6:1.6:320j]
    inside = np.clip(1 - x**2 - y**2, 0, None)
    ball = 60 + 170 * np.clip(np.sqrt(inside) * 0.6 - x * 0.4 - y * 0.4, 0, 1)
    light = np.where(inside > 0, ball, 235 - 60 * (y > 0.7))
    written = io.BytesIO()
    Image.fromarray(light.astype(np.uint8)).save(written, "PNG")
    return written.getvalue()


def _board(picture: bytes) -> bytes:
    link = base64.b64encode(picture).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="140mm" height="100mm" viewBox="0 0 140 100">'
        '<rect x="5" y="5" width="130" height="90" rx="8" fill="none" stroke="#ff0000"/>'
        f'<image x="30" y="12" width="80" height="60" href="data:image/png;base64,{link}"/>'
        '<path d="M30 80h80" fill="none" stroke="#0000ff"/></svg>'
    ).encode()
