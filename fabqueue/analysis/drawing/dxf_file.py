"""A DXF taken apart: its unit, layers, blocks and entities, behind gates; what they draw is read elsewhere."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from fabqueue.analysis.drawing.flatten import Floats, Unreadable
from fabqueue.analysis.findings import AnalysisError

Pair = tuple[str, str]

MAX_BYTES = 32 * 1024**2
MAX_PAIRS = 2_000_000
UNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m"}
"""$INSUNITS of the header; 0 and everything else say nothing."""
BY_BLOCK, BY_LAYER = 0, 256
_BLACK = 7
_PURE = {1: "#ff0000", 2: "#ffff00", 3: "#00ff00", 4: "#00ffff", 5: "#0000ff", 6: "#ff00ff", _BLACK: "#000000",
         8: "#808080", 9: "#c0c0c0"}  # fmt: skip
"""The first of AutoCAD's colour index; 7 is black on paper."""
_GREYS = ("#333333", "#505050", "#696969", "#828282", "#bebebe", "#ffffff")
"""Its last six."""
_SHADES = (255, 165, 127, 76, 38)
_OF_ONE_HUE = 2 * len(_SHADES)
_ENDS = (("0", "ENDSEC"), ("0", "EOF"))
_FROZEN, _CLOSED_XREF = 1, 4 | 8


@dataclass(slots=True, eq=False)
class Entity:
    """One object: its kind and its pairs of group code and value; the vertices of a polyline are its `parts`."""

    kind: str
    pairs: list[Pair]
    parts: list["Entity"] = field(default_factory=list)
    _first: dict[str, str] | None = None

    def text(self, code: str, default: str = "") -> str:
        """The first value of `code`."""
        if self._first is None:
            self._first = dict(reversed(self.pairs))
        return self._first.get(code, default)

    def number(self, code: str, default: float = 0.0) -> float:
        """The first value of `code` as a figure. Raises Unreadable when it is none."""
        text = self.text(code)
        return number(text) if text else default

    def whole(self, code: str, default: int = 0) -> int:
        """The first value of `code` as a whole number; `default` for anything that is none."""
        return _whole(self.text(code), default)

    def point(self, x: str = "10") -> Floats:
        """The point or vector whose group code is `x`, and y and z behind it. Raises Unreadable."""
        return np.array([self.number(str(int(x) + more)) for more in (0, 10, 20)])

    def column(self, code: str) -> list[float]:
        """All values of `code` in their order. Raises Unreadable."""
        return [number(value) for given, value in self.pairs if given == code]


@dataclass(frozen=True)
class Layer:
    """What entities take from their layer. What is in a frozen one is gone with all that it inserts."""

    colour: str
    is_off: bool
    is_frozen: bool
    line: str = ""


@dataclass(frozen=True, eq=False)
class Block:
    """Entities that are inserted together, about their point `base`; those of `is_elsewhere` are in another file."""

    base: Floats
    entities: list[Entity]
    is_elsewhere: bool


@dataclass(frozen=True)
class File:
    """Everything in a DXF that drawing needs; names of layers, lines and blocks in lower case, as they are compared."""

    unit: str | None
    dashed: frozenset[str]
    """Names of the kinds of line that have gaps."""
    layers: Mapping[str, Layer]
    blocks: Mapping[str, Block]
    entities: list[Entity]


def parse(data: bytes) -> File:
    """The file in `data`. Raises AnalysisError when it is too large, binary, cut off, or no DXF."""
    sections = _sections(_pairs(data))
    try:
        blocks = dict(_blocks(sections["BLOCKS"]))
    except Unreadable as error:
        raise AnalysisError("drawing_broken_dxf") from error
    entities = list(_grouped(_entities(sections["ENTITIES"])))
    tables = sections["TABLES"]
    return File(_unit(sections["HEADER"]), _dashed(tables), dict(_layers(tables)), blocks, entities)


def number(text: str) -> float:
    """The figure in `text`; some programs write the comma of their country. Raises Unreadable."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise Unreadable from error


def colour_of(entity: Entity, index: int) -> str:
    """The colour of an entity or layer with AutoCAD's `index`, unless it names one of its own."""
    if entity.text("420"):
        return f"#{entity.whole('420') & 0xFFFFFF:06x}"
    return _PURE[index] if index in _PURE else _mixed(index)


