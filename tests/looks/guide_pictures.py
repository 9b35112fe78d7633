"""The pictures of the guides: which look each one shows, in which size, and how much of it."""

from dataclasses import dataclass

TALL = 900
"""Pixels of a picture's height unless it says otherwise; a guide shows where things are, not a whole page."""


@dataclass(frozen=True)
class GuidePicture:
    """`part`: a selector of what is shown; the top of the page unless given."""

    look: str
    size: str = "desk"
    part: str = ""
    height: int = TALL


PICTURES: dict[str, GuidePicture] = {
    "explore": GuidePicture("explore"),
    "make": GuidePicture("make", height=620),
    "design": GuidePicture("design-mesh", height=1100),
    "design-unit": GuidePicture("design-warned", height=760),
    "design-drawing": GuidePicture("design-drawing", height=1100),
    "job": GuidePicture("job-running", height=1000),
    "project": GuidePicture("project-public"),
    "account": GuidePicture("account"),
    "desk": GuidePicture("desk-review", height=1200),
    "desk-hold": GuidePicture("desk-hold"),
    "tool-printed": GuidePicture("tool-printed", "phone", height=844),
    "tool-doubt": GuidePicture("tool-doubt", "phone", height=844),
    "round": GuidePicture("round", "phone", height=844),
    "settings": GuidePicture("settings"),
    "finding": GuidePicture("find"),
    "imports": GuidePicture("imports"),
    "ticket": GuidePicture("ticket"),
    "materials": GuidePicture("materials"),
    "person": GuidePicture("person", height=1000),
    "machines": GuidePicture("machines"),
    "machine": GuidePicture("machine-admin", height=1000),
}
"""Name in `docs/pictures/made` to what it shows."""
