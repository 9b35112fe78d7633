"""SVG bytes to a small tree, behind gates: nothing is loaded from outside, no entity, depth or count runs away."""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from fabqueue.analysis.findings import AnalysisError

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
MAX_BYTES = 32 * 1024**2
MAX_DEPTH = 128
MAX_ELEMENTS = 250_000
MAX_ENTITIES = 200
WORDED = {"style", "text", "tspan", "textPath", "flowRoot", "flowPara", "flowSpan"}
"""Elements whose text is kept; the last three are Inkscape's, which no browser shows."""
MAX_ENTITY_BYTES = 500
"""Illustrator declares its namespaces as short entities; nobody needs long or nested ones."""


_DECLARATION = re.compile(rb"""(<\?xml[^>]*?\sencoding\s*=\s*["'])([A-Za-z][\w.-]*)""")
_OWN = {"utf-8", "utf-16", "us-ascii", "iso-8859-1"}
"""What expat decodes by itself."""
_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins."""


@dataclass(slots=True, eq=False)
class Node:
    """One element: local `tag` ("" outside of the SVG namespace), attributes by local name, `text` directly inside."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None"
    children: list["Node"] = field(default_factory=list)
    text: str = ""
    place: int = 0
    """Its number among the children of `parent`."""


@dataclass(frozen=True)
class Document:
    """The root `svg` element and all elements that have an id."""

    root: Node
    by_id: dict[str, Node]
    elements: list[Node]


def parse(data: bytes) -> Document:
    """The document in `data`. Raises AnalysisError when it is too large, too deep, unsafe, not XML or not SVG."""
    if len(data) > MAX_BYTES:
        raise AnalysisError("drawing_too_large", {"size_bytes": len(data), "limit_bytes": MAX_BYTES})
    builder = _Builder()
    try:
        builder.parser.Parse(decoded(data), True)
    except expat.ExpatError as error:
        raise AnalysisError("drawing_broken_xml", {"line": error.lineno}) from error
    except (LookupError, ValueError) as error:  # an encoding nobody knows
        raise AnalysisError("drawing_broken_xml", {"line": 1}) from error
    return builder.document()


def decoded(data: bytes) -> bytes | str:
    """`data` with its text decoded where expat would not know how, and without what may not stand before it.

    East Asian encodings take several bytes a sign; a file that is not in the encoding it claims is read all the same,
    since geometry needs no letters. Raises LookupError for an encoding nobody knows, ValueError for text not in it.
    """
    data = data.lstrip(b" \t\r\n") if data[:1].isspace() else data
    declared = _DECLARATION.match(data)
    name = declared[2].decode("ascii").lower() if declared else "utf-8"
    if declared is not None and name.startswith("utf-16"):  # whoever reads these letters one by one knows better
        return data[: declared.start(2)] + b"utf-8" + data[declared.end(2) :]
    if declared is not None and name not in _OWN:
        return data[: declared.end(1)].decode("ascii") + "utf-8" + data[declared.end(2) :].decode(name)
    return data if name != "utf-8" or data[:2] in _MARKS or _is_utf8(data) else data.decode("latin-1")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Builder:
    def __init__(self) -> None:
        self.elements: list[Node] = []
        self.depth = 0
        self.entities = 0
        self.current: Node | None = None
        # prefixes are resolved here: expat would refuse a whole file for one that nobody declared
        self.bare = False
        self.spaces: list[dict[str, str]] = [{}]
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def document(self) -> Document:
        root = self.elements[0] if self.elements else None
        if root is None or root.tag != "svg":
            raise AnalysisError("drawing_not_svg")
        # the first of several equal ids counts, as in browsers
        by_id = {node.attributes["id"]: node for node in reversed(self.elements) if "id" in node.attributes}
        return Document(root, by_id, self.elements)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise AnalysisError("drawing_too_deep", {"limit": MAX_DEPTH})
        if len(self.elements) >= MAX_ELEMENTS:
            raise AnalysisError("drawing_too_complex", {"limit": MAX_ELEMENTS})
        spaces = self.spaces[-1]
        if has_spaces := ":" in "".join(attributes) or "xmlns" in attributes:
            spaces = {**spaces, **_declared(attributes)}
        self.spaces.append(spaces)
        if not self.elements:
            self.bare = spaces.get("", "") == ""
        tag = _svg_name(name, spaces, bare=self.bare)
        node = Node(tag, _local(attributes, spaces) if has_spaces else attributes, self.current)
        if self.current is not None:
            node.place = len(self.current.children)
            self.current.children.append(node)
        self.elements.append(node)
        self.current = node

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.spaces.pop()
        if self.current is not None:
            self.current = self.current.parent

    def _text(self, text: str) -> None:
        if self.current is not None and self.current.tag in WORDED:
            self.current.text += text

    def _entity(
        self,
        name: str,
        is_parameter: int,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        self.entities += 1
        nested = value is None or "&" in value or "%" in value or len(value) > MAX_ENTITY_BYTES
        if nested or is_parameter or self.entities > MAX_ENTITIES:
            raise AnalysisError("drawing_entities")


def _declared(attributes: dict[str, str]) -> dict[str, str]:
    """The namespaces that an element names, by their prefix."""
    return {key[6:]: value for key, value in attributes.items() if key == "xmlns" or key.startswith("xmlns:")}


def _svg_name(name: str, spaces: dict[str, str], *, bare: bool) -> str:
    """The local name of an SVG element, "" for any other; a `bare` file, without any namespace, is read as SVG too."""
    prefix, _, local = name.rpartition(":")
    known = spaces.get(prefix, "" if not prefix else "?")
    return local if known == SVG or (bare and not known) else ""


def _local(attributes: dict[str, str], spaces: dict[str, str]) -> dict[str, str]:
    """Attributes that drawing needs: those without a prefix, and the older form of links."""
    plain = {name: value for name, value in attributes.items() if ":" not in name}
    for name, value in attributes.items():
        prefix, _, local = name.partition(":")
        if local == "href" and spaces.get(prefix, XLINK) == XLINK:
            plain.setdefault("href", value)
    return plain
