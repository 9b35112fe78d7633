"""Settings: read once from TOML and the environment into one frozen object; every fault is reported at once.

Each section is a frozen dataclass. A field's metadata carries its documentation, unit and bounds, so that
`config.example.toml`, the checks and the documentation have one source.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import list_currencies

PREFIX = "FABQUEUE_"


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """A documented field: `unit` and bounds are for people and for the checks."""
    metadata = {"doc": doc, "unit": unit, "least": least, "most": most, "choices": choices, "secret": secret}
    if isinstance(default, tuple):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class SiteSettings:
    name: str = setting("Our Fab Lab", "The lab's own name, shown in the header and in messages.")
    public_url: str = setting(
        "http://127.0.0.1:8000",
        "The address people open. With https:// sign-in cookies "
        "are marked Secure; with http:// they are not, so that sign-in works on a local address.",
    )
    time_zone: str = setting("UTC", "IANA time zone in which due dates and opening hours are read, e.g. Europe/Berlin.")
    currency: str = setting("EUR", "ISO 4217 code. Money is kept in its minor units; do not change it once used.")
    language: str = setting(
        "en", "Language for visitors whose browser asks for none of ours.", choices=("en", "zh_Hans")
    )
    job_prefix: str = setting("J", "Letters before a job's number: J gives J-2419.")


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
    per_hour: int = setting(120, "Uploads that one account may make in an hour.", least=1)
    kept_mb: int = setting(5000, "Sum of design files that one account may keep.", unit="MB", least=10)


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


@dataclass(frozen=True)
class MoneySettings:
    price_tolerance_percent: int = setting(
        10,
        "When slicing finds a job dearer than its quote by more than this, the "
        "member is asked. Below it the quote stands.",
        unit="%",
        least=0,
        most=100,
    )
    minimum_balance: str = setting(
        "",
        "Lowest balance an account may reach by holds, e.g. 0.00 for pay first or -20.00. "
        "Empty: members pay when they collect, no limit.",
    )
    free_grams: int = setting(0, "Material that is free in each job.", unit="g", least=0)


@dataclass(frozen=True)
class PeopleSettings:
    sign_up: str = setting(
        "open",
        "Who may make an account: open (anybody who reaches the page) or closed "
        "(technicians and admins make accounts).",
        choices=("open", "closed"),
    )
    shortest_password: int = setting(10, "Fewest characters of a password.", least=8, most=64)
    session_days: int = setting(30, "How long a sign-in lasts without use.", unit="days", least=1)
    reset_hours: int = setting(24, "How long a link for a new password works.", unit="hours", least=1)


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
    deleted_days: int = setting(30, "How long deleted things can be restored.", unit="days", least=1)
    draft_days: int = setting(90, "How long drafts nobody submits are kept.", unit="days", least=1)
    gcode_days: int = setting(90, "How long sliced files of ended runs are kept.", unit="days", least=1)
    picture_days: int = setting(14, "How long camera pictures are kept.", unit="days", least=1)


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
    slicer: SlicerSettings = field(default_factory=SlicerSettings)
    machines: MachineSettings = field(default_factory=MachineSettings)
    money: MoneySettings = field(default_factory=MoneySettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    log: LogSettings = field(default_factory=LogSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    base: Path = Path()

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return (self.base / self.data.folder).resolve()

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


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the configuration."""

    section: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"[{self.section}] {self.key}: {self.message}" if self.key else f"[{self.section}]: {self.message}"


class ConfigError(Exception):
    """The configuration has faults; `faults` holds all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(each) for each in faults))
        self.faults = faults


def sections() -> dict[str, type[Any]]:
    """Section name to its dataclass, in the order of the example file."""
    return {each.name: each.default_factory for each in fields(Config) if each.name != "base"}  # type: ignore[misc]


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the file (`path`, else FABQUEUE_CONFIG, else ./config.toml if it is there) and the environment.

    Raises ConfigError with every fault found.
    """
    environment = os.environ if environment is None else environment
    named = path or (Path(environment[f"{PREFIX}CONFIG"]) if environment.get(f"{PREFIX}CONFIG") else None)
    file = named or Path("config.toml")
    table = _read(file, required=named is not None)
    return build(table, environment, file.resolve().parent)


def build(table: Mapping[str, Any], environment: Mapping[str, str], base: Path) -> Config:
    """Make a Config from a parsed table and environment variables. Raises ConfigError."""
    faults: list[Fault] = []
    known = sections()
    merged: dict[str, dict[str, Any]] = {name: {} for name in known}
    for name, content in table.items():
        if name not in known:
            faults.append(Fault(name, "", f"there is no such section; the sections are {', '.join(known)}"))
        elif not isinstance(content, Mapping):
            faults.append(Fault(name, "", "must be a section with keys"))
        else:
            merged[name] |= content
    for section, key, value in _overrides(environment, known, faults):
        merged[section][key] = value
    made = {name: _section(name, kind, merged[name], faults) for name, kind in known.items()}
    faults += _cross_checks(made)
    if faults:
        raise ConfigError(faults)
    return Config(**made, base=base)


