"""DXF to shapes in millimetres: trimesh reads the geometry; colours, layers and units are read here.

trimesh keeps no colours, so the entities are handed to it colour by colour.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import trimesh

from fabqueue.analysis.drawing.flatten import Floats, visible
from fabqueue.analysis.drawing.shapes import Drawing, Shape
from fabqueue.analysis.drawing.units import ASKED
from fabqueue.analysis.findings import AnalysisError

Pair = tuple[str, str]
Entity = list[Pair]

MAX_BYTES = 32 * 1024**2
MAX_PAIRS = 2_000_000
MAX_COLOURS = 24
MAX_INSERTS = 5_000
UNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m"}
"""$INSUNITS of the header; 0 and everything else say nothing."""
CHOICES = ("mm", "cm", "m", "in")
"""What one unit may be where the header names none."""
DRAWN = {"LINE", "LWPOLYLINE", "POLYLINE", "ARC", "CIRCLE", "SPLINE", "INSERT", "ELLIPSE"}
TEXTS = {"TEXT", "MTEXT", "ATTRIB", "ATTDEF"}
QUIET = {"VERTEX", "SEQEND", "POINT", "VIEWPORT", "3DFACE"}
PALETTE = {
    1: "#ff0000", 2: "#ffff00", 3: "#00ff00", 4: "#00ffff", 5: "#0000ff", 6: "#ff00ff", 7: "#000000",
    8: "#808080", 9: "#c0c0c0",
}  # fmt: skip
"""AutoCAD's colour index as far as it is used for operations; 7 is black on paper."""


def read(data: bytes, units: str | None) -> Drawing:
    """The drawing in DXF `data`; `units` (a key of `ASKED`) is believed where the file names none.

    Raises AnalysisError for binary, broken, too large or too complex files.
    """
    pairs = _pairs(data)
    sections = _sections(pairs)
    stated = UNITS.get(_insert_units(sections["HEADER"]))
    unit = stated or (units if units in ASKED else None)
    entities = list(_entities(sections["ENTITIES"]))
    layers = _layer_colours(sections["TABLES"])
    scale = ASKED[unit or "mm"]
    shapes = _shapes(entities, layers, sections["BLOCKS"], scale)
    kinds = Counter(entity[0][1] for entity in entities)
    texts, images = sum(kinds[kind] for kind in TEXTS), kinds["IMAGE"]
    skipped = {kind.lower(): count for kind, count in kinds.items() if kind not in DRAWN | TEXTS | QUIET | {"IMAGE"}}
    choices = () if stated else CHOICES
    return Drawing(shapes, None, unit, scale, choices, texts=texts, images=images, skipped=skipped)


def _pairs(data: bytes) -> list[Pair]:
    if len(data) > MAX_BYTES:
        raise AnalysisError("drawing_too_large", {"size_bytes": len(data), "limit_bytes": MAX_BYTES})
    if data.startswith(b"AutoCAD Binary DXF"):
        raise AnalysisError("drawing_binary_dxf")
    lines = data.decode("utf-8", errors="replace").splitlines()
    if len(lines) > 2 * MAX_PAIRS:
        raise AnalysisError("drawing_too_complex", {"limit": MAX_PAIRS})
    return [(code.strip(), value.strip()) for code, value in zip(lines[::2], lines[1::2], strict=False)]


