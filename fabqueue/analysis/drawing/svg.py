"""SVG to visible shapes in millimetres: styles, transforms, view boxes, reuse and visibility as browsers see them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import svgelements

from fabqueue.analysis.drawing.colours import INVISIBLE, paint
from fabqueue.analysis.drawing.document import Document, Node, parse
from fabqueue.analysis.drawing.flatten import Floats, Unreadable, contours, transformed, visible
from fabqueue.analysis.drawing.geometry import SHAPES, path_of, polyline_of, read_path
from fabqueue.analysis.drawing.shapes import Drawing, Shape
from fabqueue.analysis.drawing.style import StyleSheet
from fabqueue.analysis.drawing.units import ASKED, MM_PER_PX, PHYSICAL, ViewBox, fitting, length, view_box
from fabqueue.analysis.findings import AnalysisError

MAX_VISITS = 150_000
"""Elements drawn, reuse by `use` counted every time."""
MAX_DEPTH = 160
MAX_NUMBERS = 1_200_000
"""Numbers in all path data together, reuse counted every time: 600 thousand points are a photograph, no design."""
GROUPS = {"g", "a", "svg", "switch"}
DRAWN = GROUPS | SHAPES | {"use", "image", "text"}
INHERITED = ("stroke", "fill", "fill-rule", "stroke-opacity", "fill-opacity", "visibility", "color")
START = {"stroke": "none", "fill": "black", "color": "black"}


@dataclass(frozen=True)
class _Scene:
    """What an element inherits: `style`, the `matrix` (3, 3) from its units to mm, its viewport, reuse under way."""

    style: dict[str, str]
    matrix: Floats
    width: float
    height: float
    depth: int = 0
    reused: tuple[Node, ...] = ()


def read(data: bytes, units: str | None) -> Drawing:
    """The drawing in SVG `data`; `units` (a key of `ASKED`) says what a pixel is where the file has no physical size.

    Raises AnalysisError for what `document.parse` refuses and for drawings that are too complex.
    """
    document = parse(data)
    _check_reuse(document)
    reader = _Reader(document)
    page, unit = _page(document.root)
    scale = MM_PER_PX if unit else ASKED.get(units or "px", MM_PER_PX)
    box = view_box(document.root.attributes.get("viewBox"))
    width, height = page or (box.width, box.height) if box else page or (300.0, 150.0)
    ratio = document.root.attributes.get("preserveAspectRatio", "")
    matrix = np.diag([scale, scale, 1.0]) @ fitting(box, width, height, ratio)
    shown = (box.width, box.height) if box else (width, height)
    shapes = list(reader.children(document.root, _Scene(START, matrix, *shown))) if width and height else []
    size = page or ((box.width, box.height) if box else None)
    return Drawing(
        shapes=shapes,
        page_mm=(size[0] * scale, size[1] * scale) if size else None,
        unit=unit or (units if units in ASKED else None),
        has_view_box=box is not None,
        texts=reader.texts,
        images=reader.images,
        elsewhere=reader.elsewhere,
        loops=reader.loops,
        unreadable=reader.unreadable,
    )


def _page(root: Node) -> tuple[tuple[float, float] | None, str | None]:
    """Size of the page in pixels, if it has one, and its physical unit, if it has one."""
    width, height = length(root.attributes.get("width")), length(root.attributes.get("height"))
    given = [side for side in (width, height) if side and side.unit != "%"]
    unit = next((side.unit for side in given if side.unit in PHYSICAL), None)
    if not given:
        return None, None
    box = view_box(root.attributes.get("viewBox"))
    across = width.px() if width in given and width else _other(height.px() if height else 0, box, across=True)
    down = height.px() if height in given and height else _other(across, box, across=False)
    return (max(across, 0.0), max(down, 0.0)), unit


def _other(side: float, box: ViewBox | None, *, across: bool) -> float:
    """The side that is not given, by the proportions of the view box."""
    if box is None:
        return side
    return side * (box.width / box.height if across else box.height / box.width)


def _check_reuse(document: Document) -> None:
    """Raises AnalysisError when `use` within `use` makes more of a document than can be drawn; costs one visit each."""
    known: dict[Node, int] = {}

    def drawn(node: Node, depth: int) -> int:
        if node not in known:
            if depth > MAX_DEPTH:
                raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
            known[node] = 0  # what holds itself counts once
            target = document.by_id.get(node.attributes.get("href", "").removeprefix("#"))
            inside = [target] if node.tag == "use" and target else _shown(node)
            known[node] = 1 + sum(drawn(each, depth + 1) for each in inside)
        return known[node]

    if drawn(document.root, 0) > MAX_VISITS:
        raise AnalysisError("drawing_too_complex", {"limit": MAX_VISITS})


def _shown(node: Node) -> list[Node]:
    """The children of `node` that are drawn where they stand."""
    return [child for child in node.children if child.tag in DRAWN]


class _Reader:
    """Walks over the elements of one document and counts what is no shape."""

    def __init__(self, document: Document) -> None:
        self.by_id = document.by_id
        self.styles = StyleSheet(document)
        self.numbers = 0
        self.texts = self.images = self.elsewhere = self.loops = self.unreadable = 0

    def children(self, node: Node, scene: _Scene) -> Iterator[Shape]:
        """The visible shapes of all children of `node`; the scene is that inside of it."""
        style = self._inherit(self.styles.properties(node), scene.style)
        inside = replace(scene, style=style, depth=scene.depth + 1)
        if inside.depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        for child in _shown(node) if node.tag != "switch" else _chosen(node):
            yield from self._element(child, inside)

    def _element(self, node: Node, scene: _Scene) -> Iterator[Shape]:
        properties = self.styles.properties(node)
        if properties.get("display") == "none" or properties.get("opacity") in INVISIBLE:
            return
        if transform := properties.get("transform"):
            scene = replace(scene, matrix=scene.matrix @ _transform(transform))
        if node.tag in SHAPES:
            yield from self._shape(node, properties, scene)
        elif node.tag == "use":
            yield from self._use(node, properties, scene)
        elif node.tag == "svg":
            yield from self._nested(node, properties, scene)
        elif node.tag in GROUPS:
            yield from self.children(node, scene)
        else:
            self._other(node, self._inherit(properties, scene.style))

    def _inherit(self, properties: dict[str, str], style: dict[str, str]) -> dict[str, str]:
        own = {name: properties[name] for name in INHERITED if properties.get(name, "inherit") != "inherit"}
        return {**style, **own}

    def _shape(self, node: Node, properties: dict[str, str], scene: _Scene) -> Iterator[Shape]:
        style = self._inherit(properties, scene.style)
        stroke = paint(style, "stroke")
        fill = paint(style, "fill") if node.tag != "line" else None
        if style.get("visibility", "visible") != "visible" or (stroke is None and fill is None):
            return
        lines = self._contours(node, properties, scene)
        if lines:
            even_odd = style.get("fill-rule") == "evenodd"
            yield Shape(lines, stroke, fill, even_odd)

    def _contours(self, node: Node, properties: dict[str, str], scene: _Scene) -> list[Floats]:
        self._measure(properties.get("d", "") + properties.get("points", ""))
        try:
            return self._flat(node, properties, scene)
        except Unreadable:
            self.unreadable += 1
            return []

    def _flat(self, node: Node, properties: dict[str, str], scene: _Scene) -> list[Floats]:
        points = polyline_of(node.tag, properties, scene.width, scene.height)
        if points is not None:
            return visible([transformed(points, scene.matrix)])
        if node.tag == "path":
            path, complete = read_path(properties.get("d", ""))
            self.unreadable += not complete
            return contours(path, scene.matrix)
        round_one = path_of(node.tag, properties, scene.width, scene.height)
        return contours(round_one, scene.matrix) if round_one is not None else []

    def _use(self, node: Node, properties: dict[str, str], scene: _Scene) -> Iterator[Shape]:
        link = properties.get("href", "")
        target = self.by_id.get(link.removeprefix("#")) if link.startswith("#") else None
        if target is None:
            self.elsewhere += bool(link) and not link.startswith("#")
            return
        if target in scene.reused or _holds(target, node):
            self.loops += 1
            return
        style, matrix = self._inherit(properties, scene.style), _moved(scene, properties)
        inside = replace(scene, style=style, matrix=matrix, reused=(*scene.reused, target), depth=scene.depth + 1)
        if inside.depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        if target.tag in {"symbol", "svg"}:
            size = dict(target.attributes) if target.tag == "svg" else {}
            size |= {name: properties[name] for name in ("width", "height") if name in properties}
            yield from self._viewport(target, size, inside)
        elif target.tag in DRAWN:
            yield from self._element(target, inside)

    def _nested(self, node: Node, properties: dict[str, str], scene: _Scene) -> Iterator[Shape]:
        yield from self._viewport(node, properties, replace(scene, matrix=_moved(scene, properties)))

    def _viewport(self, node: Node, size: dict[str, str], scene: _Scene) -> Iterator[Shape]:
        """The inside of a nested `svg` or a reused `symbol` with its own view box."""
        width, height = length(size.get("width")), length(size.get("height"))
        across = width.px(scene.width) if width else scene.width
        down = height.px(scene.height) if height else scene.height
        if across <= 0 or down <= 0:
            return
        box = view_box(node.attributes.get("viewBox"))
        matrix = scene.matrix @ fitting(box, across, down, node.attributes.get("preserveAspectRatio", ""))
        shown = (box.width, box.height) if box else (across, down)
        yield from self.children(node, replace(scene, matrix=matrix, width=shown[0], height=shown[1]))

    def _other(self, node: Node, style: dict[str, str]) -> None:
        if style.get("visibility", "visible") != "visible":
            return
        if node.tag == "image":
            self.images += 1
            link = node.attributes.get("href", "")
            self.elsewhere += bool(link) and not link.startswith("data:")
        elif _text_in(node).strip():
            self.texts += 1

    def _measure(self, data: str) -> None:
        """Count the numbers of path data, roughly: what separates them is counted."""
        self.numbers += sum(data.count(mark) for mark in " ,-\n") + len(data) // 8
        if self.numbers > MAX_NUMBERS:
            raise AnalysisError("drawing_too_complex", {"limit": MAX_NUMBERS})


def _transform(text: str) -> Floats:
    if text == "none":
        return np.eye(3)
    try:
        found = svgelements.Matrix(text)
        found.render(ppi=96)
        values = [float(value) for value in (found.a, found.c, found.e, found.b, found.d, found.f)]
    except (ValueError, TypeError, IndexError):
        return np.eye(3)  # browsers ignore a transform that they cannot read
    return np.array([values[:3], values[3:], [0, 0, 1.0]])


def _moved(scene: _Scene, properties: dict[str, str]) -> Floats:
    """The matrix of `scene` for what is moved by its own `x` and `y`."""
    x, y = length(properties.get("x")), length(properties.get("y"))
    if x is None and y is None:
        return scene.matrix
    move = np.eye(3)
    move[:2, 2] = x.px(scene.width) if x else 0.0, y.px(scene.height) if y else 0.0
    return scene.matrix @ move


def _holds(target: Node, node: Node) -> bool:
    """Whether `node` lies inside of `target`."""
    above: Node | None = node
    while above is not None and above is not target:
        above = above.parent
    return above is target


def _chosen(node: Node) -> list[Node]:
    """What a `switch` shows: its first child that asks for nothing special."""
    plain = (child for child in node.children if not child.attributes.get("requiredExtensions"))
    return [child for child in plain if child.tag in DRAWN][:1]


def _text_in(node: Node) -> str:
    return node.text + "".join(_text_in(child) for child in node.children)
