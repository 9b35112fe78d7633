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
