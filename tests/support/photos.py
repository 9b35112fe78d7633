"""Photos as phones make them: with a place, a time, a serial number, and lying on their side."""

import io
from typing import Any

from PIL import Image

GPS, MAKER, WORDS = b"N\x00\x00\x00", b"SerialOfThePhone", b"taken at home"
LATITUDE = (48.0, 51.0, 29.6)
ORIENTATION, GPS_TAG, SERIAL_TAG, COMMENT_TAG = 0x0112, 0x8825, 0xA431, 0x9286
TURNED = 6
"""The value of `ORIENTATION` for a picture that must be turned to the right by a quarter."""


def picture(size: tuple[int, int] = (120, 80), colour: Any = (40, 120, 90)) -> Image.Image:
    """One colour, its upper left quarter white."""
    made = Image.new("RGB", size, colour)
    made.paste((255, 255, 255), (0, 0, size[0] // 2, size[1] // 2))
    return made


def exif(orientation: int = 1) -> Image.Exif:
    """Where, when and with what."""
    made = Image.Exif()
    made[ORIENTATION] = orientation
    made[0x010F] = MAKER.decode()
    made[COMMENT_TAG] = WORDS
    place = made.get_ifd(GPS_TAG)
    place.update({1: "N", 2: LATITUDE, 3: "E", 4: (2.0, 17.0, 40.2)})
    return made


def photo(size: tuple[int, int] = (120, 80), orientation: int = 1, kind: str = "JPEG", colour: Any = (40, 120, 90),
          **options: Any) -> bytes:  # fmt: skip
    """A photo with everything in it that must not get out."""
    written = io.BytesIO()
    told = {"exif": exif(orientation), "comment": WORDS} if kind == "JPEG" else {"exif": exif(orientation).tobytes()}
    picture(size, colour).save(written, kind, **told, **options)
    return written.getvalue()


def heic(size: tuple[int, int] = (120, 80)) -> bytes:
    """What an iPhone takes."""
    import pillow_heif

    written = io.BytesIO()
    made = pillow_heif.from_pillow(picture(size))
    made.save(written, exif=exif().tobytes(), quality=90)
    return written.getvalue()
