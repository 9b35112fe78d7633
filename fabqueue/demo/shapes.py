"""Parts of the demonstration, drawn by formula: millimetres, standing on z = 0, closed, printable without supports."""

import io
from collections.abc import Sequence
from itertools import pairwise
from math import acos, cos, pi, radians, sin, sqrt, tan

import numpy as np
import trimesh
from manifold3d import CrossSection, FillRule, JoinType, Manifold, OpType

Points = Sequence[tuple[float, float]]


def stl(part: Manifold) -> bytes:
    """The part as a binary STL file."""
    mesh = part.to_mesh()
    body = trimesh.Trimesh(np.asarray(mesh.vert_properties)[:, :3], np.asarray(mesh.tri_verts), process=False)
    target = io.BytesIO()
    body.export(target, file_type="stl")
    return target.getvalue()


def cable_clip(cable: float = 6.0, wall: float = 2.4, width: float = 10.0) -> Manifold:
    """A clip that is screwed to a desk and lets a cable of that diameter snap in from above."""
    outer = cable / 2 + wall
    ring = _disc(outer) - _disc(cable / 2) - _plate(cable * 0.72, outer * 2, (0, outer))
    foot = _plate(outer * 2 + 16, wall, (8, wall / 2 - outer)) + _plate(outer, wall, (0, wall / 2 - outer))
    body = (ring + foot).extrude(width)
    hole = _screw_hole(4.2, 8.0, wall).rotate((-90, 0, 0)).translate((outer + 8, -outer, width / 2))
    return body - hole


def knob(diameter: float = 28.0, height: float = 15.0, shaft: float = 6.0, flutes: int = 12) -> Manifold:
    """A knob for a potentiometer or a jig with a D-shaped shaft; fluted for wet fingers."""
    rim = diameter / 2
    grip = _disc(rim, 72)
    for step in range(flutes):
        angle = 2 * pi * step / flutes
        grip -= _disc(rim * 0.13, 16).translate((rim * 1.03 * cos(angle), rim * 1.03 * sin(angle)))
    flat = _disc(shaft / 2 + 0.15, 32) - _plate(shaft, shaft, (0, shaft * 0.83))
    body = grip.extrude(height * 0.72) + grip.extrude(height * 0.28, scale_top=(0.86, 0.86)).translate(
        (0, 0, height * 0.72)
    )
    mark = Manifold.cube((1.6, rim, 1.2), center=True).translate((0, rim * 0.55, height))
    return body - flat.extrude(height * 0.75) - mark


def gear(teeth: int = 18, module: float = 1.5, thickness: float = 6.0, bore: float = 5.0) -> Manifold:
    """A spur gear with involute flanks, 20 degrees pressure angle, a hub and a bore."""
    pitch = module * teeth / 2
    wheel = CrossSection([_gear_outline(teeth, module)], FillRule.Positive)
    hub = _disc(max(bore, pitch * 0.42), 48).extrude(thickness + 4)
    lighten = _ring_of(_disc(pitch * 0.17, 24), 5, pitch * 0.62)
    return (wheel - lighten).extrude(thickness) + hub - _disc(bore / 2 + 0.1, 32).extrude(thickness + 4)


def angle_bracket(leg: float = 34.0, width: float = 16.0, thickness: float = 4.0, screw: float = 4.3) -> Manifold:
    """A right-angled bracket with a gusset and two countersunk holes in each leg."""
    profile = _plate(leg, thickness, (leg / 2, thickness / 2)) + _plate(thickness, leg, (thickness / 2, leg / 2))
    rib = CrossSection([[(thickness, thickness), (leg * 0.6, thickness), (thickness, leg * 0.6)]])
    body = profile.extrude(width) + rib.extrude(3).translate((0, 0, width / 2 - 1.5))
    hole = _screw_hole(screw, screw * 1.9, thickness)
    for z in (width * 0.25, width * 0.75):
        body -= hole.rotate((-90, 0, 0)).translate((leg * 0.78, 0, z))
        body -= hole.rotate((0, 90, 0)).translate((0, leg * 0.78, z))
    return body


