"""What the lab of these tests has: one of everything a page can be about."""

from dataclasses import dataclass, field

from fabqueue.models import Person


@dataclass
class Everything:
    """What the addresses of pages are filled with: slugs, codes and ids."""

    people: dict[str, Person] = field(default_factory=dict)
    """Keys: member, other, technician, instructor, admin."""
    sign_ins: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """What the cookie of each of them holds."""
    designs: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """What happened to a job, to its code."""
    machines: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    project_ids: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    stocks: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Of several jobs: one that its owner still fills, one that was sent."""
    notes: list[str] = field(default_factory=list)
    """Of the handover: one that is open, one that is done."""
    services: list[str] = field(default_factory=list)
    certifications: list[tuple[str, str]] = field(default_factory=list)
    """(user name, id)."""
    photos: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    secret: str = ""
    """Of a link for a new password."""
    showcases: list[str] = field(default_factory=list)
    showcase_ids: list[str] = field(default_factory=list)
    slides: list[str] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    screen_secret: str = ""
    kiosk_secret: str = ""
    """Of the screen beside the lasers."""
    staged: list[tuple[str, str]] = field(default_factory=list)
    """(slug of a laser, id of a run that is or was staged there)."""
    burning: list[tuple[str, str]] = field(default_factory=list)
    """(machine model, material) of what lasers burn."""
