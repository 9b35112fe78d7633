"""One picture from a machine's camera."""

from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

import requests

from printers.http import arriving

MAX_BYTES = 8 * 1024 * 1024
SECONDS = 8.0  # for the whole picture: a camera that dribbles must not hold its caller
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def snapshot(url: str, seconds: float = SECONDS) -> bytes | None:
    """The JPEG or PNG at that address, None if there is none: a missing picture is never an error of the machine."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            return _fetch(session, url, seconds)
    except (requests.RequestException, ValueError):
        return None  # asleep, unplugged or misconfigured: the page shows no picture, `probe` names the reason


def _fetch(session: requests.Session, url: str, seconds: float) -> bytes | None:
    with session.get(url, stream=True, timeout=(3.0, 5.0)) as response:
        if response.status_code != HTTPStatus.OK:
            return None
        picture = bytearray()
        for piece in arriving(response, seconds):
            picture += piece
            if len(picture) > MAX_BYTES or not _may_be_picture(picture):
                return None
    return bytes(picture) if _is_picture(picture) else None


def _is_picture(data: bytes | bytearray) -> bool:
    """Whether the content, not its label, is a whole JPEG or PNG."""
    if data.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" in data[-64:]  # some cameras pad after the end mark
    return data.startswith(b"\x89PNG\r\n\x1a\n") and data[-12:-4] == b"\0\0\0\0IEND"


def _may_be_picture(data: bytes | bytearray) -> bool:
    """Whether the first bytes still allow a picture; a video stream given for a picture never ends."""
    return len(data) < 3 or data.startswith((b"\xff\xd8\xff", b"\x89PN"))


def seen_from_here(url: str, machine_url: str) -> str:
    """The camera's address as we can reach it: many a machine's software knows it as its own localhost."""
    camera, machine = urlsplit(url), urlsplit(machine_url)
    if not camera.netloc:
        return urlunsplit(camera._replace(scheme=machine.scheme, netloc=machine.netloc))
    if camera.hostname in _LOOPBACK and machine.hostname not in _LOOPBACK:
        host = f"{machine.hostname}:{camera.port}" if camera.port else str(machine.hostname)
        return urlunsplit(camera._replace(netloc=host))
    return url
