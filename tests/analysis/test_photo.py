"""Photos come out upright, small and silent, and what is no photo is refused in plain words."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from fabqueue.analysis import photo
from fabqueue.analysis.child import Limits
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.photo import Shrunk, shrink
from fabqueue.wording.catalogue import sentence
from tests.support import photos


def shrunk(content: bytes, tmp_path: Path, limits: Limits | None = None) -> Shrunk:
    original = tmp_path / "original"
    original.write_bytes(content)
    return shrink(original, tmp_path, limits)


def refused(content: bytes, tmp_path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(AnalysisError) as caught:
        shrunk(content, tmp_path, limits)
    assert sentence(caught.value.code).advice
    return caught.value.code


def colour(path: Path, x: float, y: float) -> tuple[int, ...]:
    """The pixel at a share of width and height."""
    with Image.open(path) as opened:
        found = opened.convert("RGB").getpixel((int(opened.width * x), int(opened.height * y)))
    assert isinstance(found, tuple)
    return found


def test_place_time_maker_and_comments_are_gone(tmp_path: Path) -> None:
    original = photos.photo()
    assert photos.MAKER in original
    assert photos.WORDS in original
    with Image.open(io.BytesIO(original)) as opened:
        assert opened.getexif().get_ifd(photos.GPS_TAG)[2] == photos.LATITUDE
    made = shrunk(original, tmp_path)
    for each in (made.large, made.small):
        content = each.read_bytes()
        assert all(told not in content for told in (b"Exif", b"http", b"ICC_PROFILE", photos.MAKER, photos.WORDS))
        with Image.open(each) as opened:
            assert not opened.getexif()
            assert not opened.info.keys() & {"exif", "xmp", "icc_profile", "comment"}


def test_it_stands_upright(tmp_path: Path) -> None:
    made = shrunk(photos.photo((120, 80), photos.TURNED), tmp_path)
    assert (made.width, made.height) == (80, 120)
    assert min(colour(made.large, 0.75, 0.25)) > 240, "the white quarter was upper left, and is upper right now"
    assert colour(made.large, 0.25, 0.25)[0] < 80


def test_a_large_one_is_made_smaller_and_a_small_one_stays(tmp_path: Path) -> None:
    made = shrunk(photos.photo((4000, 3000)), tmp_path)
    assert (made.width, made.height) == (photo.LARGE_PX, 1500)
    with Image.open(made.large) as large, Image.open(made.small) as small:
        assert (large.size, small.size) == ((2000, 1500), (photo.SMALL_PX, 480))
    assert (shrunk(photos.photo((300, 200)), tmp_path).width) == 300


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_phones_and_computers_send_these(kind: str, tmp_path: Path) -> None:
    content = photos.heic() if kind == "HEIC" else photos.photo(kind=kind)
    made = shrunk(content, tmp_path)
    assert (made.width, made.height) == (120, 80)
    assert b"Exif" not in made.large.read_bytes()
    assert colour(made.large, 0.75, 0.75) == pytest.approx((40, 120, 90), abs=6)


def test_what_is_seen_through_lies_on_white(tmp_path: Path) -> None:
    written = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(written, "PNG")
    assert min(colour(shrunk(written.getvalue(), tmp_path).large, 0.5, 0.5)) > 250


def test_colours_of_a_wide_camera_are_those_everybody_sees(tmp_path: Path) -> None:
    """Swapped primaries are the plainest other colour space: what says red means green."""
    made = shrunk(photos.photo(colour=(250, 10, 10), icc_profile=_swapped()), tmp_path)
    red, green, _blue = colour(made.large, 0.75, 0.75)
    assert green > 150 > red


def _swapped() -> bytes:
    """sRGB's own profile with the colorants of red and green exchanged."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert profile.count(b"rXYZ") == profile.count(b"gXYZ") == 1
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert refused(_png(30_000, 30_000), tmp_path) == "photo_too_many_pixels"
    assert refused(_png(12_000, 9_000), tmp_path) == "photo_too_many_pixels"


def _png(width: int, height: int) -> bytes:
    """A PNG of one bit a pixel that claims this size; its rows are zeros, packed a thousand times over."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_one_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    tight = Limits(memory_bytes=400 * 1024**2, cpu_seconds=20, wall_seconds=60)
    assert refused(photos.photo((9_000, 9_000), kind="PNG"), tmp_path, tight) in {
        "photo_too_heavy", "photo_unreadable",
    }  # fmt: skip


def test_a_ribbon_is_refused(tmp_path: Path) -> None:
    assert refused(photos.photo((4000, 10), kind="PNG"), tmp_path) == "photo_odd_shape"


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"solid box\nendsolid", b"\0" * 5000],
)
def test_junk_is_no_photo(content: bytes, tmp_path: Path) -> None:
    assert refused(content, tmp_path) == "photo_not_a_photo"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_one_that_ends_in_the_middle_is_refused(kind: str, tmp_path: Path) -> None:
    content = photos.heic() if kind == "HEIC" else photos.photo(kind=kind)
    assert refused(content[: len(content) * 2 // 3], tmp_path) in {"photo_unreadable", "photo_not_a_photo"}


def test_other_formats_are_not_even_tried(tmp_path: Path) -> None:
    """Fewer parsers read what strangers send."""
    written = io.BytesIO()
    photos.picture().save(written, "TIFF")
    assert refused(written.getvalue(), tmp_path) == "photo_not_a_photo"
