"""How different two colours look: CIEDE2000, the colour difference of the CIE.

Formulas and test values: G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Research and Application 30 (2005). sRGB: IEC 61966-2-1.
"""

from functools import lru_cache
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Lab = tuple[float, float, float]

_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)
"""D65, as screens have it."""
_FAR = 25.0**7


@lru_cache(maxsize=4096)
def lab(colour: str) -> Lab:
    """CIE L*a*b* of an sRGB colour "#rrggbb"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts]
    sums = [sum(weight * part for weight, part in zip(row, light, strict=True)) for row in _TO_XYZ]
    x, y, z = (_curved(value / white) for value, white in zip(sums, _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _curved(value: float) -> float:
    return float(value ** (1 / 3)) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def difference(one: Lab, other: Lab) -> float:
    """CIEDE2000 of two colours; about 1 is the least that an eye notices, black and white are 100 apart."""
    (light, a, b), (light_2, a_2, b_2) = one, other
    grey = 1.5 - 0.5 * _share((hypot(a, b) + hypot(a_2, b_2)) / 2)
    chroma, chroma_2 = hypot(a * grey, b), hypot(a_2 * grey, b_2)
    hue, hue_2 = _hue(a * grey, b), _hue(a_2 * grey, b_2)
    turned, middle = _between(hue, hue_2, coloured=chroma * chroma_2 > 0)
    lightness, strength = (light + light_2) / 2, (chroma + chroma_2) / 2
    by_light = (light_2 - light) / (1 + 0.015 * (lightness - 50) ** 2 / sqrt(20 + (lightness - 50) ** 2))
    by_chroma = (chroma_2 - chroma) / (1 + 0.045 * strength)
    by_hue = 2 * sqrt(chroma * chroma_2) * sin(radians(turned / 2)) / (1 + 0.015 * strength * _bend(middle))
    blue = sin(radians(60 * exp(-(((middle - 275) / 25) ** 2)))) * 2 * _share(strength)
    return sqrt(max(by_light**2 + by_chroma**2 + by_hue**2 - blue * by_chroma * by_hue, 0.0))


def _share(chroma: float) -> float:
    return sqrt(chroma**7 / (chroma**7 + _FAR))


def _hue(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360


def _between(hue: float, other: float, *, coloured: bool) -> tuple[float, float]:
    """The way from one hue to the other, and the hue half way; a grey has none of its own."""
    if not coloured:
        return 0.0, hue + other
    turned = (other - hue + 180) % 360 - 180
    if turned == -180 and other > hue:  # straight across, the sign does not matter, the middle does
        turned = 180.0
    return turned, (hue + turned / 2) % 360


def _bend(hue: float) -> float:
    """How much hue weighs around the circle."""
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return 1 + sum(weight * cos(radians(times * hue + shift)) for weight, times, shift in terms)
