"""Finding OctoPrints in the network, and asking one for a key as its Application Keys plugin has it.

What is announced, and what answers, is a stranger until somebody presses Allow on it: addresses are checked, only
fixed paths are asked, answers are read up to a size and a time, nothing is followed elsewhere, and what a stranger says
goes no further than the few facts below.
"""

import ipaddress
import json
import re
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, ServiceStateChange, Zeroconf

from printers.driver import DriverError
from printers.http import MachineSession, arriving, check

SERVICES = ("_octoprint._tcp.local.", "_http._tcp.local.")
"""As OctoPrint's discovery plugin announces itself; of the second only what calls itself OctoPrint counts."""
LISTEN_SECONDS = 4.0
RESOLVE_MILLISECONDS = 1500
MOST_FOUND = 50
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 8.0
LARGEST_ANSWER = 256 * 1024
LONGEST_NAME = 60
APPLICATION = "FabQueue"
NEVER = tuple(ipaddress.ip_network(each) for each in ("169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32"))
"""Where clouds keep the secrets of their servers; no printer has these addresses."""
_NAMED = re.compile(r'OctoPrint instance (?:"(.*)"|on (.*))')
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True, slots=True)
class Announced:
    """An OctoPrint that made itself known."""

    url: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What an OctoPrint says of itself and of its printer; lengths in millimetres, None where it does not say."""

    version: str
    name: str
    model: str
    bed_mm: tuple[float, float, float] | None
    round: bool
    nozzle_mm: float | None
    extruders: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Denied(Exception):
    """Somebody said no on OctoPrint's screen, or it forgot the question."""


# the network


def announced(
    seconds: float = LISTEN_SECONDS, interfaces: Sequence[str] | InterfaceChoice = InterfaceChoice.All
) -> list[Announced]:
    """Listen for so many seconds. Raises DriverError where the network cannot be listened to."""
    heard: set[tuple[str, str]] = set()

    def hear(*, service_type: str, name: str, state_change: ServiceStateChange, **_more: object) -> None:
        if state_change is not ServiceStateChange.Removed and len(heard) < 4 * MOST_FOUND:
            heard.add((service_type, name))

    try:
        zeroconf = Zeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
    except OSError as error:
        raise DriverError("network_not_heard", str(error)) from error
    with closing(zeroconf):
        browser = ServiceBrowser(zeroconf, list(SERVICES), handlers=[hear])
        time.sleep(seconds)
        browser.cancel()
        found = [_resolved(zeroconf, service, name) for service, name in sorted(heard, reverse=True)]
    known: dict[str, Announced] = {}
    for each in found:  # the octoprint service comes first and says more
        if each is not None:
            known.setdefault(each.url, each)
    return sorted(known.values(), key=lambda each: (each.name.casefold(), each.url))[:MOST_FOUND]


def _resolved(zeroconf: Zeroconf, service: str, name: str) -> Announced | None:
    said = name.removesuffix(f".{service}")
    if service != SERVICES[0] and "octoprint" not in said.casefold():
        return None
    info = zeroconf.get_service_info(service, name, timeout=RESOLVE_MILLISECONDS)
    addresses = info.parsed_addresses(IPVersion.V4Only) if info else []
    if info is None or not addresses or not info.port:
        return None
    text = {_decoded(key): _decoded(value) for key, value in info.properties.items()}
    path = text.get("path", "/")
    if not _PATH.fullmatch(path) or any(ipaddress.ip_address(addresses[0]) in each for each in NEVER):
        return None
    scheme = "https" if info.port == 443 else "http"
    port = "" if info.port in {80, 443} else f":{info.port}"
    return Announced(f"{scheme}://{addresses[0]}{port}{path.rstrip('/')}", _plain(_called(said)),
                     _plain(text.get("version", "")))  # fmt: skip


def _called(said: str) -> str:
    match = _NAMED.fullmatch(said)
    return (match[1] or match[2]) if match else said


