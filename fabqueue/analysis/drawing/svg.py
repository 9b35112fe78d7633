"""SVG to visible shapes in millimetres: styles, transforms, view boxes, reuse and visibility as browsers see them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from fabqueue.analysis.drawing.collector import paused
from fabqueue.analysis.drawing.curves import Curves, curves_of
from fabqueue.analysis.drawing.document import Document, Node, parse
from fabqueue.analysis.drawing.flatten import Floats, Unreadable, contours_of, corners_of, curves_in, is_straight
from fabqueue.analysis.drawing.geometry import SHAPES, polyline_of, read_path, round_of
from fabqueue.analysis.drawing.outlines import Outlines
from fabqueue.analysis.drawing.paints import Paints
from fabqueue.analysis.drawing.pictures import Pictures, Viewport
from fabqueue.analysis.drawing.shapes import Drawing, Shape
from fabqueue.analysis.drawing.style import CSS_TRANSFORM, START, StyleSheet, is_hidden, is_visible, substituted
from fabqueue.analysis.drawing.transforms import matrix_of
from fabqueue.analysis.drawing.units import ASKED, MM_PER_PX, PHYSICAL, ViewBox, fitting, length, share, view_box
from fabqueue.analysis.findings import AnalysisError

MAX_VISITS = 150_000
"""Elements drawn, reuse by `use` counted every time."""
MAX_DEPTH = 160
MAX_NUMBERS = 1_200_000
"""Numbers in all path data together, reuse counted every time: 600 thousand points are a photograph, no design."""
GROUPS = {"g", "a", "svg", "switch"}
WORDS = {"text", "foreignObject", "flowRoot"}
DRAWN = GROUPS | SHAPES | WORDS | {"use", "image"}
CHOICES = ("72dpi", "90dpi", "96dpi", "mm", "in")
"""What one unit may be where no physical one is named: pixels of Illustrator, old Inkscape and CSS, or measures."""
LANGUAGE = "en"
"""What is drawn for readers of some language only is read as such a reader sees it."""


@dataclass(frozen=True)
class _Scene:
    """What an element inherits: `style`, the `matrix` (3, 3) from its units to mm, its viewport, reuse under way.

    `opacity` and whether something around it is clipped or masked matter to pictures and what lies over them.
    """

    style: dict[str, str]
    matrix: Floats
    width: float
    height: float
    depth: int = 0
    reused: tuple[Node, ...] = ()
    opacity: float = 1.0
    is_clipped: bool = False

    @cached_property
    def scale(self) -> float:
        """How many mm one unit is, in the mean of all directions."""
        (a, c, _e), (b, d, _f), _last = self.matrix.tolist()
        return math.sqrt(abs(a * d - b * c))


@paused()
def read(data: bytes, units: str | None) -> Drawing:
    """The drawing in SVG `data`; `units` (a key of `ASKED`) says what a pixel is where the file has no physical size.

    Raises AnalysisError for what `document.parse` refuses and for drawings that are too complex.
    """
    document = parse(data)
    _check_reuse(document)
    reader = _Reader(document)
    root = reader.styles.properties(document.root)
    page, unit = _page(root)
    scale = MM_PER_PX if unit else ASKED.get(units or "px", MM_PER_PX)
    box = view_box(root.get("viewBox"))
    width, height = page or (box.width, box.height) if box else page or (300.0, 150.0)
    turned = _transformed(np.diag([scale, scale, 1.0]), root, {"transform-origin": "center"}, width, height)
    matrix = _joined(turned, fitting(box, width, height, root.get("preserveAspectRatio", "")))
    shown = (box.width, box.height) if box else (width, height)
    is_seen = width > 0 and height > 0 and not is_hidden(root, START)
    if is_seen:
        reader.children(document.root, _Scene(START, matrix, *shown))
    size = page or ((box.width, box.height) if box else None)
    return Drawing(
        shapes=reader.visible(),
        page_mm=(size[0] * scale, size[1] * scale) if size else None,
        unit=unit or (units if units in ASKED else None),
        unit_mm=scale,
        choices=() if unit else CHOICES,
        has_view_box=box is not None,
        texts=reader.texts,
        images=reader.pictures.placed,
        elsewhere=reader.elsewhere,
        loops=reader.loops,
        unreadable=reader.unreadable,
    )


def _page(root: Mapping[str, str]) -> tuple[tuple[float, float] | None, str | None]:
    """Size of the page in pixels, if it has one, and its physical unit, if it has one."""
    width, height = length(root.get("width")), length(root.get("height"))
    given = [side for side in (width, height) if side and side.unit != "%"]
    unit = next((side.unit for side in given if side.unit in PHYSICAL), None)
    if not given:
        return None, None
    box = view_box(root.get("viewBox"))
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
        self.paints = Paints(document.by_id, self.styles)
        self.outlines = Outlines()
        self.numbers = 0
        self.texts: list[tuple[float, float]] = []
        self.pictures = Pictures()
        self.elsewhere = self.loops = self.unreadable = 0

    def visible(self) -> list[Shape]:
        """The shapes that are seen, when all elements were walked over."""
        shapes, before, broken = self.outlines.visible()
        self.unreadable += broken
        self.pictures.placed = [replace(each, above=before[each.above]) for each in self.pictures.placed]
        return shapes

    def children(self, node: Node, scene: _Scene) -> None:
        """Draw all children of `node`; the scene is that inside of it."""
        style = self.styles.inherited(self.styles.properties(node), scene.style)
        inside = replace(scene, style=style, depth=scene.depth + 1)
        if inside.depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        for child in _shown(node) if node.tag != "switch" else _chosen(node):
            self._element(child, inside)

    def _element(self, node: Node, scene: _Scene) -> None:
        properties = self.styles.properties(node)
        style = self.styles.inherited(properties, scene.style)
        if is_hidden(properties, style) or not _passes(node):
            return
        scene = self._placed(properties, style, scene)
        if node.tag in SHAPES:
            self._shape(node, properties, style, scene)
        elif node.tag == "use":
            self._use(node, properties, scene)
        elif node.tag == "svg":
            self._nested(node, scene)
        elif node.tag in GROUPS:
            self.children(node, scene)
        else:
            self._other(node, style, scene)

    def _placed(self, properties: dict[str, str], style: dict[str, str], scene: _Scene) -> _Scene:
        """The scene of an element whose own transform is applied."""
        if not _VEILS.isdisjoint(properties):
            opacity, is_clipped = _veiled(properties)
            scene = replace(scene, opacity=scene.opacity * opacity, is_clipped=scene.is_clipped or is_clipped)
        if "transform" not in properties and CSS_TRANSFORM not in properties:
            return scene
        return replace(scene, matrix=_transformed(scene.matrix, properties, style, scene.width, scene.height))

    def _shape(self, node: Node, properties: dict[str, str], style: dict[str, str], scene: _Scene) -> None:
        """Draw the shape of `node`, whose own style is `style`."""
        look = self.paints.look(style)
        fill = look.fill if node.tag != "line" else None
        if not look.is_visible or (look.stroke is None and fill is None):
            return
        width = _stroke_mm(properties, style, scene) if look.stroke else 0.0
        opacity = scene.opacity * look.opacity
        shape = Shape([], look.stroke, fill, look.even_odd, width, opacity, scene.is_clipped, look.is_dashed)
        try:
            self._trace(shape, node, properties, scene)
        except Unreadable:
            self.unreadable += 1

    def _trace(self, shape: Shape, node: Node, properties: dict[str, str], scene: _Scene) -> None:
        """Give a shape its contours. Raises Unreadable."""
        self._measure(properties)
        points = polyline_of(node.tag, properties, scene.width, scene.height)
        if points is not None:
            self.outlines.add_straight(shape, [points], scene.matrix)
            return
        curves = self._curves(node, properties, scene)
        if all(map(is_straight, curves)):
            self.outlines.add_straight(shape, [corners_of(each).ravel().tolist() for each in curves], scene.matrix)
        else:
            shape.contours.extend(contours_of(curves, scene.matrix))
            self.outlines.add(shape)

    def _curves(self, node: Node, properties: dict[str, str], scene: _Scene) -> list[Curves]:
        """The subpaths of an element that is no polyline."""
        if node.tag != "path":
            return round_of(node.tag, properties, scene.width, scene.height)
        data = properties.get("d", "")
        if (curves := curves_of(data)) is not None:
            return curves
        path, complete = read_path(data)
        self.unreadable += not complete
        return curves_in(path)

    def _use(self, node: Node, properties: dict[str, str], scene: _Scene) -> None:
        link = properties.get("href", "")
        target = self.by_id.get(link.removeprefix("#")) if link.startswith("#") else None
        if target is None:
            self.elsewhere += bool(link) and not link.startswith("#")
            return
        if target in scene.reused or _holds(target, node):
            self.loops += 1
            return
        style, matrix = self.styles.inherited(properties, scene.style), _moved(scene, node.attributes)
        inside = replace(scene, style=style, matrix=matrix, reused=(*scene.reused, target), depth=scene.depth + 1)
        if inside.depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        if target.tag in {"symbol", "svg"}:
            self._reused_viewport(target, node, inside)
        elif target.tag in DRAWN:
            self._element(target, inside)

    def _reused_viewport(self, target: Node, node: Node, scene: _Scene) -> None:
        properties = self.styles.properties(target)
        style = self.styles.inherited(properties, scene.style)
        if is_hidden(properties, style):
            return
        placed = self._placed(properties, style, scene)
        placed = replace(placed, matrix=_moved(placed, target.attributes))
        size = {**target.attributes}
        size |= {name: node.attributes[name] for name in ("width", "height") if name in node.attributes}
        self._viewport(target, size, placed)

    def _nested(self, node: Node, scene: _Scene) -> None:
        self._viewport(node, node.attributes, replace(scene, matrix=_moved(scene, node.attributes)))

    def _viewport(self, node: Node, size: Mapping[str, str], scene: _Scene) -> None:
        """The inside of a nested `svg` or a reused `symbol` with its own view box."""
        width, height = length(size.get("width")), length(size.get("height"))
        across = width.px(scene.width) if width else scene.width
        down = height.px(scene.height) if height else scene.height
        if across <= 0 or down <= 0:
            return
        box = view_box(node.attributes.get("viewBox"))
        matrix = _joined(scene.matrix, fitting(box, across, down, node.attributes.get("preserveAspectRatio", "")))
        shown = (box.width, box.height) if box else (across, down)
        self.children(node, replace(scene, matrix=matrix, width=shown[0], height=shown[1]))

    def _other(self, node: Node, style: dict[str, str], scene: _Scene) -> None:
        if not is_visible(style):
            return
        if node.tag == "image":
            seen = (scene.opacity, scene.is_clipped, len(self.outlines))
            self.pictures.place(node.attributes, Viewport(scene.matrix, scene.width, scene.height, *seen))
        elif _text_in(node).strip() or (node.tag == "foreignObject" and node.children):
            self.texts.append(_start(node, scene))

    def _measure(self, properties: Mapping[str, str]) -> None:
        """Count the numbers of path data, roughly: what separates them is counted."""
        data = properties.get("d", "") + properties.get("points", "")
        if not data:
            return
        self.numbers += sum(data.count(mark) for mark in " ,-\n") + len(data) // 8
        if self.numbers > MAX_NUMBERS:
            raise AnalysisError("drawing_too_complex", {"limit": MAX_NUMBERS})


def _transformed(
    matrix: Floats, properties: Mapping[str, str], style: Mapping[str, str], width: float, height: float
) -> Floats:
    """`matrix` followed by the transform among `properties`."""
    css = properties.get(CSS_TRANSFORM)
    if css is not None and "var(" in css:
        css = substituted(css, style) or "none"
    origin = properties.get("transform-origin", style.get("transform-origin"))
    return _joined(matrix, matrix_of(properties.get("transform"), css, origin, width, height))


_VEILS = {"opacity", "clip-path", "mask"}


def _veiled(properties: Mapping[str, str]) -> tuple[float, bool]:
    """How opaque an element is by itself, and whether only a part of it is seen."""
    opacity = share(properties.get("opacity", "1"))
    hides = any(properties.get(name, "none").strip().lower() != "none" for name in ("clip-path", "mask"))
    return (1.0 if opacity is None else min(max(opacity, 0.0), 1.0)), hides


def _stroke_mm(properties: Mapping[str, str], style: Mapping[str, str], scene: _Scene) -> float:
    """How wide a stroke is drawn; 0 where the file does not say."""
    px = _stroke_px(style["stroke-width"], scene.width, scene.height)
    if properties.get("vector-effect") == "non-scaling-stroke":
        return px * MM_PER_PX
    return px * scene.scale if px else 0.0


@lru_cache(maxsize=256)
def _stroke_px(text: str, width: float, height: float) -> float:
    found = length(text)
    return found.px(math.hypot(width, height) / math.sqrt(2)) if found else 0.0


def _start(node: Node, scene: _Scene) -> tuple[float, float]:
    """Where a text begins, in mm."""
    placed = [each for each in (node, *node.children) if "x" in each.attributes or "y" in each.attributes]
    properties = placed[0].attributes if placed else {}
    x, y = _moved(scene, {name: properties.get(name, "0").replace(",", " ").split(" ")[0] for name in "xy"})[:2, 2]
    return float(x), float(y)


def _joined(outer: Floats, inner: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):  # points so far out are refused later
        return outer @ inner


def _moved(scene: _Scene, properties: Mapping[str, str]) -> Floats:
    """The matrix of `scene` for what is moved by its own `x` and `y`."""
    x, y = length(properties.get("x")), length(properties.get("y"))
    if x is None and y is None:
        return scene.matrix
    move = np.eye(3)
    move[:2, 2] = x.px(scene.width) if x else 0.0, y.px(scene.height) if y else 0.0
    return _joined(scene.matrix, move)


def _holds(target: Node, node: Node) -> bool:
    """Whether `node` lies inside of `target`."""
    above: Node | None = node
    while above is not None and above is not target:
        above = above.parent
    return above is target


def _chosen(node: Node) -> list[Node]:
    """What a `switch` shows: its first child that asks for nothing special, if that one is drawn at all."""
    first = next((child for child in node.children if child.tag and _passes(child)), None)
    return [first] if first is not None and first.tag in DRAWN else []


def _passes(node: Node) -> bool:
    """Whether the conditions that an element names are met."""
    if "requiredExtensions" in node.attributes:
        return False
    languages = node.attributes.get("systemLanguage")
    return languages is None or LANGUAGE in [each.strip().lower().split("-")[0] for each in languages.split(",")]


def _text_in(node: Node) -> str:
    return node.text + "".join(_text_in(child) for child in node.children)
