"""Pictures made of pixels in drawings: read within bounds, placed as browsers place them, told of where not read."""

import base64
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image as Pillow

from fabqueue.analysis import drawing, lasering, sandbox
from fabqueue.analysis.drawing import Operation, Reading, merged, pictures
from fabqueue.analysis.readings import IMAGE
from printers.laser import Image, Wishes, plan
from tests.analysis.test_drawing_operations import PAGE, codes, inspect, line, without_places
from tests.laser.shapes import LASER, SETTINGS

GREYS = np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 4)
"""A picture of 4 x 3 pixels, all of them different and none white."""


def data(picture: Pillow.Image, form: str = "PNG", **more: Any) -> str:
    written = io.BytesIO()
    picture.save(written, form, **more)
    return uri(written.getvalue(), form.lower())


def uri(content: bytes, form: str = "png") -> str:
    return f"data:image/{form};base64," + base64.b64encode(content).decode()


def grey(pixels: np.ndarray = GREYS) -> str:
    return data(Pillow.fromarray(pixels))


def placed(link: str, more: str = 'x="10" y="20" width="40" height="30"') -> str:
    return f'<image {more} href="{link}"/>'


def images(folder: Path, body: str, attributes: str = PAGE, reading: Reading | None = None) -> list[Image]:
    """The pictures that a laser is given."""
    inspect(folder, body, attributes)
    works = lasering.works(folder / "drawing.svg", "drawing.svg", None, (reading or Reading()).as_dict())
    return [image for work in works for image in work.images]


def test_a_picture_in_the_file_is_engraved_unless_its_owner_leaves_it_out(tmp_path: Path) -> None:
    body = line("red") + placed(grey())
    found = inspect(tmp_path, body).report
    cut, engraved = found["operations"]
    assert (cut["operation"], cut["length_mm"]) == ("cut", pytest.approx(30))
    assert engraved == {"operation": "engrave", "colour": "image", "meant": "engrave", "paths": 1, "length_mm": 0,
                        "area_mm2": pytest.approx(1200)}  # fmt: skip
    assert without_places(inspect(tmp_path, body))["drawing_image_engraved"] == {"count": 1}
    left_out = merged(member={"operations": {IMAGE: "ignored"}})
    found = inspect(tmp_path, body, reading=left_out).report
    assert [(each["operation"], each["colour"]) for each in found["operations"]] == [
        ("cut", "#ff0000"), ("ignored", "image")]  # fmt: skip
    assert codes(inspect(tmp_path, body, reading=left_out)) == {}
    assert images(tmp_path, body, reading=left_out) == []


def test_pictures_change_neither_length_nor_size_and_the_whole_holds_them(tmp_path: Path) -> None:
    alone, both = inspect(tmp_path, line("red")).report, inspect(tmp_path, line("red") + placed(grey())).report
    assert both["size_mm"] == alone["size_mm"] == alone["whole_mm"]
    assert both["whole_mm"] == [50, 45]
    assert sum(each["length_mm"] for each in both["operations"]) == pytest.approx(30)


def test_a_drawing_of_nothing_but_a_picture_can_be_made(tmp_path: Path) -> None:
    found = inspect(tmp_path, placed(grey()))
    assert "blocker" not in {each["severity"] for each in found.report["findings"]}
    assert (found.report["size_mm"], found.report["whole_mm"]) == ([0, 0], [40, 30])
    left_out = inspect(tmp_path, placed(grey()), reading=merged(member={"operations": {IMAGE: "ignored"}}))
    assert "drawing_nothing_to_do" in codes(left_out)