def _mixed(index: int) -> str:
    """A colour from 10 to 255: 24 hues, each in five shades and their pale sisters, then greys."""
    if not 10 <= index <= 255:
        return _PURE[_BLACK]
    if index >= 250:
        return _GREYS[index - 250]
    hue, place = divmod(index - 10, _OF_ONE_HUE)
    shade, pale = _SHADES[place // 2], place % 2
    parts = [max(0.0, min(1.0, abs((hue / 4 + turn) % 6 - 3) - 1)) for turn in (0, 4, 2)]
    return "#" + "".join(f"{int(shade * (part + (1 - part) / 2 * pale)):02x}" for part in parts)


def _pairs(data: bytes) -> list[Pair]:
    if len(data) > MAX_BYTES:
        raise AnalysisError("drawing_too_large", {"size_bytes": len(data), "limit_bytes": MAX_BYTES})
    if data.startswith(b"AutoCAD Binary DXF"):
        raise AnalysisError("drawing_binary_dxf")
    # not splitlines: texts may hold signs that Unicode takes for the end of a line
    lines = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > 2 * MAX_PAIRS:
        raise AnalysisError("drawing_too_complex", {"limit": MAX_PAIRS})
    return [(code.strip(), value.strip()) for code, value in zip(lines[::2], lines[1::2], strict=False)]


def _sections(pairs: list[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    name = ""
    for index, pair in enumerate(pairs):
        if pair == ("0", "SECTION") and index + 1 < len(pairs):
            name = pairs[index + 1][1].upper()
            found[name] = found[name]
        elif pair in _ENDS:
            name = ""
            if pair == _ENDS[1]:
                break
        elif name:
            found[name].append(pair)
    if "ENTITIES" not in found:
        raise AnalysisError("drawing_not_dxf")
    if name:  # cut off somewhere: nobody knows what is missing
        raise AnalysisError("drawing_broken_dxf")
    return found


def _entities(pairs: list[Pair]) -> Iterator[Entity]:
    """Runs of pairs that begin with a group code 0."""
    entity: Entity | None = None
    for pair in pairs:
        if pair[0] == "0":
            if entity is not None:
                yield entity
            entity = Entity(pair[1].upper(), [])
        elif entity is not None:
            entity.pairs.append(pair)
    if entity is not None:
        yield entity


def _grouped(entities: Iterator[Entity]) -> Iterator[Entity]:
    """The same with the vertices of a polyline inside of it."""
    polyline: Entity | None = None
    for entity in entities:
        if entity.kind == "VERTEX" and polyline is not None:
            polyline.parts.append(entity)
            continue
        polyline = entity if entity.kind == "POLYLINE" else None
        if entity.kind not in {"SEQEND", "VERTEX"}:
            yield entity


def _unit(header: list[Pair]) -> str | None:
    for index, pair in enumerate(header[:-1]):
        if pair == ("9", "$INSUNITS"):
            return UNITS.get(_whole(header[index + 1][1], 0))
    return None


def _layers(tables: list[Pair]) -> Iterator[tuple[str, Layer]]:
    for entity in _entities(tables):
        if entity.kind == "LAYER":
            index, flags = entity.whole("62", _BLACK), entity.whole("70")
            colour, line = colour_of(entity, abs(index)), entity.text("6").lower()
            yield entity.text("2").lower(), Layer(colour, index < 0, bool(flags & _FROZEN), line)


def _dashed(tables: list[Pair]) -> frozenset[str]:
    """The kinds of line that are made of several elements."""
    kinds = (entity for entity in _entities(tables) if entity.kind == "LTYPE")
    return frozenset(kind.text("2").lower() for kind in kinds if kind.whole("73") > 0)


def _blocks(pairs: list[Pair]) -> Iterator[tuple[str, Block]]:
    block: Block | None = None
    for entity in _grouped(_entities(pairs)):
        if entity.kind == "BLOCK":
            block = Block(entity.point(), [], bool(entity.whole("70") & _CLOSED_XREF))
            yield entity.text("2").lower(), block
        elif entity.kind == "ENDBLK":
            block = None
        elif block is not None:
            block.entities.append(entity)


def _whole(text: str, default: int) -> int:
    try:
        return int(number(text))
    except (Unreadable, ValueError, OverflowError):
        return default
