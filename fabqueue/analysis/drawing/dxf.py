"""DXF to visible shapes in millimetres: layers, colours, inserted blocks and the space that is drawn."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from fabqueue.analysis.drawing.collector import paused
from fabqueue.analysis.drawing.dxf_file import BY_BLOCK, BY_LAYER, Block, Entity, File, Layer, colour_of, parse
from fabqueue.analysis.drawing.dxf_lines import DRAWN, is_mesh, lines_of, plane_of
from fabqueue.analysis.drawing.flatten import Floats, Unreadable, visible
from fabqueue.analysis.drawing.pictures import POINTED_AT
from fabqueue.analysis.drawing.shapes import Drawing, Picture, Shape
from fabqueue.analysis.drawing.units import ASKED
from fabqueue.analysis.findings import AnalysisError

CHOICES = ("mm", "cm", "m", "in")
"""What one unit may be where the header names none."""
MAX_VISITS, MAX_INSERTS = 150_000, 25_000
"""Entities drawn, and inserts among them; those of a block counted every time it is inserted."""
MAX_POINTS = 1_200_000
MAX_DEPTH = 32
TEXTS = {"TEXT", "MTEXT", "ATTRIB"}
QUIET = {"POINT", "VIEWPORT", "3DFACE", "ATTDEF"}
_PAPER = "1"


@dataclass(frozen=True)
class _Scene:
    """What entities are under: the `matrix` (4, 4) from their units to mm, and what the insert around them says."""

    matrix: Floats
    scale: float
    """How many mm one unit is at most."""
    layer: Layer
    colour: str
    inserted: tuple[Block, ...] = ()


@dataclass
class _Found:
    """What was met on the way through the entities."""

    shapes: list[Shape] = field(default_factory=list)
    texts: list[tuple[float, float]] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    loops: int = 0
    unreadable: int = 0
    points: int = 0


PLAIN = Layer("#000000", is_off=False, is_frozen=False)
"""Where no layer is described."""


@paused()
def read(data: bytes, units: str | None) -> Drawing:
    """The drawing in DXF `data`; `units` (a key of `ASKED`) is believed where the file names none.

    Raises AnalysisError for binary, broken, too large or too complex files.
    """
    file = parse(data)
    unit = file.unit or (units if units in ASKED else None)
    scale = ASKED[unit or "mm"]
    _check_inserts(file)
    reader = _Reader(file)
    top = _Scene(np.diag([scale, -scale, scale, 1.0]), scale, PLAIN, PLAIN.colour)  # DXF looks up, drawings look down
    with np.errstate(all="ignore"):  # what has no place is refused where it shows
        reader.draw(file.entities, top)
    found = reader.found
    if found.unreadable and not found.shapes:
        raise AnalysisError("drawing_broken_dxf")
    return Drawing(
        found.shapes, None, unit, scale, () if file.unit else CHOICES,
        texts=found.texts, images=found.images, elsewhere=found.elsewhere, loops=found.loops,
        unreadable=found.unreadable, skipped=dict(found.skipped),
    )  # fmt: skip


def _check_inserts(file: File) -> None:
    """Raises AnalysisError when inserts within inserts make more of a file than can be drawn; costs one visit each."""
    known: dict[Block, tuple[int, int]] = {}

    def drawn(entities: list[Entity], depth: int) -> tuple[int, int]:
        if depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        inserts = [(each, file.blocks.get(each.text("2").lower())) for each in entities if each.kind == "INSERT"]
        visits, copies = len(entities), 0
        for insert, block in inserts:
            times = math.prod(_columns_and_rows(insert))
            if block is not None and block not in known:
                known[block] = (0, 0)  # what holds itself counts once
                known[block] = drawn(block.entities, depth + 1)
            inside = known[block] if block is not None else (0, 0)
            visits, copies = visits + times * inside[0], copies + times * (1 + inside[1])
        return visits, copies

    for count, limit in zip(drawn(file.entities, 0), (MAX_VISITS, MAX_INSERTS), strict=True):
        if count > limit:
            raise AnalysisError("drawing_too_complex", {"limit": limit})


def _columns_and_rows(insert: Entity) -> tuple[int, int]:
    return max(1, insert.whole("70", 1)), max(1, insert.whole("71", 1))


class _Reader:
    """Walks over entities, those of inserted blocks as often as they are inserted."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.found = _Found()

    def draw(self, entities: list[Entity], scene: _Scene) -> None:
        for entity in entities:
            try:
                self._entity(entity, scene)
            except Unreadable:
                self.found.unreadable += 1

    def _entity(self, entity: Entity, scene: _Scene) -> None:
        layer = self._layer(entity, scene)
        if layer.is_frozen or entity.text("60") == "1" or (entity.text("67") == _PAPER and not scene.inserted):
            return
        if entity.kind == "INSERT":
            self._insert(entity, replace(scene, layer=layer, colour=_colour(entity, layer, scene)))
        elif not layer.is_off:
            self._seen(entity, layer, scene)

    def _layer(self, entity: Entity, scene: _Scene) -> Layer:
        """The layer that counts: what a block holds on layer 0 takes that of its insert."""
        name = entity.text("8", "0").lower()
        return scene.layer if scene.inserted and name == "0" else self.file.layers.get(name, PLAIN)

    def _seen(self, entity: Entity, layer: Layer, scene: _Scene) -> None:
        if entity.kind in DRAWN and not is_mesh(entity):
            colour = _colour(entity, layer, scene)
            is_dashed = (entity.text("6", "bylayer").lower().replace("bylayer", layer.line)) in self.file.dashed
            self.found.shapes += [Shape([line], colour, is_dashed=is_dashed) for line in self._lines(entity, scene)]
        elif entity.kind in TEXTS:
            self.found.texts.append(_place(entity, scene.matrix))
        elif entity.kind == "IMAGE":
            self.found.images.append(Picture(_place(entity, scene.matrix), None, POINTED_AT))
        elif entity.kind not in QUIET:
            self.found.skipped[entity.kind.lower()] += 1

    def _lines(self, entity: Entity, scene: _Scene) -> list[Floats]:
        found = visible([_moved(line, scene.matrix) for line in lines_of(entity, scene.scale)])
        self.found.points += sum(map(len, found))
        if self.found.points > MAX_POINTS:
            raise AnalysisError("drawing_too_complex", {"limit": MAX_POINTS})
        return found

    def _insert(self, entity: Entity, scene: _Scene) -> None:
        block = self.file.blocks.get(entity.text("2").lower())
        if block is None:
            return
        if block.is_elsewhere:
            self.found.elsewhere += 1
        elif block in scene.inserted:
            self.found.loops += 1
        elif len(scene.inserted) >= MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        else:
            for matrix in _places(entity, block):
                self.draw(block.entities, _inside(scene, matrix, block))


