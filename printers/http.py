"""HTTP towards machines: bounded in time, never repeated, nothing of ours sent anywhere else.

Repairs from outside what the client library leaves open: it sets no time limits, drops the path of the address, and
reads whole files into memory to upload them.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util import Retry

from printers.driver import DriverError

CHUNK = 64 * 1024
EXCERPT = 300  # characters of a machine's answer that are worth keeping
WHOLE_SECONDS = 15.0
"""For the whole of an answer: one that dribbles must not hold its caller, however short each pause is."""
MOST_BYTES = 32 * 1024 * 1024


class MachineSession(requests.Session):
    """A session with one machine: time limits on every call, no retries, no redirects, no proxies, the path kept."""

    def __init__(self, url: str, timeout: tuple[float, float]):
        super().__init__()
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._timeout = timeout
        self.trust_env = False  # a lab's machines are on its own network; its proxy must not see their keys
        once = HTTPAdapter(max_retries=Retry(total=0, read=False, redirect=False))
        self.mount("http://", once)
        self.mount("https://", once)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """As in requests; raises DriverError when no complete answer came."""
        # a POST that followed a redirect would arrive as a GET and look like a success
        kwargs["allow_redirects"] = False
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        is_whole = not kwargs.get("stream")
        try:
            response = super().request(method, self.address(str(url)), *args, **{**kwargs, "stream": True})
            if is_whole:
                response._content = _whole(response)  # read within our limits; all else of the response reads this
        except requests.RequestException as error:
            raise _failure(error) from error
        return response

    def address(self, url: str) -> str:
        """The URL with the path that the machine's own address has, which `urljoin` in the library loses."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(path=self._prefix + parts.path))


def arriving(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """The body in pieces as they come, which `iter_content` gathers until they are large. Raises RequestException,
    `Timeout` when all of it takes longer than so many seconds."""
    until = time.monotonic() + seconds
    try:
        while piece := response.raw.read1(CHUNK, decode_content=True):
            yield piece
            if time.monotonic() > until:
                raise requests.Timeout("the answer takes too long")
    except HTTPError as error:
        raise requests.ConnectionError(error) from error


def _whole(response: requests.Response) -> bytes:
    content = bytearray()
    try:
        for piece in arriving(response, WHOLE_SECONDS):
            content += piece
            if len(content) > MOST_BYTES:
                raise requests.Timeout("the answer does not end")
    except requests.RequestException:
        response.close()
        raise
    return bytes(content)


def _failure(error: requests.RequestException) -> DriverError:
    text = str(error)[:EXCERPT]
    if isinstance(error, requests.exceptions.SSLError):
        return DriverError("machine_certificate", text, permanent=True)
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return DriverError("machine_unreachable", text)
    if isinstance(error, requests.Timeout):
        return DriverError("machine_silent", text)
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return DriverError("machine_connection_lost", text)
    return DriverError("machine_address_wrong", text, permanent=True)


def _never_connected(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | NameResolutionError)


def check(response: requests.Response) -> requests.Response:
    """The response if it is a success. Raises DriverError named after the status otherwise."""
    status = response.status_code
    if 200 <= status < 300:
        return response
    text = f"{response.request.method} {urlsplit(response.url).path}: {status} {response.text[:EXCERPT]}"
    if 300 <= status < 400:
        target = response.headers.get("Location", "")[:EXCERPT]
        raise DriverError("machine_redirects", text, permanent=True, values={"address": target})
    code, permanent = _STATUS_CODES.get(status, ("machine_failed" if status >= 500 else "machine_refused", False))
    raise DriverError(code, text, permanent, {"status": status})


_STATUS_CODES = {
    401: ("machine_key_refused", True),
    403: ("machine_key_refused", True),
    404: ("machine_file_missing", False),
    409: ("machine_busy", False),
    413: ("machine_file_too_large", True),
    415: ("machine_file_refused", True),
    507: ("machine_full", False),
}


class MultipartFile:
    """A multipart/form-data body that streams one file after some fields, in constant memory.

    It has a length (so that Content-Length is sent) and `read` (so that it is sent in pieces).
    """

    def __init__(self, fields: Mapping[str, str], filename: str, path: Path):
        self._boundary = uuid.uuid4().hex
        self._head = b"".join(self._field(name, value) for name, value in fields.items()) + self._file_head(filename)
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self._file = path.open("rb")
        self._size = path.stat().st_size
        self._parts = self._pieces()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever size was asked for; empty at the end."""
        return next(self._parts, b"")

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self._boundary}"

    def _pieces(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left and (piece := self._file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
        yield self._tail

    def _field(self, name: str, value: str) -> bytes:
        disposition = f'Content-Disposition: form-data; name="{name}"'
        return f"--{self._boundary}\r\n{disposition}\r\n\r\n{value}\r\n".encode()

    def _file_head(self, filename: str) -> bytes:
        disposition = f'Content-Disposition: form-data; name="file"; filename="{filename}"'
        return f"--{self._boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()


def part(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside an answer of JSON; empty where there is none."""
    found = answer.get(key)
    return found if isinstance(found, dict) else {}
