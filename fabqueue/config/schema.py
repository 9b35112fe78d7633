"""Every setting with its default, unit, bounds and documentation: a frozen dataclass for each section.

A field's metadata carries what is known of it, so that `config.example.toml`, the checks, the lab's own page of
settings and the documentation have one source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from fabqueue.config.colours import USUAL_COLOURS, colour_map

LINES = 200
"""A text that may be longer is written in lines."""
LOGO_TYPES = {
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
}  # fmt: skip
"""Endings that a logo may have, and the type each is served with."""


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    secret: bool = False,
    adjustable: bool = False,
    longest: int = 120,
) -> Any:
    """A documented field: `unit` and bounds are for people and for the checks.

    `adjustable`: the lab decides it on its settings page, unless the file or the environment does. Its words stand in
    `fabqueue/wording/policy.py`. `longest`: characters that such a text may have (see LINES).
    """
    metadata = {
        "doc": doc, "unit": unit, "least": least, "most": most, "choices": choices, "secret": secret,
        "adjustable": adjustable, "longest": longest,
    }  # fmt: skip
    if isinstance(default, tuple):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class SiteSettings:
    name: str = setting("Our Fab Lab", "The lab's own name, shown in the header and in messages.", adjustable=True)
    public_url: str = setting(
        "http://127.0.0.1:8000",
        "The address people open. With https:// sign-in cookies "
        "are marked Secure; with http:// they are not, so that sign-in works on a local address.",
        adjustable=True,
    )
    time_zone: str = setting(
        "UTC", "IANA time zone in which due dates and opening hours are read, e.g. Europe/Berlin.", adjustable=True
    )
    currency: str = setting(
        "EUR", "ISO 4217 code. Money is kept in its minor units; do not change it once used.", adjustable=True
    )
    language: str = setting(
        "en", "Language for visitors whose browser asks for none of ours.", choices=("en", "zh_Hans"), adjustable=True
    )
    job_prefix: str = setting("J", "Letters before a job's number: J gives J-2419.")
    licence: str = setting(
        "CC-BY-4.0",
        "SPDX expression proposed to authors who never chose a licence, e.g. CERN-OHL-S-2.0.",
    )
    logo: str = setting(
        "", "Picture beside the name in the header: an SVG, PNG, JPEG or WebP file; relative to this file. Empty: ours."
    )
    welcome_title: str = setting("", "Headline of the first page, a few words. Empty: FabQueue's own.", adjustable=True)
    welcome: str = setting(
        "", "Words of welcome below it, one or two sentences. Empty: FabQueue's own.", adjustable=True, longest=400
    )
    house_rules: str = setting(
        "",
        "House rules: a Markdown file, a page of its own, linked from every page; relative to this file. Empty: none.",
    )


@dataclass(frozen=True)
class ServerSettings:
    host: str = setting("127.0.0.1", "Address the web server listens on; 0.0.0.0 for the whole local network.")
    port: int = setting(8000, "Port the web server listens on.", least=1, most=65535)
    workers: int = setting(1, "Web processes.", least=1, most=64)
    threads: int = setting(8, "Threads of each web process.", least=1, most=128)
    trusted_proxies: int = setting(
        0, "Reverse proxies in front of FabQueue whose X-Forwarded headers are believed.", least=0, most=5
    )
    secret_key: str = setting(
        "",
        "Signs sessions. Empty: made once and kept in the data folder. Set it when several hosts serve one site.",
        secret=True,
    )


@dataclass(frozen=True)
class DataSettings:
    folder: str = setting("data", "Folder for files, backups and FabQueue's own Valkey; relative to this file.")
    database: str = setting(
        "",
        "SQLAlchemy address, e.g. postgresql+psycopg://user:password@host/fabqueue. Empty: SQLite in the data folder.",
        secret=True,
    )
    redis: str = setting(
        "",
        "Address of a Valkey or Redis 7 server, e.g. redis://host:6379/0. Empty: `fabqueue serve` "
        "runs its own on a socket in the data folder.",
        secret=True,
    )


@dataclass(frozen=True)
class UploadSettings:
    largest_mb: int = setting(100, "Largest design file.", unit="MB", least=1, most=2000)
    photo_mb: int = setting(40, "Largest photo, as it comes from the camera.", unit="MB", least=1, most=200)
    per_hour: int = setting(
        120,
        "Uploads that one account may make in an hour, designs and photos.",
        least=1,
        most=100_000,
        adjustable=True,
    )
    kept_mb: int = setting(
        5000,
        "Sum of design files and photos that one account may keep.",
        unit="MB",
        least=10,
        most=10_000_000,
        adjustable=True,
    )
    guests_kept_mb: int = setting(
        5000,
        "Sum of design files that all guests together may keep.",
        unit="MB",
        least=10,
        most=10_000_000,
        adjustable=True,
    )


@dataclass(frozen=True)
class AnalysisSettings:
    memory_mb: int = setting(3000, "Memory that reading one design may take.", unit="MB", least=500)
    cpu_seconds: int = setting(25, "Processor time that reading one design may take.", unit="s", least=5)
    wall_seconds: int = setting(60, "Time that reading one design may take.", unit="s", least=5)
    estimates_per_hour: int = setting(
        120, "How often one account may ask in an hour what settings cost that nobody asked for before.", least=1
    )
    estimates_at_once: int = setting(
        2, "How many such questions each web process works out at the same time.", least=1, most=64
    )


@dataclass(frozen=True)
class DrawingSettings:
    """How drawings for lasers are understood where neither machine model nor member says otherwise."""

    colours: str = setting(
        USUAL_COLOURS,
        "What the colours of drawings stand for: cut, score, engrave or ignored. A colour is a name of CSS or #rrggbb; "
        "entries stand between commas. What is not named, and looks like none of them, is never burnt.",
        adjustable=True, longest=800,
    )  # fmt: skip
    kerf_mm: float = setting(
        0.2,
        "Width of the gap that a laser leaves, as long as no machine and material are chosen: what is narrower than it "
        "is pointed out.",
        unit="mm", least=0, most=5,
    )  # fmt: skip

    @property
    def colour_map(self) -> dict[str, str]:
        """Operations by colours ("#rrggbb")."""
        return colour_map(self.colours)


@dataclass(frozen=True)
class SlicerSettings:
    program: str = setting("", "PrusaSlicer's program. Empty: prusa-slicer or PrusaSlicer on the PATH.")
    memory_mb: int = setting(4000, "Memory that slicing one run may take.", unit="MB", least=500)
    cpu_seconds: int = setting(600, "Processor time that slicing one run may take.", unit="s", least=10)
    wall_seconds: int = setting(900, "Time that slicing one run may take.", unit="s", least=10)


@dataclass(frozen=True)
class MachineSettings:
    poll_seconds: float = setting(2.0, "How often each machine is asked for its state.", unit="s", least=0.2, most=60)
    profiles: str = setting("", "Folder with machine profiles of your own, one folder each, besides those shipped.")
    picture_seconds: int = setting(10, "How often a camera picture is fetched while a machine runs.", unit="s", least=1)
    staged_most: int = setting(3, "How many files may wait at a laser for somebody to arm them.", least=1, most=50)
    arm_seconds: int = setting(
        120, "How long a laser may be started after a person armed it. Then it has to be armed anew.",
        unit="s", least=10, most=600,
    )  # fmt: skip
    laser_longest_minutes: int = setting(
        120, "The longest run of a laser. A longer one cannot be armed, and one that goes on for longer is stopped.",
        unit="minutes", least=1, most=1440,
    )  # fmt: skip
    presence_minutes: int = setting(
        5, "How often whoever armed a laser is asked whether they are still there. When nobody answers, technicians "
        "are told. 0: nobody is asked.", unit="minutes", least=0, most=120,
    )  # fmt: skip


@dataclass(frozen=True)
class LaserSettings:
    refused: str = setting(
        "",
        "Names of materials that must not go under a laser here, besides those FabQueue knows of, with commas between.",
        longest=2000,
    )
    approved: str = setting(
        "", "Names of materials that may, although FabQueue does not know them or refuses them.", longest=2000
    )


@dataclass(frozen=True)
class QueueSettings:
    """Which waiting job goes first. Each rule has a sentence in docs/technicians/order.md."""

    fair_share: float = setting(
        1.0,
        "Each hour of machine time that a member used lately, or has waiting before a job, counts like this many hours "
        "that the job was approved later. 0: how much somebody makes does not matter.",
        unit="h", least=0, most=100,
    )  # fmt: skip
    fair_share_days: int = setting(7, "How many days of use fair_share looks back.", unit="d", least=1, most=365)
    shortest_first: float = setting(
        0.5,
        "Each hour that a job takes counts like this many hours that it was approved later. "
        "0: its length does not matter.",
        unit="h", least=0, most=100,
    )  # fmt: skip
    overtaken_hours: float = setting(
        48.0,
        "The two rules above let no job be overtaken by one approved more than this long after it. "
        "0: whoever is approved first goes first.",
        unit="h", least=0, most=8760,
    )  # fmt: skip
    due_hours: float = setting(
        24.0,
        "A job that would miss the day it is needed by, unless it starts within this time, goes before those of its "
        "priority that have longer. 0: such days are shown and change nothing.",
        unit="h", least=0, most=720,
    )  # fmt: skip
    preference_hours: int = setting(
        4,
        "How long after its approval a job waits for the machine it prefers, while others are free. "
        "One that needs its machine always waits.",
        unit="hours", least=0, most=720, adjustable=True,
    )  # fmt: skip
    spread_hours: int = setting(
        0,
        "Copies of one job are divided over several machines of its model so that none works longer on them than this, "
        "as far as there are machines in service. 0: they are made together, unless somebody says on how many.",
        unit="hours", least=0, most=720, adjustable=True,
    )  # fmt: skip
    alone_hours: int = setting(
        12,
        "The longest stretch without anybody in the lab that a machine may work through, where its page allows it to "
        "work alone at all and names no other figure. Without opening hours somebody counts as always there.",
        unit="hours", least=1, most=168, adjustable=True,
    )  # fmt: skip
    certified_only: bool = setting(
        False,
        "Whether machines that need a certification take only jobs of members who have it. "
        "Otherwise it decides only who may start and clear them.",
        adjustable=True,
    )
    clearing_minutes: int = setting(
        10,
        "How long it usually takes until somebody has cleared a bed, while the lab is open. The forecast uses it until "
        "it has seen enough clears to know better.",
        unit="minutes", least=0, most=1440, adjustable=True,
    )  # fmt: skip
    plates: bool = setting(
        False,
        "Whether small jobs of one material and the same settings are laid together on one bed without anybody asking, "
        "when a machine will soon be free. Off: technicians are offered it.",
        adjustable=True,
    )
    plate_days: str = setting(
        "",
        "Days on which they are, without `plates`: of a workshop with a class, say. At the lab's time, such as "
        "2026-12-03, 2026-12-10 to 2026-12-12.",
        adjustable=True, longest=400,
    )  # fmt: skip
    plate_hours: float = setting(6.0, "The longest run that jobs are laid together for.", unit="h", least=0, most=240)
    plate_parts: int = setting(20, "The most parts that are laid together: all are lost when one comes loose.",
                               least=2, most=200)  # fmt: skip


@dataclass(frozen=True)
class MoneySettings:
    price_tolerance_percent: int = setting(
        10,
        "When slicing finds a job dearer than its quote by more than this, the "
        "member is asked. Below it the quote stands.",
        unit="%",
        least=0,
        most=100,
        adjustable=True,
    )
    minimum_balance: str = setting(
        "",
        "Lowest balance an account may reach by holds, e.g. 0.00 for pay first or -20.00. "
        "Empty: members pay when they collect, no limit.",
        adjustable=True,
    )
    free_grams: int = setting(0, "Material that is free in each job.", unit="g", least=0, most=100_000, adjustable=True)
    maker_fault_percent: int = setting(
        100,
        "What a maker pays for copies that failed through the maker's own fault: this much of their part of the "
        "price, as far as they were made. A machine's fault is always free. 0: every failure is free.",
        unit="%",
        least=0,
        most=100,
        adjustable=True,
    )


@dataclass(frozen=True)
class PeopleSettings:
    sign_up: str = setting(
        "open",
        "Who may make an account: open (anybody who reaches the page) or closed "
        "(technicians and admins make accounts).",
        choices=("open", "closed"),
        adjustable=True,
    )
    shortest_password: int = setting(10, "Fewest characters of a password.", least=8, most=64, adjustable=True)
    session_days: int = setting(
        30, "How long a sign-in lasts without use.", unit="days", least=1, most=3650, adjustable=True
    )
    reset_hours: int = setting(
        24, "How long a link for a new password works.", unit="hours", least=1, most=8760, adjustable=True
    )
    guests: str = setting(
        "on",
        "Whether people without an account may ask for something: on (they follow it by a code) or off.",
        choices=("on", "off"),
        adjustable=True,
    )
    guests_per_hour: int = setting(
        60,
        "Requests of guests in an hour from one address; a class or a fair sits behind one.",
        least=1,
        most=100_000,
        adjustable=True,
    )


@dataclass(frozen=True)
class MailSettings:
    host: str = setting("", "SMTP server. Empty: no mail is sent; notices stay in the application.")
    port: int = setting(587, "SMTP port.", least=1, most=65535)
    security: str = setting("starttls", "How the connection is protected.", choices=("starttls", "tls", "none"))
    user: str = setting("", "SMTP user name; empty when the server asks for none.")
    password: str = setting("", "SMTP password.", secret=True)
    sender: str = setting("", "Address that mail comes from; required with a host.")


@dataclass(frozen=True)
class RetentionSettings:
    deleted_days: int = setting(
        30, "How long deleted things can be restored.", unit="days", least=1, most=36_500, adjustable=True
    )
    draft_days: int = setting(
        90, "How long drafts nobody submits are kept.", unit="days", least=1, most=36_500, adjustable=True
    )
    gcode_days: int = setting(
        90, "How long sliced files of ended runs are kept.", unit="days", least=1, most=36_500, adjustable=True
    )
    picture_days: int = setting(
        14, "How long camera pictures are kept.", unit="days", least=1, most=36_500, adjustable=True
    )


@dataclass(frozen=True)
class LogSettings:
    level: str = setting(
        "info", "Least important message that is logged.", choices=("debug", "info", "warning", "error")
    )
    format: str = setting("text", "One line for people (text) or for programs (json).", choices=("text", "json"))


@dataclass(frozen=True)
class MetricsSettings:
    token: str = setting("", "Bearer token that /metrics asks for. Empty: /metrics answers 404, unless it is open.",
                         secret=True)  # fmt: skip
    open: bool = setting(False, "Whether /metrics answers anybody who reaches the server, without a token.")


@dataclass(frozen=True)
class Config:
    """All settings. `base` is the folder that relative paths start from."""

    site: SiteSettings = field(default_factory=SiteSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    data: DataSettings = field(default_factory=DataSettings)
    uploads: UploadSettings = field(default_factory=UploadSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    drawings: DrawingSettings = field(default_factory=DrawingSettings)
    slicer: SlicerSettings = field(default_factory=SlicerSettings)
    machines: MachineSettings = field(default_factory=MachineSettings)
    lasers: LaserSettings = field(default_factory=LaserSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    money: MoneySettings = field(default_factory=MoneySettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    log: LogSettings = field(default_factory=LogSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    base: Path = Path()
    fixed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What the file or the environment says ("site.name"), with the name of the file or the variable that says it."""

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return (self.base / self.data.folder).resolve()

    def beside(self, name: str) -> Path | None:
        """A file that a setting names, relative to the configuration; None where it names none."""
        return (self.base / name).resolve() if name else None

    @property
    def database_url(self) -> str:
        return self.data.database or f"sqlite:///{self.folder / 'fabqueue.sqlite3'}"

    @property
    def own_redis_socket(self) -> Path:
        return self.folder / "valkey" / "valkey.sock"

    @property
    def redis_url(self) -> str:
        return self.data.redis or f"unix://{self.own_redis_socket}?db=0"

    @property
    def is_https(self) -> bool:
        return self.site.public_url.startswith("https://")

    @property
    def extra_profiles(self) -> Path | None:
        return self.base / self.machines.profiles if self.machines.profiles else None


def sections() -> dict[str, type[Any]]:
    """Section name to its dataclass, in the order of the example file."""
    return {each.name: each.default_factory for each in fields(Config) if each.name not in {"base", "fixed"}}  # type: ignore[misc]