def phone_stand(width: float = 36.0, lean: float = 68.0, thickness: float = 4.0) -> Manifold:
    """A stand for a phone: one line bent four times, lying on its side so that the layers take the load."""
    run = 62.0
    top = (run * cos(radians(lean)), run * sin(radians(lean)))
    line = [(-6, 11), (-6, 0), (0, 0), top]
    foot = [(0, 0), (44, 0), (top[0] * 0.62, top[1] * 0.62)]
    return (_stroke(line, thickness) + _stroke(foot, thickness)).extrude(width)


def planter(diameter: float = 52.0, height: float = 36.0, wall: float = 1.6, ribs: int = 10) -> Manifold:
    """A small ribbed pot with a floor, drain holes and a slight flare."""
    outline = [
        ((diameter / 2 + 1.2 * cos(ribs * angle)) * cos(angle), (diameter / 2 + 1.2 * cos(ribs * angle)) * sin(angle))
        for angle in (2 * pi * step / 80 for step in range(80))
    ]
    section = CrossSection([outline])
    inside = section.offset(-wall, JoinType.Round)
    flare = (1.14, 1.14)
    pot = section.extrude(height, scale_top=flare) - inside.extrude(height, scale_top=flare).translate((0, 0, 2.0))
    return pot - _ring_of(_disc(2.0, 16), 5, diameter * 0.22).extrude(4)


def spool_ring(spool: float = 52.0, axle: float = 22.4, height: float = 9.0) -> Manifold:
    """An adapter between the hole of a filament spool and a 608 bearing; the lip keeps it from slipping through."""
    body = (_disc(spool / 2 - 0.2, 72)).extrude(height) + _disc(spool / 2 + 3, 72).extrude(2)
    seat = _disc(axle / 2, 56).extrude(height).translate((0, 0, 2))
    windows = _ring_of(_disc(spool * 0.1, 24), 6, spool * 0.345).extrude(height + 2)
    return body - seat - _disc(axle / 2 - 3, 40).extrude(height) - windows


def name_plate(text: str = "LAB 3", cell: float = 1.8) -> Manifold:
    """A door sign: letters of five by seven dots raised from a plate with rounded corners and two holes."""
    wide = len(text) * 6 * cell
    plate = _plate(wide + 14, 7 * cell + 8, (wide / 2 - cell / 2, 3.5 * cell - cell / 2)).offset(-3, JoinType.Miter)
    plate = plate.offset(3, JoinType.Round, circular_segments=32)
    holes = [_disc(1.7, 24).translate((x, 3 * cell)) for x in (-4.6, wide + 4.6 - cell)]
    base = (plate - holes[0] - holes[1]).extrude(2)
    dots = [
        Manifold.cube((cell * 1.02, cell * 1.02, 1.2), center=True).translate((column * cell, row * cell, 2.5))
        for column, row in _dots(text)
    ]
    return Manifold.batch_boolean([base, *dots], OpType.Add)


def box_hinge(pin: float = 3.0, width: float = 30.0) -> Manifold:
    """One leaf of a hinge: three knuckles of five around a pin cut from filament or wire."""
    knuckle, leaf = pin / 2 + 2.2, 18.0
    section = _disc(knuckle, 40).translate((0, knuckle - 0.2)) + _plate(leaf, 3, (leaf / 2, 1.5))
    full = section.extrude(width)
    gap = width / 5
    for index in (1, 3):
        cut = Manifold.cube((knuckle * 2 + 2, knuckle * 2 + 1, gap + 0.5), center=True)
        full -= cut.translate((-0.5, knuckle, gap * (index + 0.5)))
    bore = _disc(pin / 2 + 0.15, 24).translate((0, knuckle - 0.2)).extrude(width)
    screw = _screw_hole(3.2, 6.2, 3).rotate((-90, 0, 0))
    return full - bore - screw.translate((leaf * 0.72, 0, width * 0.2)) - screw.translate((leaf * 0.72, 0, width * 0.8))


# the pieces parts are made of


