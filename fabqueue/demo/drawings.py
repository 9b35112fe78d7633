"""A drawing of the demonstration, by formula: millimetres, closed paths, red is cut and black is engraved."""

from math import cos, pi, sin


def sticker(size: float = 60.0, rays: int = 12) -> bytes:
    """A round window sticker: a sun whose outline is cut and whose middle stays."""
    middle = size / 2
    points = []
    for step in range(rays * 2):
        radius = middle - 2 if step % 2 == 0 else middle * 0.72
        angle = pi * step / rays
        points.append(f"{middle + radius * cos(angle):.2f},{middle + radius * sin(angle):.2f}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}mm" height="{size:g}mm" '
        f'viewBox="0 0 {size:g} {size:g}">\n'
        f'<path d="M {" L ".join(points)} Z" fill="none" stroke="#ff0000" stroke-width="0.1"/>\n'
        f'<circle cx="{middle:g}" cy="{middle:g}" r="{middle * 0.42:.2f}" fill="none" stroke="#ff0000" '
        'stroke-width="0.1"/>\n</svg>\n'
    )
    return svg.encode()


def sign(width: float = 120.0, height: float = 60.0) -> bytes:
    """A sign for the door: its outline and two holes are cut, a frame is scored, an arrow is engraved."""
    holes = "".join(_circle(x, height / 2, 2.5, "#ff0000") for x in (8.0, width - 8.0))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}">\n'
        f'<path d="M 1 1 H {width - 1:g} V {height - 1:g} H 1 Z" fill="none" stroke="#ff0000" stroke-width="0.1"/>\n'
        f'<path d="M 14 8 H {width - 14:g} V {height - 8:g} H 14 Z" fill="none" stroke="#0000ff" stroke-width="0.1"/>\n'
        f'{holes}<path d="M 30 26 H 70 V 18 L 90 30 L 70 42 V 34 H 30 Z" fill="#000000" stroke="none"/>\n</svg>\n'
    )
    return svg.encode()


def _circle(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none" stroke="{colour}" stroke-width="0.1"/>\n'