def _read(file: Path, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError([Fault("file", str(file), "does not exist; `fabqueue init` writes one")]) from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([Fault("file", str(file), f"is not valid TOML: {error}")]) from None


def _overrides(
    environment: Mapping[str, str], known: Mapping[str, type[Any]], faults: list[Fault]
) -> Iterator[tuple[str, str, str]]:
    """FABQUEUE_<SECTION>__<KEY> variables; with _FILE the value is read from that file."""
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        names = {each.name for each in fields(known[section])} if section in known else set()
        if key not in names and key.endswith("_file") and key.removesuffix("_file") in names:
            try:
                yield section, key.removesuffix("_file"), Path(value).read_text("utf-8").strip()
            except OSError as error:
                faults.append(Fault(section, key, f"the file named by {name} cannot be read: {error.strerror}"))
        elif section not in known:
            faults.append(Fault(section, key, f"{name} names a section that does not exist"))
        else:
            yield section, key, value


def _section(name: str, kind: type[Any], content: Mapping[str, Any], faults: list[Fault]) -> Any:
    known = {each.name: each for each in fields(kind)}
    accepted: dict[str, Any] = {}
    for key, value in content.items():
        if key not in known:
            faults.append(Fault(name, key, f"there is no such setting; [{name}] knows {', '.join(known)}"))
            continue
        try:
            accepted[key] = _value(known[key], value)
        except ValueError as error:
            faults.append(Fault(name, key, str(error)))
    return kind(**accepted)


def _value(known: "Field[Any]", value: Any) -> Any:
    """`value` as the type of the field's default. Raises ValueError with a sentence."""
    value = _typed(type(known.default), value)
    rules = known.metadata
    if rules["choices"] and value not in rules["choices"]:
        raise ValueError(f"is {value!r}; write one of {', '.join(rules['choices'])}")
    unit = f" {rules['unit']}" if rules["unit"] else ""
    if rules["least"] is not None and value < rules["least"]:
        raise ValueError(f"is {value}; write {rules['least']}{unit} or more")
    if rules["most"] is not None and value > rules["most"]:
        raise ValueError(f"is {value}; write {rules['most']}{unit} or less")
    return value


def _typed(kind: type[Any], value: Any) -> Any:
    words = {int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false"}
    if isinstance(value, str) and kind is not str:  # from the environment
        try:
            value = value.lower() in {"1", "true", "yes"} if kind is bool else kind(value)
        except ValueError:
            raise ValueError(f"is {value!r}; write {words[kind]}") from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise ValueError(f"is {value!r}; write {words[kind]}")
    return value


def _cross_checks(made: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults that one value alone does not show."""
    site, mail, money = made["site"], made["mail"], made["money"]
    if site.time_zone not in available_timezones():
        yield Fault("site", "time_zone", f"{site.time_zone!r} is no IANA time zone; write e.g. Europe/Berlin")
    if site.currency not in list_currencies():
        yield Fault("site", "currency", f"{site.currency!r} is no ISO 4217 currency; write e.g. EUR")
    if not site.public_url.startswith(("http://", "https://")):
        yield Fault("site", "public_url", "must start with http:// or https://")
    if mail.host and "@" not in mail.sender:
        yield Fault("mail", "sender", "is needed with a mail host; write an address such as lab@example.org")
    if "?" in made["data"].folder:
        yield Fault("data", "folder", "must not hold a question mark: a database address could not name it")
    if money.minimum_balance and not _is_amount(money.minimum_balance):
        yield Fault("money", "minimum_balance", f"is {money.minimum_balance!r}; write an amount such as -20.00")


def _is_amount(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def zone(config: Config) -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(config.site.time_zone)


def example() -> str:
    """The text of config.example.toml: every setting with unit, bounds and default."""
    lines = [
        "# FabQueue's settings. Every setting stands here with its default; remove the # before a line to change it.",
        "# Environment variables win over this file: FABQUEUE_SITE__NAME, FABQUEUE_DATA__FOLDER ...",
        "# A secret may come from a file: FABQUEUE_MAIL__PASSWORD_FILE=/run/secrets/mail.",
        "# `fabqueue check` says whether everything is well.",
    ]
    for name, kind in sections().items():
        lines += ["", f"[{name}]"]
        for each in fields(kind):
            lines += ["", f"# {_documentation(each)}", f"# {each.name} = {_toml(each.default)}"]
    return "\n".join(lines) + "\n"


def _documentation(known: "Field[Any]") -> str:
    rules: Mapping[str, Any] = known.metadata
    bounds = [f"in {rules['unit']}"] if rules["unit"] else []
    if rules["least"] is not None:
        bounds.append(f"at least {rules['least']}")
    if rules["most"] is not None:
        bounds.append(f"at most {rules['most']}")
    if rules["choices"]:
        bounds.append("one of " + ", ".join(rules["choices"]))
    documentation: str = rules["doc"]
    return documentation + (f" ({', '.join(bounds)})" if bounds else "")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"
