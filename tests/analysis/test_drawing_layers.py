"""What lies on top hides what is beneath: pictures over areas, areas over pictures, pictures over pictures."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from fabqueue.analysis import drawing, lasering
from fabqueue.analysis.drawing import Reading, footprints, layers, merged
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.readings import IMAGE
from printers.laser import Image, Plan, Wishes, Work, plan
from tests.analysis.test_drawing_images import data, grey, placed
from tests.analysis.test_drawing_operations import PAGE, inspect, line, without_places
from tests.laser.shapes import LASER, SETTINGS

AT = 'x="10" y="10" width="20" height="20"'
"""Where pictures lie unless a test says otherwise."""
BLACK = np.zeros((20, 20), dtype=np.uint8)
DARK = np.full((20, 20), 100, dtype=np.uint8)
WHITE = np.full((20, 20), 255, dtype=np.uint8)


def area(x: float, y: float, width: float, height: float, more: str = 'fill="black"') -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" {more}/>'


def see_through(alpha: np.ndarray, pixels: np.ndarray = DARK) -> str:
    return data(Pillow.merge("LA", [Pillow.fromarray(pixels), Pillow.fromarray(alpha.astype(np.uint8))]))


def works(folder: Path, body: str, reading: Reading | None = None) -> list[Work]:
    inspect(folder, body, PAGE)
    return lasering.works(folder / "drawing.svg", "drawing.svg", None, (reading or Reading()).as_dict())


def planned(folder: Path, body: str, reading: Reading | None = None) -> Plan:
    return plan(works(folder, body, reading), SETTINGS, LASER, Wishes(kerf=False))


def pictures(folder: Path, body: str) -> list[np.ndarray]:
    return [image.grey for work in works(folder, body) for image in work.images]


def engraved_mm2(folder: Path, body: str, **more: Any) -> float:
    return planned(folder, body, **more).areas_mm2["engrave"]


def hidden(folder: Path, body: str) -> list[list[float]]:
    """The places of the finding about it."""
    found = inspect(folder, body).report["findings"]
    return [place for each in found if each["code"] == "drawing_image_hides" for place in each["values"]["places"]]


def test_a_picture_hides_the_area_beneath_it(tmp_path: Path) -> None:
    body = area(0, 0, 40, 40) + placed(grey(DARK), AT)
    assert engraved_mm2(tmp_path, body) == pytest.approx(1600, rel=0.01)
    report = inspect(tmp_path, body).report
    areas = {each["colour"]: each["area_mm2"] for each in report["operations"]}
    assert areas == {"#000000": pytest.approx(1200), IMAGE: pytest.approx(400)}
    assert without_places(inspect(tmp_path, body))["drawing_image_hides"] == {"count": 1}
    ((x, y),) = hidden(tmp_path, body)
    assert 10 < x < 30
    assert 10 < y < 30


def test_white_in_a_picture_hides_too_and_leaves_the_material_as_it_is(tmp_path: Path) -> None:
    half = np.hstack([DARK[:, :10], WHITE[:, :10]])
    assert engraved_mm2(tmp_path, area(0, 0, 40, 40) + placed(grey(half), AT)) == pytest.approx(1400, rel=0.01)


def test_an_area_hides_the_picture_beneath_it_in_whatever_colour(tmp_path: Path) -> None:
    beneath = placed(grey(DARK), AT)
    assert engraved_mm2(tmp_path, beneath + area(10, 10, 10, 20)) == pytest.approx(400, rel=0.01)
    for colour in ("white", "#123456", "red"):
        (left,) = pictures(tmp_path, beneath + area(10, 10, 10, 20, f'fill="{colour}"'))
        assert left.tolist() == np.hstack([WHITE[:, :10], DARK[:, :10]]).tolist()


@pytest.mark.parametrize(
    "veil",
    [
        'fill-opacity="0.3"',
        'opacity="0.3"',
        'style="fill:#ffffff4d"',
        'clip-path="url(#c)"',
        'fill="none" stroke="lime"',
    ],
)
def test_what_one_sees_a_picture_through_hides_nothing(tmp_path: Path, veil: str) -> None:
    white = "" if "fill=" in veil else 'fill="white" '
    (left,) = pictures(tmp_path, placed(grey(DARK), AT) + area(10, 10, 20, 20, white + veil))
    assert left.tolist() == DARK.tolist()


def test_of_two_pictures_the_upper_one_is_engraved(tmp_path: Path) -> None:
    lower, upper = placed(grey(DARK), AT), placed(grey(BLACK + 50), 'x="20" y="10" width="20" height="20"')
    one, other = pictures(tmp_path, lower + upper)
    assert one.tolist() == np.hstack([DARK[:, :10], WHITE[:, :10]]).tolist()
    assert other.tolist() == (BLACK + 50).tolist()
    assert engraved_mm2(tmp_path, lower + upper) == pytest.approx(600, rel=0.01)


def test_a_turned_picture_hides_where_it_lies(tmp_path: Path) -> None:
    turned = placed(grey(DARK), 'x="-10" y="-10" width="20" height="20" transform="translate(20 20) rotate(45)"')
    assert engraved_mm2(tmp_path, area(0, 0, 40, 40) + turned) == pytest.approx(1600, rel=0.01)
    below, _above = pictures(tmp_path, placed(grey(BLACK), AT) + turned)
    assert np.count_nonzero(below == 255) / 400 == pytest.approx(0.8284, abs=0.03)  # of a square, by one turned by 45°


def test_transparent_places_show_what_is_beneath_and_keep_its_edge(tmp_path: Path) -> None:
    alpha = np.hstack([np.full((20, 10), 255), np.zeros((20, 10))])
    body = area(0, 0, 40, 40) + placed(see_through(alpha), AT)
    assert engraved_mm2(tmp_path, body) == pytest.approx(1600, rel=0.01)
    (engraved,) = [work for work in works(tmp_path, body) if work.fills]
    (fill,) = engraved.fills
    assert {tuple(point) for ring in fill.rings for point in ring.round(6).tolist()} == {
        (0, 0), (40, 0), (40, 40), (0, 40), (10, 10), (20, 10), (20, 30), (10, 30)}  # fmt: skip


def test_half_seen_places_are_as_dark_as_both_together(tmp_path: Path) -> None:
    half = see_through(np.full((20, 20), 128), BLACK + 200)
    (alone,) = pictures(tmp_path, placed(half, AT))
    assert np.unique(alone).tolist() == [227]
    (over_black,) = pictures(tmp_path, area(0, 0, 40, 40) + placed(half, AT))
    assert np.unique(over_black).tolist() == [100]
    _below, over_grey = pictures(tmp_path, placed(grey(DARK), AT) + placed(half, AT))
    assert np.unique(over_grey).tolist() == [150]
    (over_paper,) = pictures(tmp_path, area(0, 0, 40, 40, 'fill="white"') + placed(half, AT))
    assert np.unique(over_paper).tolist() == [227]


def test_a_faint_picture_lets_what_is_beneath_shine_through(tmp_path: Path) -> None:
    body = area(0, 0, 20, 40) + placed(grey(BLACK + 200), f'{AT} opacity="0.5"')
    (found,) = pictures(tmp_path, body)
    assert found[0].tolist() == pytest.approx([100] * 10 + [227] * 10, abs=1)
    assert engraved_mm2(tmp_path, body) == pytest.approx(800 + 200, rel=0.01)


def test_lines_are_never_hidden(tmp_path: Path) -> None:
    outline = area(12, 12, 10, 10, 'fill="none" stroke="red"') + area(12, 12, 10, 10, 'fill="black" stroke="blue"')
    made = planned(tmp_path, outline + line("red") + placed(grey(DARK), AT))
    assert made.lengths_mm["cut"] == pytest.approx(40 + 30)
    assert made.lengths_mm["score"] == pytest.approx(40)
    assert made.areas_mm2["engrave"] == pytest.approx(400, rel=0.01)
    assert made.lengths_mm["engrave"] == 0


def test_the_new_edge_of_an_area_is_no_line(tmp_path: Path) -> None:
    for more in ('fill="black"', 'fill="black" stroke="black"'):
        assert planned(tmp_path, area(0, 0, 40, 40, more) + placed(grey(DARK), AT)).lengths_mm["engrave"] == 0


def test_holes_and_rules_of_areas_hold_beneath_a_picture(tmp_path: Path) -> None:
    ring = '<path d="M0 0H40V40H0Z M12 12H28V28H12Z" fill="black" fill-rule="{}"/>'
    for rule, left in (("evenodd", 1600 - 400), ("nonzero", 1600 - 400)):
        made = works(tmp_path, ring.format(rule) + placed(see_through(np.zeros((20, 20))), AT) + placed(grey(DARK), AT))
        assert sum(work.images[0].grey.size for work in made if work.images)
        total = engraved_mm2(tmp_path, ring.format(rule) + placed(grey(DARK), AT))
        assert total == pytest.approx(left + 400, rel=0.01)


def test_pictures_that_are_left_out_hide_nothing(tmp_path: Path) -> None:
    left_out = merged(member={"operations": {IMAGE: "ignored"}})
    body = area(0, 0, 40, 40) + placed(grey(WHITE), AT)
    assert engraved_mm2(tmp_path, body, reading=left_out) == pytest.approx(1600, rel=0.01)


def test_areas_that_only_touch_pictures_stay_as_they_are(tmp_path: Path) -> None:
    body = area(30, 10, 10, 20) + placed(grey(DARK), AT)
    assert hidden(tmp_path, body) == []
    assert engraved_mm2(tmp_path, body) == pytest.approx(600, rel=0.01)


def test_preview_and_clean_sheet_show_what_is_left(tmp_path: Path) -> None:
    body = area(0, 0, 40, 40) + placed(grey(DARK), AT)
    made = inspect(tmp_path, body)
    again = tmp_path / "sheet.svg"
    again.write_text(made.sheet())
    read = {each["colour"]: each["area_mm2"] for each in drawing.inspect(again, again.name).report["operations"]}
    assert read == {"#000000": pytest.approx(1200, rel=0.001), IMAGE: pytest.approx(400)}
    assert made.preview.count('fill-rule="evenodd"') == 1


def test_a_ragged_outline_is_followed_and_a_very_ragged_one_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    mask = rng.random((30, 40)) < 0.5
    image = Image(np.zeros((30, 40), np.uint8), np.array([(0, 0), (40, 0), (0, 30)], dtype=float))
    assert footprints.footprint(image, mask.astype(np.uint8) * 255).area == pytest.approx(mask.sum())
    monkeypatch.setattr(footprints, "MOST_EDGES", 1000)
    rough = footprints.footprint(image, mask.astype(np.uint8) * 255)
    assert mask.sum() < rough.area <= 1200


def test_more_pictures_over_one_another_than_can_be_compared_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MOST_LOOKED_AT", 2000)
    with pytest.raises(AnalysisError, match="drawing_too_complex"):
        inspect(tmp_path, placed(grey(DARK), AT) * 5)


SIDE = 16
CELLS = np.stack(np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5), axis=-1)

boxes = st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(1, 6), st.integers(1, 6))
layer = st.tuples(boxes, st.booleans(), st.integers(0, 2**32 - 1))
"""Where it lies; whether it is a black area; what a picture's pixels, of a millimetre each, are made from."""


