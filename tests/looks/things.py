"""What the pictured lab has, kept beside it: the addresses of pages are made of it."""

from dataclasses import dataclass, field


@dataclass
class Things:
    """What the addresses of pages are made of."""

    people: dict[str, str] = field(default_factory=dict)
    """User name to what the cookie of a signed-in browser says."""
    designs: dict[str, str] = field(default_factory=dict)
    """File name to the design's id."""
    revisions: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """What happened to a job, to its code."""
    projects: dict[str, str] = field(default_factory=dict)
    """Title to slug."""
    runs: dict[str, str] = field(default_factory=dict)
    candidates: dict[str, str] = field(default_factory=dict)
    photos: list[str] = field(default_factory=list)
    requests: dict[str, str] = field(default_factory=dict)
    """Whose it is, to its id: Mia's gathers, Noor's was sent."""
    services: dict[str, str] = field(default_factory=dict)
    stock: str = ""
    pile: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    """What was brought in, to its id."""
    guest: str = ""
    """User name of somebody without an account."""
    token: str = ""
    certification: str = ""
    setup_code: str = ""
    """Of the installation that nobody has set up."""
    secret: str = ""
    kiosk_secret: str = ""
    """Of a link for a new password."""
    showcases: dict[str, str] = field(default_factory=dict)
    """What is in a showcase, to its slug."""
    slide: str = ""
    screen: str = ""
    screen_secret: str = ""
