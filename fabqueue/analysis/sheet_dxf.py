"""The clean sheet as DXF (R12, which every laser program reads), made of the SVG that we wrote ourselves.

A layer for each operation, polylines only; DXF looks up where SVG looks down.
"""

import re
from collections.abc import Iterator

COLOURS = {"cut": 1, "score": 5, "engrave": 7}
"""AutoCAD's colour index: red, blue, black on paper."""
_VIEW = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_GROUP = re.compile(r'<g id="(\w+)".*?</g>', re.DOTALL)
_PATH = re.compile(r' d="([^"]*)"')
_NUMBER = re.compile(r"[-.\d]+")


def dxf(sheet: str) -> str:
    """`sheet` (an SVG of `analysis.drawing.sheet`) as a DXF in mm."""
    view = _VIEW.search(sheet)
    assert view is not None, "no sheet of ours"
    bottom = float(view[2]) + float(view[4])
    layers = {group[1]: _PATH.findall(group[0]) for group in _GROUP.finditer(sheet)}
    pairs = [*_head(list(layers)), *_entities(layers, bottom)]
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


def _head(layers: list[str]) -> Iterator[tuple[int, object]]:
    yield from ((0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"), (9, "$INSUNITS"), (70, 4), (0, "ENDSEC"))
    yield from ((0, "SECTION"), (2, "TABLES"), (0, "TABLE"), (2, "LAYER"), (70, len(layers)))
    for layer in layers:
        yield from ((0, "LAYER"), (2, layer.upper()), (70, 0), (62, COLOURS[layer]), (6, "CONTINUOUS"))
    yield from ((0, "ENDTAB"), (0, "ENDSEC"))


def _entities(layers: dict[str, list[str]], bottom: float) -> Iterator[tuple[int, object]]:
    yield from ((0, "SECTION"), (2, "ENTITIES"))
    for layer, paths in layers.items():
        for contour in (each for path in paths for each in path.split("M") if each):
            yield from _polyline(layer.upper(), contour, bottom)
    yield from ((0, "ENDSEC"), (0, "EOF"))


def _polyline(layer: str, contour: str, bottom: float) -> Iterator[tuple[int, object]]:
    """One contour such as "0 0L9 0L9 9Z"."""
    numbers = [float(each) for each in _NUMBER.findall(contour)]
    yield from ((0, "POLYLINE"), (8, layer), (66, 1), (70, int(contour.endswith("Z"))))
    for x, y in zip(numbers[::2], numbers[1::2], strict=True):
        yield from ((0, "VERTEX"), (8, layer), (10, f"{x:.3f}"), (20, f"{bottom - y:.3f}"))
    yield from ((0, "SEQEND"), (8, layer))
