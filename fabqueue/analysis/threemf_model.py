"""The model parts of a 3MF archive as objects, components and build items (3MF core specification, chapter 4)."""

import zipfile
from array import array
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import gates
from fabqueue.analysis.findings import AnalysisError

Key = tuple[str, str]
"""Where an object stands: the model part's name (lower case, no leading slash) and its id there."""

_MAX_CORNERS = 3 * gates.MAX_TRIANGLES
_MAX_OBJECTS = 20_000
_MAX_DEPTH = 64
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """A reference to an object with its 4 x 4 matrix for row vectors: a build item or a component."""

    key: Key
    matrix: NDArray[np.float64]


@dataclass(slots=True)
class Body:
    """An object: its own mesh (corners (n, 3), faces (m, 3)), maybe empty, and its components."""

    corners: NDArray[np.float64]
    faces: NDArray[np.int64]
    parts: list[Part]


@dataclass(slots=True)
class Model:
    """Everything read so far: objects of all model parts, the build items, the root's unit."""

    unit: str = "millimeter"
    objects: dict[Key, Body] = field(default_factory=dict)
    items: list[Part] = field(default_factory=list)


def parse(archive: zipfile.ZipFile, names: dict[str, str], root: str) -> Model:
    """Read model part `root` and every model part that it refers to. `names` maps lower-case names to the real ones."""
    model = Model()
    waiting, done = [root], set[str]()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        if name not in names:
            raise AnalysisError("file_3mf_object_missing", {"object": name[:80]})
        done.add(name)
        reader = _Reader(model, name, is_root=name == root)
        reader.run(archive, names[name])
        waiting += sorted(reader.elsewhere)
    return model


class _Reader:
    """The expat handlers for one model part."""

    def __init__(self, model: Model, name: str, *, is_root: bool) -> None:
        self.model, self.name, self.is_root = model, name, is_root
        self.elsewhere: set[str] = set()
        self.depth = 0
        self.corners, self.faces = array("d"), array("q")
        self.parts: list[Part] = []
        self.key: Key | None = None
        self.printed = True
        self.starts = {
            "model": self._model, "object": self._object, "vertex": self._vertex, "triangle": self._triangle,
            "component": self._component, "item": self._item,
        }  # fmt: skip

    def run(self, archive: zipfile.ZipFile, member: str) -> None:
        reader = expat.ParserCreate()
        reader.buffer_text = True
        reader.StartElementHandler = self._start
        reader.EndElementHandler = self._end
        reader.StartDoctypeDeclHandler = self._doctype
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                reader.Parse(chunk, False)
        reader.Parse(b"", True)

    def _doctype(self, *_: object) -> None:
        raise AnalysisError("file_xml_doctype")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise AnalysisError("file_xml_too_deep")
        handler = self.starts.get(name.rpartition(":")[2])
        if handler:
            try:
                handler(attributes)
            except (KeyError, ValueError, OverflowError) as error:
                raise AnalysisError("file_3mf_attribute", {"element": name[:40]}) from error

    def _end(self, name: str) -> None:
        self.depth -= 1
        if name.rpartition(":")[2] == "object":
            self._finish_object()

    def _model(self, attributes: dict[str, str]) -> None:
        if self.is_root:
            self.model.unit = attributes.get("unit", "millimeter")

    def _object(self, attributes: dict[str, str]) -> None:
        self.key = (self.name, attributes["id"])
        self.printed = attributes.get("type", "model") == "model"
        self.corners, self.faces, self.parts = array("d"), array("q"), []
        if len(self.model.objects) >= _MAX_OBJECTS:
            raise AnalysisError("file_component_bomb")

    def _vertex(self, attributes: dict[str, str]) -> None:
        self.corners.extend((float(attributes["x"]), float(attributes["y"]), float(attributes["z"])))
        if len(self.corners) > 3 * _MAX_CORNERS:
            raise AnalysisError("mesh_too_many_corners", {"limit": _MAX_CORNERS})

    def _triangle(self, attributes: dict[str, str]) -> None:
        self.faces.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
        if len(self.faces) > 3 * gates.MAX_TRIANGLES:
            gates.check_triangles(len(self.faces) // 3)

    def _component(self, attributes: dict[str, str]) -> None:
        self.parts.append(self._part(attributes))
        if len(self.parts) > gates.MAX_INSTANCES:
            raise AnalysisError("file_component_bomb")

    def _item(self, attributes: dict[str, str]) -> None:
        if self.is_root and attributes.get("printable", "1") != "0":
            self.model.items.append(self._part(attributes))
            if len(self.model.items) > gates.MAX_INSTANCES:
                raise AnalysisError("file_component_bomb")

    def _part(self, attributes: dict[str, str]) -> Part:
        path = next((text for name, text in attributes.items() if name.rpartition(":")[2] == "path"), None)
        home = path.lstrip("/").lower() if path else self.name
        if home != self.name:
            self.elsewhere.add(home)
        return Part((home, attributes["objectid"]), _matrix(attributes.get("transform")))

    def _finish_object(self) -> None:
        if self.key is None:
            return
        corners = np.array(self.corners, np.float64).reshape(-1, 3)
        faces = np.array(self.faces, np.int64).reshape(-1, 3)
        if len(faces) and (faces.min() < 0 or faces.max() >= len(corners)):
            raise AnalysisError("file_3mf_attribute", {"element": "triangle"})
        whole, nothing = Body(corners, faces, self.parts), Body(corners[:0], faces[:0], [])
        self.model.objects[self.key] = whole if self.printed else nothing  # supports and the like are not made
        self.key = None


def _matrix(text: str | None) -> NDArray[np.float64]:
    """The 12 numbers of a 3MF transform as a 4 x 4 matrix for row vectors; the identity where there is none."""
    matrix = np.eye(4)
    if text:
        matrix[:, :3] = np.array([float(each) for each in text.split()]).reshape(4, 3)
    if not np.isfinite(matrix).all():
        raise ValueError("a transform must be finite")
    return matrix
