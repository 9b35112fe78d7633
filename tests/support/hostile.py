"""Hostile, broken and borderline design files, written by code: what a stranger may upload on a bad day.

`write_all(folder)` writes every case; `MESHES`, `DRAWINGS` and `TOOLPATHS` map names to functions that make the bytes.
"""

import io
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Triangles = NDArray[np.float64]
Case = Callable[[], bytes]

_FACES = [
    (0, 2, 1),
    (0, 3, 2),
    (4, 5, 6),
    (4, 6, 7),
    (0, 1, 5),
    (0, 5, 4),
    (1, 2, 6),
    (1, 6, 5),
    (2, 3, 7),
    (2, 7, 6),
    (3, 0, 4),
    (3, 4, 7),
]


def box(*size: float, at: Iterable[float] = (0, 0, 0)) -> Triangles:
    """The twelve triangles (12, 3, 3) of a box of `size` with its lowest corner `at`, facing outwards."""
    corners = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)], float)
    return (corners * np.array(size) + np.array(list(at), float))[np.array(_FACES)]


def stl(triangles: Triangles, count: int | None = None, tail: bytes = b"", header: bytes = b"") -> bytes:
    """A binary STL file; `count` lies about the number of triangles."""
    facets = np.zeros(len(triangles), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    with np.errstate(over="ignore"):
        facets["corners"] = triangles
    announced = len(triangles) if count is None else count
    return header.ljust(80, b"\0")[:80] + struct.pack("<I", announced) + facets.tobytes() + tail


def text_stl(triangles: Triangles, newline: str = "\n", name: str = "part", form: str = "{:.9g}") -> bytes:
    """A text STL file."""
    lines = [f"solid {name}"]
    for triangle in triangles:
        lines += ["facet normal 0 0 0", "outer loop"]
        lines += ["vertex " + " ".join(form.format(each) for each in corner) for corner in triangle]
        lines += ["endloop", "endfacet"]
    return newline.join([*lines, f"endsolid {name}", ""]).encode()


def model(resources: str, build: str, unit: str = "millimeter", head: str = "") -> str:
    """The main part of a 3MF file."""
    space = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    return (
        f'<?xml version="1.0"?>{head}<model unit="{unit}" xmlns="{space}"><resources>{resources}</resources>'
        f"<build>{build}</build></model>"
    )


def mesh_object(number: int, triangles: Triangles, kind: str = "model") -> str:
    """A 3MF object with corners of its own for every triangle."""
    corners = "".join(f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in triangles.reshape(-1, 3))
    faces = "".join(f'<triangle v1="{3 * k}" v2="{3 * k + 1}" v3="{3 * k + 2}"/>' for k in range(len(triangles)))
    inside = f"<mesh><vertices>{corners}</vertices><triangles>{faces}</triangles></mesh>"
    return f'<object id="{number}" type="{kind}">{inside}</object>'


def threemf(main: str | bytes, **others: str | bytes) -> bytes:
    """A 3MF archive with the model part `main` and `others`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("3D/3dmodel.model", main)
        for name, content in others.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _changed(value: float) -> Triangles:
    triangles = box(20, 20, 20)
    triangles[3, 1, 2] = value
    return triangles


def _soup(count: int) -> Triangles:
    return np.random.default_rng(0).random((count, 3, 3)) * 100


def _slivers(count: int) -> Triangles:
    random = np.random.default_rng(0).random((3, count, 2)) * 200
    heights = [np.zeros(count), np.full(count, 200.0), np.random.default_rng(1).random(count) * 200]
    return np.stack([np.c_[corner, height] for corner, height in zip(random, heights, strict=True)], axis=1)


def _fan(count: int) -> Triangles:
    turn = np.linspace(0, 2 * np.pi, count + 1)
    rim = np.c_[np.cos(turn), np.sin(turn), np.zeros(count + 1)] * 50
    return np.stack([np.zeros((count, 3)), rim[:-1], rim[1:] + np.array([0, 0, 1])], axis=1)


def _many_bodies(side: int) -> Triangles:
    return np.concatenate(
        [box(2, 2, 2, at=(3 * i, 3 * j, 3 * k)) for i in range(side) for j in range(side) for k in range(side)]
    )


def _components(levels: int, fan: int) -> str:
    nested = "".join(
        f'<object id="{k}"><components>' + f'<component objectid="{k - 1}"/>' * fan + "</components></object>"
        for k in range(2, levels + 1)
    )
    return model(mesh_object(1, box(1, 1, 1)) + nested, f'<item objectid="{levels}"/>')


def _zip_bomb() -> bytes:
    corner = '<vertex x="0" y="0" z="0"/>'
    whole = model(f'<object id="1"><mesh><vertices>{corner * 8_000_000}</vertices><triangles/></mesh></object>', "")
    return threemf(whole)


def _many_members() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(5000):
            archive.writestr(f"m{number}", b"")
    return packed.getvalue()


def _entities() -> str:
    nested = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    return f'<!DOCTYPE model [<!ENTITY a0 "1">{nested}]>'


_CUBE_OBJ = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n"

MESHES: dict[str, Case] = {
    "empty.stl": lambda: b"",
    "one_byte.stl": lambda: b"s",
    "header_only.stl": lambda: b"\0" * 84,
    "picture.stl": lambda: b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(5000),
    "words.stl": lambda: b"solid ground is what we stand on\n" * 300,
    "four_billion.stl": lambda: stl(box(20, 20, 20), 0xFFFFFFFF),
    "counts_too_few.stl": lambda: stl(box(20, 20, 20), 6),
    "counts_too_many.stl": lambda: stl(box(20, 20, 20), 13),
    "counts_none.stl": lambda: stl(box(20, 20, 20), 0),
    "tail.stl": lambda: stl(box(20, 20, 20), tail=b"color=red"),
    "cut_off.stl": lambda: stl(box(20, 20, 20))[:-20],
    "says_solid.stl": lambda: stl(box(20, 20, 20), header=b"solid facet made by a program"),
    "nan.stl": lambda: stl(_changed(np.nan)),
    "infinite.stl": lambda: stl(_changed(np.inf)),
    "all_nan.stl": lambda: stl(np.full((12, 3, 3), np.nan)),
    "huge.stl": lambda: stl(box(20, 20, 20) * 1e30),
    "largest_floats.stl": lambda: stl((box(1, 1, 1) - 0.5) * 6.8e38),
    "tiny.stl": lambda: stl(box(20, 20, 20) * 1e-30),
    "far_away.stl": lambda: stl(box(20, 20, 20, at=(1e7, 1e7, 1e7))),
    "all_zero.stl": lambda: stl(np.zeros((200_000, 3, 3))),
    "flat.stl": lambda: stl(box(20, 20, 0)),
    "one_triangle.stl": lambda: stl(box(20, 20, 20)[:1]),
    "random_soup.stl": lambda: stl(_soup(500_000)),
    "tall_slivers.stl": lambda: stl(_slivers(20_000)),
    "fan.stl": lambda: stl(_fan(100_000)),
    "many_bodies.stl": lambda: stl(_many_bodies(32)),
    "too_many_triangles.stl": lambda: b"\0" * 80 + struct.pack("<I", 3_000_000) + b"\0" * 150_000_000,
    "text_no_end.stl": lambda: text_stl(box(20, 20, 20)).rpartition(b"endsolid")[0],
    "text_same_200k.stl": lambda: text_stl(np.tile([[[0, 0, 0], [1, 0, 0], [0, 1, 0.0]]], (200_000, 1, 1))),
    "text_cut_off.stl": lambda: text_stl(box(20, 20, 20))[:-150],
    "text_words.stl": lambda: text_stl(box(20, 20, 20)).replace(b"20 20 20", b"20 twenty 20"),
    "text_nan.stl": lambda: text_stl(_changed(np.nan)),
    "text_old_mac.stl": lambda: text_stl(box(20, 20, 20), newline="\r"),
    "text_windows.stl": lambda: text_stl(box(20, 20, 20), newline="\r\n"),
    "text_capitals.stl": lambda: text_stl(box(20, 20, 20)).upper(),
    "text_one_line.stl": lambda: text_stl(box(20, 20, 20), newline=" "),
    "text_nothing.stl": lambda: b"solid nothing\nendsolid nothing\n",
    "text_endless_name.stl": lambda: b"solid " + b"facet" * 4_000_000,
    "not_a_zip.3mf": lambda: stl(box(20, 20, 20)),
    "empty_zip.3mf": lambda: b"PK\x05\x06" + b"\0" * 18,
    "zip_bomb.3mf": _zip_bomb,
    "many_members.3mf": _many_members,
    "component_bomb.3mf": lambda: threemf(_components(9, 10)),
    "component_chain.3mf": lambda: threemf(_components(2000, 1)),
    "component_loop.3mf": lambda: threemf(
        model('<object id="1"><components><component objectid="1"/></components></object>', '<item objectid="1"/>')
    ),
    "missing_object.3mf": lambda: threemf(model(mesh_object(1, box(1, 1, 1)), '<item objectid="7"/>')),
    "no_build.3mf": lambda: threemf(model(mesh_object(1, box(1, 1, 1)), "")),
    "wrong_index.3mf": lambda: threemf(
        model(mesh_object(1, box(9, 9, 9)).replace('v1="3"', 'v1="99999"'), '<item objectid="1"/>')
    ),
    "no_number.3mf": lambda: threemf(
        model(mesh_object(1, box(9, 9, 9)).replace('x="9"', 'x="nine"'), '<item objectid="1"/>')
    ),
    "nan_transform.3mf": lambda: threemf(
        model(mesh_object(1, box(9, 9, 9)), f'<item objectid="1" transform="{"nan " * 12}"/>')
    ),
    "bad_xml.3mf": lambda: threemf("<model><resources>"),
    "entities.3mf": lambda: threemf(model("", "&a9;", head=_entities())),
    "outside_entity.3mf": lambda: threemf(
        model("", "&x;", head='<!DOCTYPE model [<!ENTITY x SYSTEM "file:///etc/hostname">]>')
    ),
    "deep.3mf": lambda: threemf(model("<a>" * 50_000 + "</a>" * 50_000, "")),
    "no_faces.obj": lambda: _CUBE_OBJ.encode(),
    "wrong_index.obj": lambda: (_CUBE_OBJ + "f 1 2 99\n").encode(),
    "zero_index.obj": lambda: (_CUBE_OBJ + "f 0 1 2\n").encode(),
    "words.obj": lambda: b"v for victory\nf for fame\n" * 100,
    "binary.obj": lambda: np.random.default_rng(0).bytes(100_000),
    "endless_line.obj": lambda: _CUBE_OBJ.encode() + b"f" + b" 1" * 2_000_000,
    "many_lines.obj": lambda: b"v 0 0 0\n" * 5_000_000,
    "names_files.obj": lambda: b"mtllib /etc/passwd\nusemtl x\n" + _CUBE_OBJ.encode() + b"f 1 2 3\n",
}

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100mm" height="100mm" '
    'viewBox="0 0 100 100">{}</svg>'
)


def svg(content: str, head: str = "") -> bytes:
    """An SVG of 100 x 100 mm."""
    return (head + _SVG.replace("{}", content)).encode()


def _use_bomb() -> bytes:
    levels = "".join(f'<g id="u{k}">' + f'<use xlink:href="#u{k - 1}"/>' * 10 + "</g>" for k in range(1, 9))
    return svg(f'<defs><g id="u0"><path d="M0 0L1 1"/></g>{levels}</defs><use xlink:href="#u8"/>')


def _laughs() -> bytes:
    nested = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    return svg('<path d="&a9;"/>', f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "M0 0L9 9">{nested}]>')


def _blanks() -> bytes:
    """Blanks without end, where patterns with several ways to read them would try every one."""
    blank = " " * 300_000
    shapes = (
        f'<polyline points="0 0{blank}x"/>', f'<path d="M0 0L9 9{blank}x" transform="scale(1{blank}x"/>',
        f'<path d="M0 0L9 9" fill="url({blank}" stroke="rgb(1{blank}x"/>', f'<rect width="1{blank}x" height="9"/>',
        f'<path d="M0 0L9 9" style="stroke:var({blank};transform:scale(1{blank}x"/>', f'<path d="M0 0L9 9z{blank}x"/>',
    )  # fmt: skip
    return svg("".join(shapes) + f"<style>.a[b{blank}x{{stroke:red}} .a{blank}{{stroke:red}} /*{blank}</style>")


DRAWINGS: dict[str, Case] = {
    "empty.svg": lambda: b"",
    "picture.svg": lambda: b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(5000),
    "entities.svg": _laughs,
    "quadratic.svg": lambda: svg(
        '<path d="M0 0' + "&a;" * 200 + '"/>', f'<!DOCTYPE svg [<!ENTITY a "{"L1 1" * 20_000}">]>'
    ),
    "outside_entity.svg": lambda: svg(
        '<path id="p" d="M0 0 L10 10 &x;"/>', '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    ),
    "deep.svg": lambda: svg('<g transform="translate(1)">' * 20_000 + '<path d="M0 0L1 1"/>' + "</g>" * 20_000),
    "use_bomb.svg": _use_bomb,
    "use_self.svg": lambda: svg('<g id="a"><use xlink:href="#a"/><path d="M0 0L9 9"/></g>'),
    "million_segments.svg": lambda: svg('<path d="M0 0' + "L1 2L3 4" * 500_000 + '"/>'),
    "many_lines.svg": lambda: svg(
        "".join(f'<line x2="{k % 97}" y2="{k // 900}" stroke="red"/>' for k in range(100_000))
    ),
    "nan.svg": lambda: svg('<path stroke="red" d="M0 0 L nan 5 L inf 3"/>'),
    "largest_numbers.svg": lambda: svg('<path stroke="red" d="M0 0 L1e308 1e308 L-1e308 5z"/>'),
    "no_length.svg": lambda: svg('<path stroke="red" d="M5 5L5 5z"/>' * 2000 + '<circle r="0"/>'),
    "remote_image.svg": lambda: svg('<image xlink:href="http://127.0.0.1:9/x.png" width="10" height="10"/>'),
    "script.svg": lambda: svg('<script>alert(1)</script><path stroke="red" d="M0 0L1 1" onclick="alert(1)"/>'),
    "many_blanks.svg": _blanks,
    "many_rules.svg": lambda: svg(
        "<style>"
        + "".join(f"g path:nth-of-type({k}n+1){{stroke:red}}" for k in range(1, 400))
        + "</style><g>"
        + '<path d="M0 0L9 9"/>' * 2_000
        + "</g>"
    ),
    "endless_variables.svg": lambda: svg(
        "<style>:root{--a:var(--b)var(--b);--b:var(--a)var(--a)}path{stroke:var(--a);fill:var(--a)}</style>"
        '<path d="M0 0L9 9"/>'
    ),
    "empty.dxf": lambda: b"",
    "picture.dxf": lambda: b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(5000),
    "cut_off.dxf": lambda: b"0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\n",
}

TOOLPATHS: dict[str, Case] = {
    "empty.gcode": lambda: b"",
    "binary.gcode": lambda: b"GCDE" + np.random.default_rng(0).bytes(5000),
    "words.gcode": lambda: b"once upon a time\n" * 1000,
    "endless_line.gcode": lambda: b"G1 X" + b"9" * 10_000_000,
    "wrong_numbers.gcode": lambda: b"G1 X1e999 Y--3 Znan E1\n" * 1000,
    "far_away.gcode": lambda: b"G28\nG1 X1e30 Y1e30 Z1e30 E5\n",
    "deep_comments.gcode": lambda: b"; filament used [mm] = " + b"1," * 100_000 + b"\nG1 X1 Y1 E1\n",
}

CASES = {**MESHES, **DRAWINGS, **TOOLPATHS}


def write_all(folder: Path) -> list[Path]:
    """Write every case into `folder`; returns the files."""
    for name, make in CASES.items():
        (folder / name).write_bytes(make())
    return [folder / name for name in CASES]
