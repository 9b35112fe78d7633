"""Reading settings: from TOML and the environment, checked, every fault at once; what a lab decided laid over them."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fabqueue.config.colours import WrongColours, colour_map
from fabqueue.config.days import WrongDays, stretches
from fabqueue.config.known import currencies, time_zones
from fabqueue.config.schema import LINES, LOGO_TYPES, Config, sections

PREFIX = "FABQUEUE_"
LARGEST_AMOUNT = 1e9


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the configuration: `message` for a terminal, `code` and `values` for a page."""

    section: str
    key: str
    message: str
    code: str = "setting_unfit"
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"[{self.section}] {self.key}: {self.message}" if self.key else f"[{self.section}]: {self.message}"


class Unfit(ValueError):
    """A value that a setting cannot have; `code` and `values` say why to whoever reads a page."""

    def __init__(self, message: str, code: str, **values: Any) -> None:
        super().__init__(message)
        self.code, self.values = code, values


class ConfigError(Exception):
    """The configuration has faults; `faults` holds all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(each) for each in faults))
        self.faults = faults


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the file (`path`, else FABQUEUE_CONFIG, else ./config.toml if it is there) and the environment.

    Raises ConfigError with every fault found.
    """
    environment = os.environ if environment is None else environment
    named = path or (Path(environment[f"{PREFIX}CONFIG"]) if environment.get(f"{PREFIX}CONFIG") else None)
    file = named or Path("config.toml")
    table = _read(file, required=named is not None)
    return build(table, environment, file.resolve().parent, file.name)


def build(
    table: Mapping[str, Any], environment: Mapping[str, str], base: Path, file_name: str = "config.toml"
) -> Config:
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
    fixed = {f"{name}.{key}": file_name for name, content in merged.items() for key in content}
    for section, key, value in _overrides(environment, known, faults):
        merged[section][key] = value
        fixed[f"{section}.{key}"] = f"{PREFIX}{section}__{key}".upper()
    made = {name: _section(name, kind, merged[name], faults) for name, kind in known.items()}
    faults += _cross_checks(made)
    if faults:
        raise ConfigError(faults)
    return Config(**made, base=base, fixed=fixed)


def adjustable() -> "dict[str, Field[Any]]":
    """The settings that a lab decides on its page, by name ("site.name"), in the order of the example file."""
    return {
        f"{section}.{each.name}": each
        for section, kind in sections().items() for each in fields(kind) if each.metadata["adjustable"]
    }  # fmt: skip


def overlay(settings: Config, chosen: Mapping[str, str]) -> tuple[Config, list[Fault]]:
    """`settings` with what the lab decided laid over the defaults, and what of it cannot be used.

    `chosen` maps names of adjustable settings to texts such as the environment holds. What the file or the environment
    says stays as it is. Of a value that cannot be used the default stands.
    """
    known, faults = adjustable(), []
    laid: dict[str, dict[str, Any]] = {}
    for name, text in chosen.items():
        section, _, key = name.partition(".")
        if name in settings.fixed or name not in known:
            continue
        try:
            laid.setdefault(section, {})[key] = _value(known[name], text)
        except ValueError as error:
            faults.append(_fault(section, key, error))
    made = _laid(settings, laid)
    for fault in list(_cross_checks({each: getattr(made, each) for each in sections()})):
        faults.append(fault)
        laid.get(fault.section, {}).pop(fault.key, None)
    return _laid(settings, laid), faults


def _laid(settings: Config, laid: Mapping[str, Mapping[str, Any]]) -> Config:
    changed = {section: replace(getattr(settings, section), **values) for section, values in laid.items() if values}
    return replace(settings, **changed) if changed else settings


def text_of(settings: Config, name: str) -> str:
    """The value of an adjustable setting as the text that would set it."""
    section, _, key = name.partition(".")
    value = getattr(getattr(settings, section), key)
    return str(value).lower() if isinstance(value, bool) else str(value)


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
            faults.append(_fault(name, key, error))
    return kind(**accepted)