def _decoded(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _plain(text: object) -> str:
    """One printable line of a stranger's words."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LONGEST_NAME].strip()


# one OctoPrint


def clean_address(typed: str) -> str:
    """An address as it is kept: scheme, host, port and plain path. Raises DriverError for what cannot be one."""
    text = typed.strip()
    try:
        parts = urlsplit(text if "//" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_plain = (
        bool(host) and parts.scheme in {"http", "https"} and not (parts.username or parts.query or parts.fragment)
    )
    if not is_plain or len(text) > 300 or not _PATH.fullmatch(parts.path) or not _is_host(host):
        raise DriverError("machine_address_wrong", "no http address", permanent=True)
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    place = shown if port in {None, usual} else f"{shown}:{port}"
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?", host))
    return True


class Stranger:
    """One server that may be an OctoPrint. Every method may raise DriverError."""

    def __init__(self, url: str, key: str = "") -> None:
        self._url = clean_address(url)
        self._key = key
        parts = urlsplit(self._url)
        self._refuse_secret_places(parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme])

    def greet(self) -> None:
        """Whether it is an OctoPrint that gives keys to applications."""
        try:
            status, _ = self._ask("GET", "/plugin/appkeys/probe")
        except DriverError as error:
            if error.code == "machine_file_missing":
                raise DriverError("machine_not_octoprint", error.message, permanent=True) from error
            raise
        if status != HTTPStatus.NO_CONTENT:
            raise DriverError("machine_not_octoprint", f"probe: {status}", permanent=True)

    def ask_for_key(self) -> str:
        """Put the question on its screen; the token by which its answer is fetched."""
        _, answer = self._ask("POST", "/plugin/appkeys/request", {"app": APPLICATION})
        token = answer.get("app_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise DriverError("machine_not_octoprint", "request: no token", permanent=True)
        return token

    def answer(self, token: str) -> str | None:
        """The key, None while nobody has answered. It must be asked every few seconds. Raises Denied."""
        try:
            status, answer = self._ask("GET", f"/plugin/appkeys/request/{token}")
        except DriverError as error:
            if error.code == "machine_file_missing":
                raise Denied from error
            raise
        if status == HTTPStatus.ACCEPTED:
            return None
        key = answer.get("api_key")
        if not isinstance(key, str) or not _TOKEN.fullmatch(key):
            raise DriverError("machine_not_octoprint", "no key in the answer", permanent=True)
        return key

    def facts(self) -> Facts:
        """With a key: what it is called, and what its printer profile says."""
        _, version = self._ask("GET", "/api/version")
        _, settings = self._ask("GET", "/api/settings")
        _, profiles = self._ask("GET", "/api/printerprofiles")
        profile = _current(profiles)
        volume, extruder = _table(profile, "volume"), _table(profile, "extruder")
        sides = [_length(volume.get(side)) for side in ("width", "depth", "height")]
        count = extruder.get("count")
        return Facts(
            version=_plain(version.get("server")),
            name=_plain(_table(settings, "appearance").get("name")) or _plain(profile.get("name")),
            model=_plain(profile.get("model")),
            bed_mm=(sides[0], sides[1], sides[2]) if sides[0] and sides[1] and sides[2] else None,
            round=volume.get("formFactor") == "circular",
            nozzle_mm=_length(extruder.get("nozzleDiameter")),
            extruders=count if isinstance(count, int) and 0 < count < 100 else None,
        )

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON of an answer of moderate size that came in moderate time."""
        headers = {"X-Api-Key": self._key} if self._key else {}
        with (
            closing(MachineSession(self._url, (CONNECT_SECONDS, READ_SECONDS))) as session,
            session.request(method, session.origin + path, json=body, headers=headers, stream=True) as response,
        ):
            content = _read(response)
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                raise DriverError("machine_asked_too_often", path)
            response._content = content  # read within our limits; the check quotes it
            check(response)
        return response.status_code, _parsed(content, path) if content.strip() else {}

    def _refuse_secret_places(self, host: str, port: int) -> None:
        try:
            places = {each[4][0] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError) as error:
            raise DriverError("machine_unreachable", str(error)) from error
        for place in places:
            address = ipaddress.ip_address(str(place).partition("%")[0])
            plain = getattr(address, "ipv4_mapped", None) or address
            if plain.is_multicast or plain.is_unspecified or any(plain in each for each in NEVER):
                raise DriverError("machine_address_wrong", f"{place} is no machine", permanent=True)


def _read(response: requests.Response) -> bytes:
    content = b""
    try:
        for piece in arriving(response, WHOLE_SECONDS):
            content += piece
            if len(content) > LARGEST_ANSWER:
                raise DriverError("machine_not_octoprint", "the answer is too large", permanent=True)
    except requests.Timeout as error:
        raise DriverError("machine_silent", str(error)) from error
    except requests.RequestException as error:
        raise DriverError("machine_connection_lost", str(error)[:200]) from error
    return content


def _parsed(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DriverError("machine_not_octoprint", f"{path}: no JSON", permanent=True) from error
    if not isinstance(answer, dict):
        raise DriverError("machine_not_octoprint", f"{path}: not an object", permanent=True)
    return answer


def _current(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The printer profile in use, else the default one, else the first."""
    profiles = [each for each in _table(answer, "profiles").values() if isinstance(each, dict)]
    chosen = [each for mark in ("current", "default") for each in profiles if each.get(mark) is True]
    return next(iter([*chosen, *profiles]), {})


def _table(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = answer.get(key)
    return part if isinstance(part, dict) else {}


def _length(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100_000:
        return None
    return float(value)