def _disc(radius: float, segments: int = 40) -> CrossSection:
    return CrossSection.circle(radius, segments)


def _plate(width: float, depth: float, centre: tuple[float, float] = (0, 0)) -> CrossSection:
    return CrossSection.square((width, depth), center=True).translate(centre)


def _ring_of(piece: CrossSection, count: int, radius: float) -> CrossSection:
    """`count` pieces evenly around the origin."""
    return CrossSection.batch_boolean(
        [piece.translate((radius, 0)).rotate(360 * step / count) for step in range(count)], OpType.Add
    )


def _stroke(line: Points, thickness: float) -> CrossSection:
    """A line drawn with a round pen."""
    pen = thickness / 2
    pieces = [
        CrossSection.batch_hull([_disc(pen, 24).translate(start), _disc(pen, 24).translate(end)])
        for start, end in pairwise(line)
    ]
    return CrossSection.batch_boolean(pieces, OpType.Add)


def _screw_hole(diameter: float, head: float, thickness: float) -> Manifold:
    """A countersunk hole through a plate, from z = 0 up, the head at the top."""
    shaft = Manifold.cylinder(thickness + 2, diameter / 2, circular_segments=28).translate((0, 0, -1))
    depth = (head - diameter) / 2
    sink = Manifold.cylinder(depth, diameter / 2, head / 2, 28).translate((0, 0, thickness - depth + 0.01))
    return shaft + sink


def _gear_outline(teeth: int, module: float) -> list[tuple[float, float]]:
    """All teeth of an involute gear, anticlockwise."""
    pressure = radians(20)
    pitch = module * teeth / 2
    base, tip, root = pitch * cos(pressure), pitch + module, pitch - 1.2 * module
    half = pi / (2 * teeth) + tan(pressure) - pressure
    flank = [max(base, root) + (tip - max(base, root)) * step / 5 for step in range(6)]
    outline = []
    for tooth in range(teeth):
        middle = 2 * pi * tooth / teeth
        rising = [(radius, middle - half + _involute(base / radius)) for radius in flank]
        falling = [(radius, 2 * middle - angle) for radius, angle in reversed(rising)]
        feet = [(root, rising[0][1])], [(root, falling[-1][1])]
        outline += [*feet[0], *rising, *falling, *feet[1]]
    return [(radius * cos(angle), radius * sin(angle)) for radius, angle in outline]


def _involute(ratio: float) -> float:
    """How far the flank has turned where the radius is base / ratio."""
    return sqrt(1 / ratio**2 - 1) - acos(min(1.0, ratio))


def _dots(text: str) -> list[tuple[int, int]]:
    """Column and row of every dot of a text."""
    found = []
    for index, letter in enumerate(text):
        for column, bits in enumerate(_LETTERS[letter]):
            found += [(index * 6 + column, row) for row in range(7) if bits >> (6 - row) & 1]
    return found


# five columns each, the lowest bit is the top dot
_LETTERS = {
    " ": (0, 0, 0, 0, 0), "A": (0x7E, 0x11, 0x11, 0x11, 0x7E), "B": (0x7F, 0x49, 0x49, 0x49, 0x36),
    "E": (0x7F, 0x49, 0x49, 0x49, 0x41), "F": (0x7F, 0x09, 0x09, 0x09, 0x01), "L": (0x7F, 0x40, 0x40, 0x40, 0x40),
    "M": (0x7F, 0x02, 0x0C, 0x02, 0x7F), "O": (0x3E, 0x41, 0x41, 0x41, 0x3E), "P": (0x7F, 0x09, 0x09, 0x09, 0x06),
    "R": (0x7F, 0x09, 0x19, 0x29, 0x46), "S": (0x46, 0x49, 0x49, 0x49, 0x31), "W": (0x3F, 0x40, 0x38, 0x40, 0x3F),
    "H": (0x7F, 0x08, 0x08, 0x08, 0x7F), "K": (0x7F, 0x08, 0x14, 0x22, 0x41), "3": (0x21, 0x41, 0x45, 0x4B, 0x31),
}  # fmt: skip