def _sections(pairs: list[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    name = ""
    for index, pair in enumerate(pairs):
        if pair == ("0", "SECTION") and index + 1 < len(pairs):
            name = pairs[index + 1][1].upper()
        elif pair == ("0", "ENDSEC"):
            name = ""
        elif name:
            found[name].append(pair)
    if "ENTITIES" not in found:
        raise AnalysisError("drawing_not_dxf")
    return found


def _entities(pairs: list[Pair]) -> Iterator[Entity]:
    """Runs of pairs that begin with a group code 0."""
    entity: Entity = []
    for pair in pairs:
        if pair[0] == "0":
            if entity and entity[0][0] == "0":
                yield [(entity[0][0], entity[0][1].upper()), *entity[1:]]
            entity = []
        entity.append(pair)
    if entity and entity[0][0] == "0":
        yield [(entity[0][0], entity[0][1].upper()), *entity[1:]]


def _insert_units(header: list[Pair]) -> int:
    for index, pair in enumerate(header[:-1]):
        if pair == ("9", "$INSUNITS"):
            return _whole(header[index + 1][1])
    return 0


def _layer_colours(tables: list[Pair]) -> dict[str, str | None]:
    """Colour of each layer; None for one that is switched off."""
    layers = (dict(reversed(entity)) for entity in _entities(tables) if entity[0][1] == "LAYER")
    found: dict[str, str | None] = {}
    for layer in layers:
        index = _whole(layer.get("62", "7"))
        shown = index >= 0 and not _whole(layer.get("70", "0")) & 1
        found[layer.get("2", "")] = _colour(layer, abs(index)) if shown else None
    return found


def _colour(entity: dict[str, str], index: int) -> str:
    if "420" in entity:
        return f"#{_whole(entity['420']) & 0xFFFFFF:06x}"
    return PALETTE.get(index, "#808080")


def _shapes(entities: list[Entity], layers: dict[str, str | None], blocks: list[Pair], scale: float) -> list[Shape]:
    if sum(entity[0][1] == "INSERT" for entity in entities) > MAX_INSERTS:
        raise AnalysisError("drawing_too_complex", {"limit": MAX_INSERTS})
    by_colour: dict[str, list[Pair]] = defaultdict(list)
    colour: str | None = None
    for entity in entities:
        if entity[0][1] not in ("VERTEX", "SEQEND"):  # these belong to the polyline before them
            colour = _entity_colour(entity, layers)
        if colour is not None and entity[0][1] in DRAWN | {"VERTEX", "SEQEND"}:
            by_colour[colour].extend(_polyline(entity) if entity[0][1] == "ELLIPSE" else entity)
    if len(by_colour) > MAX_COLOURS:
        raise AnalysisError("drawing_too_many_colours", {"count": len(by_colour), "limit": MAX_COLOURS})
    flip = np.array([scale, -scale])  # DXF looks up, drawings here look down
    return [
        Shape([contour * flip], colour)
        for colour, pairs in by_colour.items()
        for contour in _contours(pairs, blocks, scale)
    ]


def _entity_colour(entity: Entity, layers: dict[str, str | None]) -> str | None:
    """The colour of an entity, its own or its layer's; None when it is invisible."""
    fields = dict(reversed(entity))
    layer = layers.get(fields.get("8", "0"), "#000000")
    index = _whole(fields.get("62", "256"))
    if layer is None or fields.get("60") == "1":
        return None
    if "420" not in fields and index in (0, 256):
        return layer
    return _colour(fields, abs(index))


def _contours(entities: list[Pair], blocks: list[Pair], scale: float) -> list[Floats]:
    """Polylines (n, 2) in the units of the file."""
    parts = [("0", "SECTION"), ("2", "BLOCKS"), *blocks, ("0", "ENDSEC")]
    parts += [("0", "SECTION"), ("2", "ENTITIES"), *entities, ("0", "ENDSEC"), ("0", "EOF")]
    text = "\n".join(f"{code}\n{value or '-'}" for code, value in parts)
    try:
        path = trimesh.load_path(io.BytesIO(text.encode()), file_type="dxf", process=False)
        lines = [entity.discrete(path.vertices, scale=scale) for entity in path.entities]
        return visible(line[:, :2] for line in lines if len(line))
    except Exception as error:  # trimesh raises whatever its parsing stumbles over
        raise AnalysisError("drawing_broken_dxf") from error


def _polyline(ellipse: Entity) -> Entity:
    """An ELLIPSE, which trimesh does not know, as a fine LWPOLYLINE."""
    fields = {code: _number(value) for code, value in ellipse[1:] if code in {"10", "20", "11", "21", "40", "41", "42"}}
    centre = np.array([fields.get("10", 0.0), fields.get("20", 0.0)])
    major = np.array([fields.get("11", 0.0), fields.get("21", 0.0)])
    minor = np.array([-major[1], major[0]]) * fields.get("40", 1.0)
    start, end = fields.get("41", 0.0), fields.get("42", 2 * np.pi)
    angle = np.linspace(start, end if end > start else end + 2 * np.pi, 181)[:, None]
    points = centre + major * np.cos(angle) + minor * np.sin(angle)
    pairs = [pair for x, y in points.tolist() for pair in (("10", repr(x)), ("20", repr(y)))]
    return [("0", "LWPOLYLINE"), ("70", "0"), *pairs]


def _whole(text: str) -> int:
    return int(_number(text))


def _number(text: str) -> float:
    """The figure in `text`; 0 for anything else, as most readers take it."""
    try:
        return float(text)
    except ValueError:
        return 0.0
