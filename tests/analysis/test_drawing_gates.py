"""Hostile and broken drawings get a clear refusal or a finding, and nothing outside of the file is ever touched."""

from pathlib import Path
from typing import Any

import pytest

from fabqueue.analysis import drawing
from fabqueue.analysis.findings import AnalysisError
from tests.analysis.test_drawing_sizes import HEAD, SQUARE

PAGE = f'<svg {HEAD} width="100mm" height="100mm" viewBox="0 0 100 100">'


def inspect(folder: Path, text: str | bytes, name: str = "drawing.svg") -> dict[str, Any]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return drawing.inspect(path, name).report


def refusal(folder: Path, text: str | bytes, name: str = "drawing.svg") -> str:
    with pytest.raises(AnalysisError) as refused:
        inspect(folder, text, name)
    return refused.value.code


def nested_entities() -> str:
    more = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY a0 "L9 9">{more}]>{PAGE}<path d="M0 0&a9;"/></svg>'


def bomb_of_copies() -> str:
    groups = "".join(f'<g id="u{i}">' + f'<use href="#u{i - 1}"/>' * 10 + "</g>" for i in range(1, 9))
    return f'{PAGE}<defs><g id="u0">{SQUARE}</g>{groups}</defs><use href="#u8"/></svg>'


def chain_of_copies() -> str:
    links = "".join(f'<g id="u{i}"><use href="#u{i - 1}"/></g>' for i in range(1, 900))
    return f'{PAGE}<defs><g id="u0">{SQUARE}</g>{links}</defs><use href="#u899"/></svg>'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (nested_entities(), "drawing_entities"),
        (f'<!DOCTYPE svg [<!ENTITY a "{"L1 1" * 20000}">]>{PAGE}<path d="M0 0&a;"/></svg>', "drawing_entities"),
        (f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>{PAGE}&x;</svg>', "drawing_entities"),
        (f'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd"> %x;]>{PAGE}</svg>', "drawing_entities"),
        (PAGE + "<g>" * 20_000 + SQUARE + "</g>" * 20_000 + "</svg>", "drawing_too_deep"),
        (bomb_of_copies(), "drawing_too_complex"),
        (chain_of_copies(), "drawing_too_deep"),
        (PAGE + "<g/>" * 260_000 + "</svg>", "drawing_too_complex"),
        (f'{PAGE}<path d="M0 0{"L1 2L3 4" * 400_000}"/></svg>', "drawing_too_complex"),
        ("", "drawing_broken_xml"),
        (PAGE + SQUARE, "drawing_broken_xml"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "drawing_broken_xml"),
        (b'<?xml version="1.0" encoding="klingon"?><svg/>', "drawing_broken_xml"),
        ("<html/>", "drawing_not_svg"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("drawing_") else "",
)
def test_it_refuses_what_is_no_drawing_or_would_never_end(tmp_path: Path, text: str | bytes, code: str) -> None:
    assert refusal(tmp_path, text) == code


def test_short_entities_of_illustrator_are_read(tmp_path: Path) -> None:
    space = '<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>'
    body = '<svg xmlns="&ns;" width="10mm" height="10mm" viewBox="0 0 10 10"><path d="M0 0H9" stroke="red"/></svg>'
    assert inspect(tmp_path, space + body)["size_mm"] == [9, 0]


@pytest.mark.parametrize(
    ("declared", "written"),
    [("UTF-16", "utf-8"), ("UTF-16", "utf-16"), ("UTF-8", "latin-1"), ("ISO-8859-1", "utf-8-sig"),
     ("windows-1252", "cp1252"), ("macintosh", "mac-roman"), ("GB2312", "gb2312")],
)  # fmt: skip
def test_a_drawing_is_read_whatever_its_encoding_and_what_it_says_of_it(
    tmp_path: Path, declared: str, written: str
) -> None:
    word = "图" if written == "gb2312" else "ß"
    text = f'<?xml version="1.0" encoding="{declared}"?>{PAGE}{SQUARE}<!-- {word} --></svg>'
    assert inspect(tmp_path, text.encode(written))["size_mm"] == [20, 20]


def test_an_undeclared_prefix_does_not_spoil_the_drawing(tmp_path: Path) -> None:
    text = f'{PAGE}<path d="M0 0H9" stroke="red" th:if="x"/><th:path d="M0 0H50" stroke="red"/></svg>'
    assert inspect(tmp_path, text)["size_mm"] == [9, 0]


@pytest.mark.parametrize("body", ['<g id="a"><use href="#a"/>{}</g>', '{}<use id="u" href="#u"/>'])
def test_copies_of_themselves_are_left_out(tmp_path: Path, body: str) -> None:
    found = inspect(tmp_path, PAGE + body.format(SQUARE) + "</svg>")
    assert found["size_mm"] == [20, 20]
    assert [finding["code"] for finding in found["findings"]] == ["drawing_reference_loop"]


@pytest.mark.parametrize(
    "broken",
    [
        '<path d="M0 0 L nan 5 L inf 3" stroke="red"/>',
        '<path d="M0 0 L1e308 1e308 L-1e308 5z" stroke="red"/>',
        '<polyline points="0 0 1e300 1e300" stroke="red"/>',
        '<circle r="1e200" stroke="red"/>',
        '<path d="M5 5H6 nonsense" stroke="none" fill="none"/><path d="M0 0 L 5" stroke="red"/>',
        '<rect width="5" height="5" transform="scale(1e300)" stroke="red"/>',
    ],
)
def test_impossible_coordinates_are_left_out_and_told(tmp_path: Path, broken: str) -> None:
    found = inspect(tmp_path, PAGE + SQUARE + broken + "</svg>")
    assert found["size_mm"] == [20, 20]
    assert "drawing_path_broken" in {finding["code"] for finding in found["findings"]}


@pytest.mark.parametrize(
    "empty",
    [
        '<path d="M5 5L5 5z" stroke="red"/>' * 200,
        '<circle r="0" stroke="red"/><circle r="-4" stroke="red"/>',
        '<path d="M0 0C0 0 0 0 0 0" stroke="red"/><path stroke="red"/><path d="" stroke="red"/>',
        '<rect width="0" height="10" stroke="red"/><polygon points="1" stroke="red"/><line stroke="red"/>',
        '<path d="M0 0H9" fill="none"/><line x2="9"/>',
        '<rect width="5" height="5" transform="scale(0)" stroke="red"/>',
    ],
)
def test_what_has_no_extent_or_no_paint_is_nothing(tmp_path: Path, empty: str) -> None:
    found = inspect(tmp_path, PAGE + empty + "</svg>")
    assert found["operations"] == []
    assert [finding["code"] for finding in found["findings"]] == ["drawing_nothing_visible"]


def test_arcs_without_radius_are_straight(tmp_path: Path) -> None:
    found = inspect(tmp_path, PAGE + '<path d="M0 0 A0 0 0 0 1 3 4" fill="none" stroke="red"/></svg>')
    assert found["operations"][0]["length_mm"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(100), "drawing_binary_dxf"),
        (b"", "drawing_not_dxf"),
        (b"hello\nworld\n", "drawing_not_dxf"),
        (
            b"0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\nx\n20\n0\n11\n1\n21\n1\n0\nENDSEC\n0\nEOF\n",
            "drawing_broken_dxf",
        ),
    ],
)
def test_it_refuses_what_is_no_dxf(tmp_path: Path, data: bytes, code: str) -> None:
    assert refusal(tmp_path, data, "drawing.dxf") == code