def _fault(section: str, key: str, error: ValueError) -> Fault:
    if isinstance(error, Unfit):
        return Fault(section, key, str(error), error.code, error.values)
    return Fault(section, key, str(error))


def _value(known: "Field[Any]", value: Any) -> Any:
    """`value` as the type of the field's default. Raises ValueError with a sentence."""
    value = _typed(type(known.default), value)
    rules = known.metadata
    if rules["choices"] and value not in rules["choices"]:
        raise Unfit(f"is {value!r}; write one of {', '.join(rules['choices'])}", "setting_choice")
    unit = f" {rules['unit']}" if rules["unit"] else ""
    if rules["least"] is not None and value < rules["least"]:
        raise Unfit(f"is {value}; write {rules['least']}{unit} or more", "setting_least", least=rules["least"])
    if rules["most"] is not None and value > rules["most"]:
        raise Unfit(f"is {value}; write {rules['most']}{unit} or less", "setting_most", most=rules["most"])
    if rules["adjustable"] and isinstance(value, str):
        _check_text(value, rules["longest"])
    return value


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise Unfit(f"has {len(text)} characters; write at most {longest}", "setting_longest", longest=longest)
    if longest <= LINES and not text.isprintable():
        raise Unfit("must be one line of printable characters", "setting_one_line")


def _typed(kind: type[Any], value: Any) -> Any:
    words = {int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false"}
    if isinstance(value, str) and kind is not str:  # from the environment
        try:
            value = value.lower() in {"1", "true", "yes"} if kind is bool else kind(value)
        except ValueError:
            raise Unfit(f"is {value!r}; write {words[kind]}", f"setting_{kind.__name__}") from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise Unfit(f"is {value!r}; write {words[kind]}", f"setting_{kind.__name__}")
    return value


def _cross_checks(made: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults that one value alone does not show."""
    site, mail, money = made["site"], made["mail"], made["money"]
    if site.time_zone not in time_zones():
        yield Fault("site", "time_zone", f"{site.time_zone!r} is no IANA time zone; write e.g. Europe/Berlin",
                    "setting_time_zone")  # fmt: skip
    if site.currency not in currencies():
        yield Fault("site", "currency", f"{site.currency!r} is no ISO 4217 currency; write e.g. EUR",
                    "setting_currency")  # fmt: skip
    if not site.name.strip():
        yield Fault("site", "name", "must not be empty", "setting_empty")
    if not _is_address(site.public_url):
        yield Fault("site", "public_url", "must start with http:// or https://", "setting_address")
    if site.logo and Path(site.logo).suffix.lower() not in LOGO_TYPES:
        yield Fault("site", "logo", f"is {site.logo!r}; name a file that ends in {', '.join(LOGO_TYPES)}")
    if mail.host and "@" not in mail.sender:
        yield Fault("mail", "sender", "is needed with a mail host; write an address such as lab@example.org")
    if "?" in made["data"].folder:
        yield Fault("data", "folder", "must not hold a question mark: a database address could not name it")
    if money.minimum_balance and not _is_amount(money.minimum_balance):
        yield Fault("money", "minimum_balance", f"is {money.minimum_balance!r}; write an amount such as -20.00",
                    "setting_amount")  # fmt: skip
    yield from _written_checks(made)


def _written_checks(made: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of texts with a form of their own."""
    try:
        colour_map(made["drawings"].colours)
    except WrongColours as wrong:
        yield Fault("drawings", "colours", str(wrong), wrong.code, wrong.values)
    try:
        stretches(made["queue"].plate_days)
    except WrongDays as wrong_days:
        yield Fault("queue", "plate_days", str(wrong_days), wrong_days.code)


def _is_amount(text: str) -> bool:
    try:
        return abs(float(text)) <= LARGEST_AMOUNT
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text and not parts.username
    except ValueError:
        return False


def zone(config: Config) -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(config.site.time_zone)