def _inside(scene: _Scene, matrix: Floats, block: Block) -> _Scene:
    """The scene of what `block` holds, which `matrix` places in `scene`."""
    joined = scene.matrix @ matrix
    scale = float(np.sqrt((joined[:2, :3] ** 2).sum() / 2))
    return replace(scene, matrix=joined, scale=scale, inserted=(*scene.inserted, block))


def _colour(entity: Entity, layer: Layer, scene: _Scene) -> str:
    """The colour of an entity: its own, its layer's or that of the insert around it."""
    index = entity.whole("62", BY_LAYER)
    if entity.text("420") or index not in (BY_BLOCK, BY_LAYER):
        return colour_of(entity, abs(index))
    return layer.colour if index == BY_LAYER or not scene.inserted else scene.colour


def _places(insert: Entity, block: Block) -> Iterator[Floats]:
    """The matrices (4, 4) from a block to where it is inserted, in rows and columns if need be. Raises Unreadable."""
    turn, plane = np.radians(insert.number("50")), np.eye(4)
    plane[:3, :3] = plane_of(insert)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    scaled = np.diag([insert.number(code, 1.0) or 1.0 for code in ("41", "42", "43")] + [1.0])
    placed = plane @ _shift(insert.point()) @ turned
    columns, rows = _columns_and_rows(insert)
    for row in range(rows):
        for column in range(columns):
            away = np.array([column * insert.number("44"), row * insert.number("45"), 0.0])
            yield placed @ _shift(away) @ scaled @ _shift(-block.base)


def _shift(by: Floats) -> Floats:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def _moved(points: Floats, matrix: Floats) -> Floats:
    """Points (n, 3) moved by `matrix` (4, 4), seen from above."""
    found: Floats = points @ matrix[:2, :3].T + matrix[:2, 3]
    return found


def _place(entity: Entity, matrix: Floats) -> tuple[float, float]:
    """Where a text or picture begins, in mm. Raises Unreadable."""
    x, y = _moved(entity.point()[None], matrix)[0].tolist()
    return x, y
