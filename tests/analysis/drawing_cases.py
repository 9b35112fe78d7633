"""Small SVG drawings with their true length and size, worked out by hand: every way in which a size can hide."""

import math
from dataclasses import dataclass

HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PAGE = 'width="100mm" height="100mm" viewBox="0 0 100 100"'
INCH, PX = 25.4, 25.4 / 96
LINE = '<path d="M0 0H8" stroke="red"/>'
BOX = '<rect width="20" height="10" fill="none" stroke="red"/>'
DEFS = """<defs>
<rect id="r" width="20" height="10" fill="none" stroke="red"/>
<symbol id="s" viewBox="0 0 10 10"><rect width="10" height="10" fill="none" stroke="red"/></symbol>
<symbol id="sized" viewBox="0 0 10 10" width="30" height="30"><rect width="10" height="10" fill="none" stroke="red"/>
</symbol><svg id="n" width="20" height="20" viewBox="0 0 5 5"><rect width="5" height="5" stroke="red"/></svg>
<g id="both"><use href="#r"/><use href="#r" y="20"/></g><symbol id="hid" display="none"><path d="M0 0H9"/></symbol>
<linearGradient id="swatch"><stop stop-color="red"/></linearGradient></defs>"""


@dataclass(frozen=True)
class Case:
    """An SVG document; its visible outline and its extents in mm."""

    text: str
    length: float
    size: tuple[float, float]


def case(body: str, length: float, size: tuple[float, float], attributes: str = PAGE) -> Case:
    return Case(f"<svg {HEAD} {attributes}>{body}</svg>", length, size)


def scaled(attributes: str, scale: float) -> Case:
    """The box of 20 x 10 units on a page where one unit is `scale` mm."""
    return case(BOX, 60 * scale, (20 * scale, 10 * scale), attributes)


def hidden(body: str) -> Case:
    """Something that is not seen, beside a line of 8 mm that is."""
    return case(LINE + body, 8, (8, 0))


def seen(body: str) -> Case:
    """The box of 20 x 10 mm in some disguise."""
    return case(body, 60, (20, 10))


_ROUND = 2 * (14 + 4) + 2 * math.pi * 3

