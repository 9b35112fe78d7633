"""A photo as it came from a phone in; two pictures that tell nothing but what they show out.

`shrink` runs the hostile part in the sandbox's child: the format is told from the content, the orientation is applied,
colours become sRGB, and what is written are fresh pictures with none of the original's metadata, its place included.
"""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fabqueue.analysis import sandbox
from fabqueue.analysis.child import Limits
from fabqueue.analysis.findings import AnalysisError

ENTRY = "fabqueue.analysis.photo:steps"
LARGE_PX, SMALL_PX = 2000, 640
"""The longer side of the two pictures."""
MAX_PIXELS = 100_000_000
"""More than this in one picture is no photo; of JPEGs, which open at a fraction of their size, twice as much."""
MAX_RATIO = 30
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
_QUALITY = 84


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Two JPEG files, and the size of the larger one in pixels."""

    large: Path
    small: Path
    width: int
    height: int


def shrink(path: Path, folder: Path, limits: Limits | None = None) -> Shrunk:
    """The two pictures of the photo at `path`, written into `folder`.

    Raises AnalysisError with a code of `fabqueue.wording` for anything but a photo, a broken one, and one that takes
    more than `limits` to open.
    """
    try:
        outcome = sandbox.call(ENTRY, {"path": str(path.resolve())}, folder, limits)
    except AnalysisError as error:
        raise AnalysisError(_code(error.code), error.values) from None
    if outcome.stopped:
        raise AnalysisError(_code(outcome.stopped))
    large, small = folder / "large.jpg", folder / "small.jpg"
    return Shrunk(large, small, int(outcome.lines[-1]["width"]), int(outcome.lines[-1]["height"]))


def _code(code: str) -> str:
    """What ended the child, in the words of photos."""
    if code in {"analysis_crashed", "analysis_failed"}:
        return "photo_unreadable"
    return code if code.startswith("photo_") else "photo_too_heavy"


def steps(folder: Path, path: str) -> Iterator[dict[str, Any]]:
    """In the child: write `large.jpg` and `small.jpg`, and yield the size of the large one."""
    import pi_heif
    from PIL import Image, UnidentifiedImageError

    pi_heif.register_heif_opener(thumbnails=False)
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `_check_size` says so in better words
    Image.MAX_IMAGE_PIXELS = 2 * MAX_PIXELS
    try:
        with Image.open(path, formats=FORMATS) as opened:
            _check_size(opened)
            picture = _plain(opened)
    except UnidentifiedImageError:
        raise AnalysisError("photo_not_a_photo") from None
    except Image.DecompressionBombError:
        raise AnalysisError("photo_too_many_pixels", {"most_megapixels": MAX_PIXELS // 1_000_000}) from None
    except (OSError, SyntaxError, ValueError, EOFError):  # what Pillow raises for files that end early or lie
        raise AnalysisError("photo_unreadable") from None
    picture.thumbnail((LARGE_PX, LARGE_PX), Image.Resampling.LANCZOS)
    picture.save(folder / "large.jpg", quality=_QUALITY, optimize=True, progressive=True)
    width, height = picture.size
    picture.thumbnail((SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS)
    picture.save(folder / "small.jpg", quality=_QUALITY, optimize=True, progressive=True)
    yield {"width": width, "height": height}


def _check_size(opened: Any) -> None:
    """Refuse a bomb before it is unpacked; let JPEGs open at a fraction of their size. Raises AnalysisError."""
    width, height = opened.size
    if min(width, height) < 1 or max(width, height) > MAX_RATIO * min(width, height):
        raise AnalysisError("photo_odd_shape", {"most": MAX_RATIO})
    opened.draft("RGB", (LARGE_PX, LARGE_PX))
    if opened.size[0] * opened.size[1] > MAX_PIXELS:
        raise AnalysisError("photo_too_many_pixels", {"most_megapixels": MAX_PIXELS // 1_000_000})


def _plain(opened: Any) -> Any:
    """The picture upright, in sRGB on white, as a fresh image that carries nothing of the file it came from."""
    from PIL import Image, ImageOps

    opened.load()
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    if upright.mode in {"P", "PA", "LA"} or "transparency" in upright.info:
        upright = upright.convert("RGBA")
    fresh = Image.new("RGB", upright.size, "white")
    if upright.mode == "RGBA":
        fresh.paste(upright.convert("RGB"), mask=upright.getchannel("A"))
    else:
        fresh.paste(_in_srgb(upright, profile))
    return fresh


def _in_srgb(picture: Any, profile: bytes | None) -> Any:
    """The colours that the camera meant; those of a broken profile are taken as they stand."""
    from PIL import ImageCms

    if profile and picture.mode in {"RGB", "CMYK"}:
        try:
            meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            return picture.convert("RGB")
    return picture.convert("RGB")