@pytest.mark.parametrize(
    ("more", "corners"),
    [
        ('x="10" y="20" width="40" height="30"', [[10, 20], [50, 20], [10, 50]]),
        ('x="10" y="20" width="40"', [[10, 20], [50, 20], [10, 50]]),
        ('height="30"', [[0, 0], [40, 0], [0, 30]]),
        ("", [[0, 0], [4, 0], [0, 3]]),
        ('width="40" height="50"', [[0, 10], [40, 10], [0, 40]]),
        ('width="40" height="50" preserveAspectRatio="xMinYMin"', [[0, 0], [40, 0], [0, 30]]),
        ('width="40" height="50" preserveAspectRatio="none"', [[0, 0], [40, 0], [0, 50]]),
        ('width="20" height="30" preserveAspectRatio="xMidYMid slice"', [[0, 0], [20, 0], [0, 30]]),
        ('width="40" height="30" transform="translate(50 10) rotate(90)"', [[50, 10], [50, 50], [20, 10]]),
        ('width="40" height="30" transform="skewX(45)"', [[0, 0], [40, 0], [30, 30]]),
        ('width="50%" height="30" x="1"', [[6, 0], [46, 0], [6, 30]]),
        ('width="4" height="3" transform="scale(-10 10) translate(-5 0)"', [[50, 0], [10, 0], [50, 30]]),
    ],
)
def test_a_picture_lies_where_a_browser_puts_it(tmp_path: Path, more: str, corners: list[list[float]]) -> None:
    (found,) = images(tmp_path, placed(grey(), more))
    assert found.corners == pytest.approx(np.array(corners, dtype=float), abs=1e-6)


def test_what_is_sliced_off_is_not_burnt(tmp_path: Path) -> None:
    (found,) = images(tmp_path, placed(grey(), 'width="20" height="30" preserveAspectRatio="xMaxYMid slice"'))
    assert found.grey.tolist() == GREYS[:, 2:].tolist()


def test_a_reused_picture_lies_in_each_of_its_places(tmp_path: Path) -> None:
    defined = placed(grey(), 'id="p" width="4" height="3"')
    body = f'<defs>{defined}</defs><use href="#p" x="5"/><use href="#p" y="9"/>'
    assert [found.corners[0].tolist() for found in images(tmp_path, body)] == [[5, 0], [0, 9]]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (lambda: grey(), GREYS),
        (lambda: data(Pillow.fromarray(GREYS).convert("RGB")), GREYS),
        (lambda: data(Pillow.fromarray(GREYS).convert("P")), GREYS),
        (lambda: data(Pillow.fromarray(GREYS.astype(np.uint16) * 257)), GREYS),
        (lambda: data(Pillow.merge("LA", (Pillow.new("L", (4, 3)), Pillow.fromarray(255 - GREYS)))), GREYS),
        (lambda: data(Pillow.fromarray(GREYS).transpose(Pillow.Transpose.ROTATE_90), exif=_turned()), GREYS),
        (lambda: data(Pillow.fromarray(np.kron(GREYS, np.ones((8, 8), np.uint8))), "JPEG", quality=100), GREYS),
        (lambda: data(Pillow.fromarray(np.kron(GREYS, np.ones((8, 8), np.uint8))).convert("CMYK"), "JPEG"), GREYS),
        (lambda: grey().replace("png;base64,", "png;base64,\n ").replace("=", "%3D"), GREYS),
        (lambda: "data:," + "".join(f"%{each:02x}" for each in base64.b64decode(grey().partition(",")[2])), GREYS),
    ],
    ids=["grey", "rgb", "palette", "16 bits", "transparent", "turned by its camera", "jpeg", "cmyk", "wrapped",
         "percent"],
)  # fmt: skip
def test_every_kind_of_png_and_jpeg_comes_to_the_same_greys(
    tmp_path: Path, link: Callable[[], str], expected: np.ndarray
) -> None:
    (found,) = images(tmp_path, placed(link()))
    middles = found.grey if found.grey.shape == expected.shape else found.grey[4::8, 4::8]
    assert np.abs(middles.astype(int) - expected).max() <= 3


def _turned() -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return exif


def test_a_faint_picture_is_burnt_faintly(tmp_path: Path) -> None:
    faint = placed(grey(), 'opacity="50%" width="4"')
    (found,) = images(tmp_path, f'<g opacity="0.5">{faint}</g>')
    assert found.grey.tolist() == (255 - np.rint((255 - GREYS.astype(float)) / 4)).tolist()


def test_a_picture_is_kept_no_finer_than_a_beam(tmp_path: Path) -> None:
    fine = np.kron(GREYS, np.ones((200, 200), np.uint8))
    (found,) = images(tmp_path, placed(grey(fine), 'width="4" height="3"'))
    assert found.grey.shape == (75, 100)
    report = inspect(tmp_path, placed(grey(fine), 'width="4" height="3"')).report
    assert report["images"] == [{"pixels": [800, 600], "size_mm": [4, 3], "dpi": 5080, "problem": None}]


