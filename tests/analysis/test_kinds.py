"""A name promises a kind or earns a refusal that says what to export instead."""

import pytest

from fabqueue.analysis.kinds import Kind, kind_of, refusal
from fabqueue.wording import reader


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bracket.stl", Kind.MESH),
        ("BRACKET.STL", Kind.MESH),
        ("C:\\parts\\bracket.3mf", Kind.MESH),
        ("a.b.obj", Kind.MESH),
        ("sign.svg", Kind.DRAWING),
        ("sign.dxf", Kind.DRAWING),
        ("part.gcode", Kind.TOOLPATH),
    ],
)
def test_it_tells_the_kind_from_the_ending(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("part.step", "file_needs_mesh", "STL"),
        ("part.f3d", "file_needs_mesh", "3MF"),
        ("part.SLDPRT", "file_needs_mesh", "STL"),
        ("sign.ai", "file_needs_svg", "SVG"),
        ("sign.pdf", "file_needs_svg", "SVG"),
        ("plan.dwg", "file_needs_dxf", "DXF"),
        ("part.bgcode", "file_needs_text_gcode", "G-code"),
        ("part.gcode.3mf", "file_needs_text_gcode", "G-code"),
        ("photo.jpeg", "file_is_picture", "SVG"),
        ("parts.zip", "file_is_archive", "Unpack"),
        ("notes.docx", "file_format_unknown", "STL"),
        ("README", "file_without_ending", "ending"),
    ],
)
def test_a_refusal_says_what_to_export_instead(name: str, code: str, hint: str) -> None:
    assert kind_of(name) is None
    found, values = refusal(name)
    assert found == code
    assert hint in reader().advice(found, values)
    assert reader().say(found, values)
