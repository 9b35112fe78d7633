"""The stylesheets: contrast of the tokens in both themes, every state with a hue, nothing fetched from elsewhere."""

import re

import pytest

from tests.face.lab import STATIC, TEMPLATES
from tests.face.sheet import STATES

SHEETS = sorted((STATIC / "css").glob("*.css"))
SOURCE = {path.stem: path.read_text() for path in SHEETS}
PAIRS = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", SOURCE["base"])) | {"on-call": "#241900, #241900"}

Colour = list[float]
Mixed = tuple[str, float, str]  # this much of the first in the second, mixed in OKLab as color-mix() does


def rgb(code: str) -> Colour:
    digits = code.strip("# ")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    return [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]


def linear(colour: Colour) -> Colour:
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]


def gamma(colour: Colour) -> Colour:
    return [min(1, max(0, 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055)) for c in colour]


def times(matrix: tuple[tuple[float, ...], ...], vector: Colour) -> Colour:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


# sRGB to the cone responses and on to OKLab, and back (Björn Ottosson, "A perceptual color space for image processing")
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
FROM_LAB = ((1, 0.3963377774, 0.2158037573), (1, -0.1055613458, -0.0638541728), (1, -0.0894841775, -1.2914855480))
FROM_CONES = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


def oklab(colour: Colour) -> Colour:
    return times(TO_LAB, [c ** (1 / 3) for c in times(TO_CONES, linear(colour))])


def token(name: str | Mixed, theme: int) -> Colour:
    if isinstance(name, str):
        return rgb(PAIRS[name].split(",")[theme])
    first, share, second = name
    ends = zip(oklab(token(first, theme)), oklab(token(second, theme)), strict=True)
    mix = [a * share + b * (1 - share) for a, b in ends]
    return gamma(times(FROM_CONES, [c**3 for c in times(FROM_LAB, mix)]))


def luminance(colour: Colour) -> float:
    return sum(a * b for a, b in zip(linear(colour), (0.2126, 0.7152, 0.0722), strict=True))


def contrast(text: str | Mixed, ground: str | Mixed, theme: int) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    dark, light = sorted(luminance(token(name, theme)) for name in (text, ground))
    return (light + 0.05) / (dark + 0.05)


TEXT: list[tuple[str | Mixed, str | Mixed]] = [
    *(
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "link", "fault", "call")
        for ground in ("canvas", "panel", "sunken")
    ),
    *((hue, (hue, 0.13, "panel")) for hue in ("run", "call", "must", "fault", "wait", "quiet")),
    *((text, "manila") for text in ("ink", ("ink", 0.78, "manila"), ("ink", 0.75, "manila"), "ink-2", "link", "fault")),
    *(("quiet", ground) for ground in ("panel", "sunken", "canvas")),
    ("ink", "manila-2"),
    ("on-enamel", "enamel"),
    ("on-enamel", "enamel-2"),
    ("on-action", "action"),
    ("panel", "ink"),
    ("on-fill", "run"),
    ("on-fill", "must"),
    ("on-fill", "fault"),
    ("on-call", "call-fill"),
    ("ink", ("call-fill", 0.17, "panel")),
    ("ink-2", ("call-fill", 0.12, "panel")),
    ("ink-2", ("fault", 0.07, "panel")),
    ("ink-2", ("action", 0.11, "panel")),
    ("ink-3", ("action", 0.11, "panel")),
    ("fault", ("fault", 0.09, "panel")),
    ("fault", ("fault", 0.05, "panel")),
]
SHAPES: list[tuple[str | Mixed, str | Mixed]] = [
    *((edge, ground) for edge in ("line-strong", "focus") for ground in ("panel", "canvas", "manila")),
    ("call", ("call-fill", 0.17, "panel")),
    ("run", "unlit"),
    ("fault", "unlit"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT, ids=str)
def test_text_is_readable(text: str | Mixed, ground: str | Mixed, theme: int) -> None:
    assert contrast(text, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES, ids=str)
def test_edges_and_lamps_stand_out(shape: str | Mixed, ground: str | Mixed, theme: int) -> None:
    assert contrast(shape, ground, theme) >= 3


def test_the_measure_itself_is_right() -> None:
    assert luminance(rgb("#fff")) == pytest.approx(1)
    assert contrast("on-fill", "on-fill", 0) == 1
    assert token(("call", 1, "panel"), 0) == pytest.approx(rgb("#8a5700"), abs=1e-4)


GREY_ON_PURPOSE = {"draft", "cancelled", "available", "maintenance", "offline", "online"}


@pytest.mark.parametrize("state", sorted(set(STATES) - GREY_ON_PURPOSE))
def test_a_state_has_a_hue(state: str) -> None:
    tokens = SOURCE["base"].split("@layer base")[0]
    assert re.search(rf'\[data-state="{state}"\][^{{]*\{{ --hue:', tokens)


def test_no_rule_names_a_state_that_does_not_exist() -> None:
    named = {state for source in SOURCE.values() for state in re.findall(r'data-state="(\w+)"', source)}
    assert named <= set(STATES)


@pytest.mark.parametrize("name", SOURCE)
def test_a_sheet_is_whole_and_fetches_nothing(name: str) -> None:
    source = SOURCE[name]
    assert source.count("{") == source.count("}")
    assert not re.search(r"@import|https?:|url\((?!#)", source)


def test_every_sheet_is_linked_and_the_one_that_orders_the_layers_comes_first() -> None:
    linked = re.search(r"for sheet in \(([^)]+)\)", (TEMPLATES / "base.html").read_text())
    assert linked is not None
    names = re.findall(r"\w+", linked[1])
    assert sorted([*names, "tickets"]) == sorted(SOURCE)  # a ticket carries its own sheet inside
    assert names[0] == "base"
    assert SOURCE["base"].index("@layer reset, tokens") < SOURCE["base"].index("@layer reset {")