def bomb(width: int, height: int) -> bytes:
    """A PNG of that size, all of one grey, of hardly any bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compressobj(9)
    packed = (
        b"".join(rows.compress(bytes(min(width, 60_000) // 8 + 2)) for _ in range(min(height, 2000))) + rows.flush()
    )
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


REFUSED = {None, "drawing_image_broken", "drawing_image_format", "drawing_image_large"}
PNG = base64.b64decode(grey(np.random.default_rng(0).integers(0, 255, (60, 80)).astype(np.uint8)).partition(",")[2])


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("photo.png", "drawing_image_linked"),
        ("http://192.0.2.1/x.png", "drawing_image_linked"),
        ("file:///etc/passwd", "drawing_image_linked"),
        (data(Pillow.new("L", (9, 9)), "GIF"), "drawing_image_format"),
        (data(Pillow.new("RGB", (9, 9)), "WEBP"), "drawing_image_format"),
        (uri(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg+xml"), "drawing_image_format"),
        ("data:image/png,nothing", "drawing_image_format"),
        ("data:", "drawing_image_format"),
        (uri(b""), "drawing_image_format"),
        (uri(PNG[:-400]), "drawing_image_broken"),
        (uri(PNG[:60]), "drawing_image_broken"),
        (uri(PNG[:200] + bytes(100) + PNG[300:]), "drawing_image_broken"),
        ("data:image/png;base64,AAAAA", "drawing_image_broken"),
        (uri(bomb(30_000, 30_000)), "drawing_image_large"),
        (uri(bomb(60_000, 1_000)), "drawing_image_large"),
        (uri(bomb(2_000_000_000, 2_000_000_000)), "drawing_image_large"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_told_and_left_out(tmp_path: Path, link: str, code: str) -> None:
    body = line("red") + placed(link)
    found = inspect(tmp_path, body)
    assert list(codes(found)) == [code]
    assert codes(found)[code]["places"]
    assert found.report["images"] == [{"pixels": None, "size_mm": None, "dpi": None, "problem": code}]
    assert [each["operation"] for each in found.report["operations"]] == ["cut"]
    assert images(tmp_path, body) == []


def test_a_drawing_of_nothing_but_a_picture_that_is_not_read_is_blocked(tmp_path: Path) -> None:
    assert set(codes(inspect(tmp_path, placed("photo.png")))) == {"drawing_image_linked", "drawing_nothing_visible"}


def test_pictures_are_read_up_to_a_number_and_a_sum_of_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PICTURES", 3)
    many = inspect(tmp_path, "".join(placed(grey(), f'width="{side}"') for side in range(1, 7)))
    assert codes(many)["drawing_image_many"]["count"] == 3
    monkeypatch.setattr(pictures, "MEGAPIXELS_TOGETHER", 2e-5)
    two = inspect(tmp_path, placed(grey()) + placed(grey(GREYS + np.uint8(5))))
    assert codes(two)["drawing_image_many"]["count"] == 1
    same = inspect(tmp_path, placed(grey()) + placed(grey()))
    assert "drawing_image_many" not in codes(same)


@pytest.mark.parametrize("more", [
    'width="40" height="0"', 'width="-5" height="9"', 'transform="scale(0)"', 'transform="scale(1e30)"', 'x="1e300"',
    'style="display:none"', 'visibility="hidden"', 'opacity="0"',
])  # fmt: skip
def test_a_picture_without_any_extent_is_no_work(tmp_path: Path, more: str) -> None:
    report = inspect(tmp_path, line("red") + placed(grey(), more)).report
    assert sum(each["area_mm2"] for each in report["operations"]) < 1e-3


def test_a_clipped_picture_is_pointed_out(tmp_path: Path) -> None:
    clip = '<clipPath id="c"><circle r="5"/></clipPath>'
    assert "drawing_image_clipped" in codes(inspect(tmp_path, clip + placed(grey(), 'clip-path="url(#c)"')))
    assert "drawing_image_clipped" in codes(inspect(tmp_path, f'{clip}<g style="mask:url(#c)">{placed(grey())}</g>'))
    assert "drawing_image_clipped" not in codes(inspect(tmp_path, placed(grey(), 'clip-path="none"')))


def test_the_preview_shows_the_picture_as_one_of_our_own_where_it_lies(tmp_path: Path) -> None:
    link = grey()
    text = inspect(tmp_path, line("red") + placed(link, 'width="40" transform="rotate(30)"')).preview
    (shown,) = (each for each in etree.fromstring(text) if each.tag.endswith("image"))
    assert shown.get("class") == "engrave"
    assert str(shown.get("href")).startswith("data:image/png;base64,")
    assert link not in text
    turned = [float(each) for each in str(shown.get("transform"))[7:-1].split()]
    assert turned == pytest.approx([40 * np.cos(np.pi / 6), 20, -15, 30 * np.cos(np.pi / 6), 0, 0], abs=1e-4)
    made = Pillow.open(io.BytesIO(base64.b64decode(str(shown.get("href")).partition(",")[2])))
    assert np.asarray(made.getchannel("A")).tolist() == (255 - GREYS).tolist()


def test_the_clean_sheet_holds_the_picture_and_reads_as_the_drawing_does(tmp_path: Path) -> None:
    body = line("red") + placed(grey(), 'width="40" transform="rotate(20 50 50)"')
    (before,) = images(tmp_path, body)
    (tmp_path / "drawing.svg").write_text(inspect(tmp_path, body).sheet())
    works = lasering.works(tmp_path / "drawing.svg", "drawing.svg", None, Reading().as_dict())
    (after,) = (image for work in works for image in work.images)
    assert after.grey.tolist() == before.grey.tolist()
    assert after.corners == pytest.approx(before.corners, abs=1e-3)


def test_what_the_report_says_is_what_the_laser_burns(tmp_path: Path) -> None:
    body = line("red") + placed(grey(), 'width="40" height="30" x="20" y="30" transform="rotate(7)"')
    report = inspect(tmp_path, body).report
    works = lasering.works(tmp_path / "drawing.svg", "drawing.svg", None, Reading().as_dict())
    made = plan(works, SETTINGS, LASER, Wishes())
    area = sum(each["area_mm2"] for each in report["operations"] if each["operation"] == Operation.ENGRAVE)
    assert made.areas_mm2["engrave"] == pytest.approx(area, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(at=st.lists(st.tuples(st.integers(0, len(PNG) - 1), st.integers(0, 255)), min_size=1, max_size=12),
       cut=st.integers(8, len(PNG)))  # fmt: skip
def test_any_damaged_picture_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(PNG)
    for place, value in at:
        damaged[place] = value
    found = inspect(tmp_path_factory.mktemp("damaged"), line("red") + placed(uri(bytes(damaged[:cut]))))
    assert found.report["images"][0]["problem"] in {
        None,
        "drawing_image_broken",
        "drawing_image_format",
        "drawing_image_large",
    }


JPEG = base64.b64decode(data(Pillow.fromarray(np.kron(GREYS, np.ones((20, 20), np.uint8))), "JPEG",
                             exif=_turned()).partition(",")[2])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(at=st.lists(st.tuples(st.integers(0, len(JPEG) - 1), st.integers(0, 255)), min_size=1, max_size=12),
       cut=st.integers(4, len(JPEG)))  # fmt: skip
@example(at=[(34, 1)], cut=364)
def test_any_damaged_photograph_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(JPEG)
    for place, value in at:
        damaged[place] = value
    found = inspect(tmp_path_factory.mktemp("damaged"), line("red") + placed(uri(bytes(damaged[:cut]), "jpeg")))
    assert found.report["images"][0]["problem"] in {
        None,
        "drawing_image_broken",
        "drawing_image_format",
        "drawing_image_large",
    }


def test_a_bomb_is_refused_within_the_limits_of_the_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "bomb.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {PAGE}>{line("red")}{placed(uri(bomb(30_000, 30_000)))}</svg>'
    )
    found = sandbox.run(path, path.name, None, None, [])
    assert "drawing_image_large" in {each["code"] for each in found.report["findings"]}


def test_drawings_of_dxf_have_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    path.write_text("0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\n0\n20\n0\n11\n9\n21\n9\n0\nENDSEC\n0\nEOF\n")
    assert drawing.inspect(path, path.name).report["images"] == []


def test_colours_mean_the_same_after_pillow_painted_with_them(tmp_path: Path) -> None:
    Pillow.new("RGB", (1, 1), "tomato")
    (found,) = inspect(tmp_path, line("tomato")).report["operations"]
    assert found["colour"] == "#ff6347"