UNITS = {
    "mm": scaled(PAGE, 1.0),
    "cm": scaled('width="10cm" height="10cm" viewBox="0 0 50 50"', 2.0),
    "in": scaled('width="4in" height="4in" viewBox="0 0 8 8"', INCH / 2),
    "pt": scaled('width="72pt" height="72pt" viewBox="0 0 72 72"', INCH / 72),
    "pc": scaled('width="6pc" height="6pc" viewBox="0 0 6 6"', INCH / 6),
    "q": scaled('width="40Q" height="40Q" viewBox="0 0 10 10"', 1.0),
    "mm without a view box": scaled('width="100mm" height="100mm"', PX),
    "mm in a style": scaled('style="width:50mm;height:50mm" viewBox="0 0 100 100"', 0.5),
    "mm in a style sheet": case(
        f"<style>svg {{ width: 50mm; height: 50mm }}</style>{BOX}", 30, (10, 5), 'viewBox="0 0 100 100"'
    ),
    "another shape of page": scaled('width="100mm" height="40mm" viewBox="0 0 20 20"', 2.0),
    "slice": scaled('width="100mm" height="40mm" viewBox="0 0 20 20" preserveAspectRatio="xMinYMin slice"', 5.0),
    "stretched": case(
        BOX, 2 * (100 + 20), (100, 20), 'width="100mm" height="40mm" viewBox="0 0 20 20" preserveAspectRatio="none"'
    ),
    "view box with signs for separators": scaled('width="120mm" height="120mm" viewBox="-10-10,120 120"', 1.0),
    "view box that is wrong": scaled('width="100mm" height="100mm" viewBox="0 0 50px 50px"', PX),
    "root turned": case(BOX, 30, (10, 5), f'{PAGE} transform="scale(.5)"'),
    "shape in inches": seen('<rect width="20" height="0.1in" fill="none" stroke="red" style="height:10px"/>'),
    "shares of the page": seen('<rect width="20%" height="10%" fill="none" stroke="red"/>'),
}
REUSE = {
    "use": seen(f'{DEFS}<use href="#r"/>'),
    "use moved": case(f'{DEFS}<use href="#r"/><use xlink:href="#r" x="10%" y="1cm"/>', 120, (30, 10 + 960 / 25.4)),
    "use turned": case(f'{DEFS}<use href="#r" x="5" transform="rotate(90)"/>', 60, (10, 20)),
    "use in use": case(f'{DEFS}<use href="#both" transform="scale(2)"/>', 240, (40, 60)),
    "use inherits": seen(
        '<defs><rect id="q" width="20" height="10"/></defs><g fill="none" stroke="red"><use href="#q"/></g>'
    ),
    "use of what a style sheet names": seen(
        "<style>.x rect { fill: none; stroke: red } use rect { display: none }</style>"
        '<defs><g class="x"><rect id="q" width="20" height="10"/></g></defs><use href="#q"/>'
    ),
    "symbol": case(f'{DEFS}<use href="#s" width="20" height="50"/>', 80, (20, 20)),
    "symbol as large as the page": case(f'{DEFS}<use href="#s"/>', 400, (100, 100)),
    "symbol with a size of its own": case(f'{DEFS}<use href="#sized"/>', 120, (30, 30)),
    "svg reused": case(f'{DEFS}<use href="#n" width="40"/>', 80, (20, 20)),
    "nested": case(f'<svg x="9" width="40" height="40" viewBox="0 0 40 20">{BOX}</svg>', 60, (20, 10)),
    "nested, shares of it": seen('<svg width="40" height="40"><rect width="50%" height="25%" stroke="red"/></svg>'),
    "nested, its style does not count": case(
        f'<svg style="width:20px;height:20px" viewBox="0 0 50 50">{BOX}</svg>', 120, (40, 20)
    ),
    "the right one of a switch": seen(f'<switch><g requiredExtensions="x">{LINE}</g><g>{BOX}</g>{LINE}</switch>'),
    "language of a switch": seen(
        f'<switch><g systemLanguage="fr">{LINE}</g><g systemLanguage="de, en">{BOX}</g></switch>'
    ),
}
SHAPES = {
    "circle turned": case(
        '<circle r="10" transform="translate(50 50) rotate(37)" stroke="red"/>', 20 * math.pi, (20, 20)
    ),
    "rectangle turned": case(
        '<rect width="30" height="10" transform="rotate(45)" stroke="red"/>', 80, (40 / math.sqrt(2), 40 / math.sqrt(2))
    ),
    "mirrored and sheared": case(
        '<path d="M0 0V30" transform="skewX(45) scale(-1 1)" stroke="red"/>', 30 * math.sqrt(2), (30, 30)
    ),
    "round corners": case('<rect width="20" height="10" rx="3" stroke="red"/>', _ROUND, (20, 10)),
    "round corners, one of two": case('<rect width="20" height="10" rx="-1" ry="3" stroke="red"/>', _ROUND, (20, 10)),
    "ellipse with one radius": case('<ellipse rx="10" stroke="red"/>', 20 * math.pi, (20, 20)),
    "arc": case('<path d="M10 0A10 10 0 0 0 0 10" fill="none" stroke="red"/>', 5 * math.pi, (10, 10)),
    "arc that is too small": case('<path d="M0 0A1 1 0 0 0 20 0" fill="none" stroke="red"/>', 10 * math.pi, (20, 10)),
    "flags without separators": case('<path d="M0 10a10 10 0 1120 0" stroke="red"/>', 10 * math.pi, (20, 10)),
    "curve that is straight": case('<path d="M0 0C10 5 20 10 30 15" stroke="red"/>', 15 * math.sqrt(5), (30, 15)),
    "numbers that touch": case('<path d="M.5.5-.5.5" stroke="red"/>', 1, (1, 0)),
    "goes on after closing": case('<path d="M0 0h20v10h-20zl0 -10" stroke="red"/>', 70, (20, 20)),
    "path in a style": case("""<path style="d:path('M0 0H30')" stroke="red"/>""", 30, (30, 0)),
    "path up to its mistake": case('<path d="M0 0H30 what H90" stroke="red"/>', 30, (30, 0)),
    "points with a mistake": hidden('<polyline points="0 0 30 0 what 50 50" stroke="red"/>'),
    "transform with a mistake": seen(BOX.replace("/>", ' transform="scale(2) what(3)"/>')),
    "transform of a style": case(BOX.replace("/>", ' style="transform:rotate(.25turn)"/>'), 60, (10, 20)),
    "transform of a style without units": seen(BOX.replace("/>", ' style="transform:rotate(90)"/>')),
    "transform about a point": case(
        LINE + BOX.replace("/>", ' transform="rotate(180)" transform-origin="50 50"/>'), 68, (100, 100)
    ),
}
HIDDEN = {
    "display": hidden(f'<g display="none">{BOX}</g>'),
    "display by a class": hidden(f'<style>.off {{ display: none }}</style><g class="off">{BOX}</g>'),
    "display by an attribute": hidden(
        f'<style>[data-layer="off"] {{ display: none }}</style><g data-layer="off">{BOX}</g>'
    ),
    "display by place": hidden(f"<style>path ~ rect:nth-child(3) {{ display: none }}</style>{BOX}"),
    "visibility": hidden(f'<g visibility="hidden">{BOX}</g>'),
    "opacity": hidden(f'<g style="opacity:0.000">{BOX}</g>'),
    "paint without opacity": hidden(BOX.replace("/>", ' stroke-opacity="0%"/>')),
    "colour without opacity": hidden(BOX.replace('"red"', '"rgb(255 0 0 / 0)"')),
    "no paint": hidden('<rect width="20" height="10" fill="none"/>'),
    "paint that is wrong": hidden('<rect width="20" height="10" fill="none" stroke="reddish"/>'),
    "paint that is missing": hidden('<rect width="20" height="10" fill="none" stroke="url(#nowhere)"/>'),
    "important": hidden(
        "<style>rect { stroke: none !important; fill: none }</style>"
        + BOX.replace("stroke=", "style='stroke:red' title=")
    ),
    "clipPath": hidden(f'<clipPath id="c">{BOX}</clipPath>'),
    "defs": hidden(f"<defs>{BOX}</defs>"),
    "mask, marker, pattern": hidden(f"<mask>{BOX}</mask><marker>{BOX}</marker><pattern>{BOX}</pattern>"),
    "symbol nobody uses": hidden(f'<symbol id="x">{BOX}</symbol>'),
    "symbol that is hidden": hidden(f'{DEFS}<use href="#hid" stroke="red"/>'),
    "unknown element": hidden(f"<what>{BOX}</what>"),
    "other namespace": hidden(f'<g xmlns="urn:other">{BOX}</g>'),
    "text": hidden('<text x="10" y="50" stroke="red">Hello</text>'),
    "picture": hidden('<image width="50" height="50" href="data:image/png;base64,iVBORw0KGgo="/>'),
}
SEEN = {
    "shown again": seen(f'<g visibility="hidden"><g visibility="visible">{BOX}</g></g>'),
    "clipped away": seen(
        '<clipPath id="c"><path d="M0 0H1V1Z"/></clipPath>' + BOX.replace("/>", ' clip-path="url(#c)"/>')
    ),
    "thick and dashed": seen(BOX.replace("/>", ' stroke-width="9" stroke-dasharray="1 9"/>')),
    "only filled": seen('<rect width="20" height="10"/>'),
    "stroke of a group": seen('<g fill="none" stroke="red"><rect width="20" height="10"/></g>'),
    "current colour": seen('<g color="red"><rect width="20" height="10" fill="none" stroke="currentColor"/></g>'),
    "variable": seen(
        '<style>:root { --cut: red }</style><rect width="20" height="10" fill="none" stroke="var(--cut)"/>'
    ),
    "named as a gradient": seen(f'{DEFS}<rect width="20" height="10" fill="none" stroke="url(#swatch)"/>'),
    "fallback": seen('<rect width="20" height="10" fill="none" stroke="url(#nowhere) red"/>'),
    "for print only": seen(f"<style>@media print {{ rect {{ display: none }} }}</style>{BOX}"),
    "later rule that is wrong": seen(f"<style>rect {{ stroke: red; stroke: what }}</style>{BOX}"),
    "rule that is not understood": seen(f"<style>rect, rect:what {{ display: none }}</style>{BOX}"),
    "rule of another kind": seen(f'<style type="text/plain">rect {{ display: none }}</style>{BOX}'),
}
CASES = {**UNITS, **REUSE, **SHAPES, **HIDDEN, **SEEN}
