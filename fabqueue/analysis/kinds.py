"""What a file is, told from its name alone; and for formats nobody here can read, what to send instead."""

from enum import StrEnum
from pathlib import PurePath


class Kind(StrEnum):
    """The three kinds of designs, as `report.kind` names them."""

    MESH = "mesh"
    DRAWING = "drawing"
    TOOLPATH = "toolpath"


_KINDS = {
    ".stl": Kind.MESH,
    ".3mf": Kind.MESH,
    ".obj": Kind.MESH,
    ".svg": Kind.DRAWING,
    ".dxf": Kind.DRAWING,
    ".gcode": Kind.TOOLPATH,
    ".gco": Kind.TOOLPATH,
    ".g": Kind.TOOLPATH,
}

# the formats that members of workshops bring, by what they have to export instead
_REFUSED = {
    "file_needs_mesh": """
        .step .stp .iges .igs .brep .x_t .x_b .jt .f3d .f3z .sldprt .sldasm .ipt .iam .par .prt .catpart .fcstd .skp
        .3dm .blend .scad .max .c4d .ma .mb .shapr .easm .eprt .ply .amf .glb .gltf .dae .fbx .wrl .x3d .off
        .usdz .vrml""",
    "file_needs_svg": """
        .ai .pdf .eps .ps .cdr .afdesign .svgz .lbrn .lbrn2 .vsd .vsdx .odg .xcf .psd .wmf .emf .plt .hpgl""",
    "file_needs_dxf": ".dwg",
    "file_needs_text_gcode": ".bgcode .gcode.3mf",
    "file_is_picture": ".png .jpg .jpeg .gif .bmp .webp .tif .tiff .heic .avif",
    "file_is_archive": ".zip .rar .7z .tar .gz .tgz .bz2 .xz",
}
_REFUSALS = {ending: code for code, endings in _REFUSED.items() for ending in endings.split()}

EXTENSIONS = tuple(sorted(_KINDS))
"""What can be read, for the file chooser of a page."""


def extension(filename: str) -> str:
    """The lower-case ending of `filename` with its dot; two endings where they mean one format together."""
    name = PurePath(filename.replace("\\", "/")).name.lower()
    return ".gcode.3mf" if name.endswith(".gcode.3mf") else PurePath(name).suffix


def kind_of(filename: str) -> Kind | None:
    """The kind that the ending of `filename` promises, or None for a format that is refused."""
    return _KINDS.get(extension(filename))


def refusal(filename: str) -> tuple[str, dict[str, str]]:
    """Code and values that say why a name with `kind_of(...) is None` is refused and what to export instead."""
    ending = extension(filename)
    shown = ending.removeprefix(".").upper()
    if not shown:
        return "file_without_ending", {}
    return _REFUSALS.get(ending, "file_format_unknown"), {"format": shown}