def pixels_of(box: tuple[int, int, int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Greys and how opaque they are, many of them wholly or not at all."""
    rng, shape = np.random.default_rng(seed), (box[3], box[2])
    alpha = rng.choice([0, 0, 255, 255, 90, 200], shape) if seed % 3 else np.full(shape, 255)
    return rng.integers(0, 256, shape).astype(np.uint8), alpha


def looked_at(pile: list[Any]) -> np.ndarray:
    """The greys (16, 16) of a pile, one layer painted over the other."""
    canvas = np.full((SIDE, SIDE), 255.0)
    for (x, y, across, down), is_area, seed in pile:
        part = (slice(y, y + down), slice(x, x + across))
        if is_area:
            canvas[part] = 0
        else:
            greys, alpha = pixels_of((x, y, across, down), seed)
            canvas[part] = (alpha * greys.astype(float) + (255 - alpha) * canvas[part]) / 255
    return canvas


def burns(made: list[Work]) -> tuple[np.ndarray, np.ndarray]:
    """How dark (16, 16) each place is burnt, all areas as one, and by how many things."""
    black, dark, count = np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE), int)
    for work in made:
        for fill in work.fills:
            inside = [shapely.contains_xy(shapely.Polygon(ring), CELLS[..., 0], CELLS[..., 1]) for ring in fill.rings]
            black |= np.logical_xor.reduce(inside)
        for image in work.images:
            (x, y), (down, across) = image.corners[0].round().astype(int), image.grey.shape
            part = (slice(y, y + down), slice(x, x + across))
            dark[part] += 255.0 - image.grey
            count[part] += image.grey < 255
    return dark + 255 * black, count + black


@given(pile=st.lists(layer, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_pile_is_burnt_once_and_as_dark_as_it_looks(pile: list[Any]) -> None:
    body = ""
    for (x, y, across, down), is_area, seed in pile:
        greys, alpha = pixels_of((x, y, across, down), seed)
        at = f'x="{x}" y="{y}" width="{across}" height="{down}" preserveAspectRatio="none"'
        body += area(x, y, across, down) if is_area else placed(see_through(alpha, greys), at)
    with TemporaryDirectory() as folder:
        dark, count = burns(works(Path(folder), body))
    assert count.max() <= 1
    assert np.abs(dark - (255 - looked_at(pile))).max() <= 3  # each layer is rounded to a whole grey
