"""OctoPrint 1.x and 2.x through its REST API, by octorest where that is sound.

What is known of the API and of octorest's faults was measured with OctoPrint 1.11.8 and octorest 0.4; each repair says
which. The API version header of OctoPrint 2 is not sent, so it answers in its older shape.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from octorest import OctoRest

from printers import octochores
from printers.camera import seen_from_here, snapshot
from printers.driver import (
    FOLDER,
    N_,
    Chore,
    Command,
    Connection,
    DriverError,
    FileState,
    Kind,
    Phase,
    Probe,
    Problem,
    Status,
    Temperature,
)
from printers.http import MachineSession, MultipartFile, check, part
from printers.octohalt import Halt
from printers.octolaser import LaserSettings
from printers.octopush import Push

EMERGENCY_SECONDS = 2.0
"""How long an emergency stop waits for a laser to say that its beam is off."""

_NAME = re.compile(rf"{FOLDER}/[A-Za-z0-9][A-Za-z0-9_-]*\.gcode")
_NEEDED = ("STATUS", "CONNECTION", "FILES_LIST", "FILES_UPLOAD", "FILES_SELECT", "FILES_DELETE", "PRINT", "CONTROL")
# The state's text is all that OctoPrint gives; a text after the colon ("Error: ...") is cut off first.
_PHASES = {
    "Operational": Phase.IDLE,
    "Starting": Phase.PRINTING,
    "Starting print from SD": Phase.PRINTING,
    "Starting to send file to SD": Phase.PRINTING,
    "Printing": Phase.PRINTING,
    "Printing from SD": Phase.PRINTING,
    "Sending file to SD": Phase.PRINTING,
    "Transferring file to SD": Phase.PRINTING,
    # on its way a machine counts as what it still is: OctoPrint accepts a resume while it pauses and forgets it
    "Pausing": Phase.PRINTING,
    "Paused": Phase.PAUSED,
    "Resuming": Phase.PAUSED,
    "Cancelling": Phase.CANCELLING,
    "Finishing": Phase.FINISHING,
    "Error": Phase.ERROR,
    "Offline after error": Phase.ERROR,
    "Offline": Phase.OFFLINE,
    "Opening serial connection": Phase.OFFLINE,
    "Detecting serial connection": Phase.OFFLINE,
    "Connecting": Phase.OFFLINE,
}


class _Client(OctoRest):  # type: ignore[misc]  # the library has no types
    def _check_response(self, response: requests.Response) -> requests.Response:
        return check(response)  # the library raises one RuntimeError for everything


class OctoPrint:
    """One OctoPrint server. Use it from one thread at a time; close it when done."""

    can = frozenset(Command)

    def __init__(self, connection: Connection):
        parts = urlsplit(connection.url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise DriverError("machine_address_wrong", f"not an http address: {connection.url!r}", permanent=True)
        self._connection = connection
        self._session = MachineSession(connection.url, (connection.connect_seconds, connection.read_seconds))
        self._session.headers["X-Api-Key"] = connection.key
        self._client = _Client(url=self._session.origin, session=self._session)
        self._laser = LaserSettings(self._session, self._get, connection.after_cancel)
        self._camera_url: str | None = None

    def close(self) -> None:
        self._session.close()

    # reading

    def status(self) -> Status:
        """What `/api/job` says, which always answers, and the temperatures while the printer is connected."""
        answer = self._get("/api/job")
        phase = _phase(answer)
        progress = part(answer, "progress")
        return Status(
            phase=phase,
            selected=_selected(answer),
            completion=_number(progress.get("completion")),
            elapsed_seconds=_seconds(progress.get("printTime")),
            left_seconds=_seconds(progress.get("printTimeLeft")),
            temperatures={} if phase in {Phase.OFFLINE, Phase.ERROR} else self._temperatures(),
            error=_text(answer.get("error")),
        )

    def file(self, name: str) -> FileState | None:
        _checked(name)
        try:
            answer = self._get(f"/api/files/local/{name}")
        except DriverError as error:
            if error.code == "machine_file_missing" or self._folder_missing(error):
                return None
            raise
        return _file_state(name, answer)

    def picture(self) -> bytes | None:
        url = self._connection.camera_url or self._configured_camera()
        return snapshot(url) if url else None

    # commanding

    def upload(self, name: str, path: Path, userdata: dict[str, object]) -> None:
        """Send the file in constant memory. OctoPrint keeps nothing of a body that arrives cut off."""
        _checked(name)
        # asking for a file in a folder that does not exist makes OctoPrint fail (500), so the folder comes first;
        # octorest's new_folder sends JSON where the server reads form fields
        check(self._session.post(self._url("/api/files/local"), data={"foldername": FOLDER}))
        fields = {"path": FOLDER, "select": "false", "print": "false", "userdata": json.dumps(userdata)}
        # octorest's upload drops all fields and holds the file in memory twice
        with MultipartFile(fields, Path(name).name, path) as body:
            response = self._session.post(
                self._url("/api/files/local"),
                data=body,
                headers={"Content-Type": body.content_type},
                timeout=(self._connection.connect_seconds, self._connection.upload_seconds),
            )
        check(response)

    def select(self, name: str) -> None:
        self._command(lambda: self._client.select(_checked(name), print=False))

    def start(self, name: str) -> None:
        """Selected once more and printed in one command, because OctoPrint's `start` takes what is selected then."""
        self._command(lambda: self._client.select(_checked(name), print=True))

    def pause(self) -> None:
        self._command(self._client.pause)

    def resume(self) -> None:
        self._command(self._client.resume)

    def cancel(self) -> None:
        try:
            if self._connection.is_grbl:
                self._stop_grbl()
            else:
                self._command(self._client.cancel)
        finally:
            # also when there was nothing to cancel: OctoPrint's own cancel script leaves a laser's beam as it is
            if self._connection.after_cancel:
                self._command(lambda: self._client.gcode(list(self._connection.after_cancel)))

    def send_lines(self, lines: Sequence[str], seconds: float = 3.0) -> bool:
        """OctoPrint says nothing of what became of a command but in its terminal, to which we listen."""
        push = Push(self._session)
        push.open(seconds)
        self._command(lambda: self._client.gcode(list(lines)))
        return push.acknowledged(lines[-1], seconds)

    def carry_out(self, chore: Chore) -> bool:
        return octochores.carry_out(self._session, self._get, chore)

    def emergency_stop(self) -> bool:
        """M112, which OctoPrint puts before everything that waits; it then closes the connection as after an error."""
        try:
            return self._beam_off()
        finally:
            self._command(lambda: self._client.gcode(["M112"]))

    def _beam_off(self) -> bool:
        """Whether the beam is known to be off: M112 closes the way for anything after it, and a laser ignores it."""
        if not self._connection.after_cancel:
            return False
        try:
            if self._connection.is_grbl and self._halt().carry_out(0.0, EMERGENCY_SECONDS / 2):
                return True
            with suppress(DriverError):  # nothing may be running
                self._client.cancel()
            return self.send_lines(self._connection.after_cancel, EMERGENCY_SECONDS / 2)
        except DriverError:
            return False  # the stop itself goes out all the same

    def _stop_grbl(self) -> None:
        halt = self._halt()
        try:
            halt.carry_out()
        finally:
            if halt.refused is not None:
                raise halt.refused

    def _halt(self) -> Halt:
        return Halt(self._session, lambda: self._command(self._client.cancel), lambda: self.status().phase)

    def delete(self, name: str) -> None:
        try:
            self._client.delete(_checked(name))
        except DriverError as error:
            if error.code != "machine_file_missing" and not self._folder_missing(error):
                raise

    def reconnect(self) -> None:
        self._client.connect()

    # what a laser needs in OctoPrint itself

    def missing(self) -> tuple[Problem, ...]:
        return self._laser.problems()

    def set_up(self) -> bool:
        return self._laser.put_right(lambda: self.status().phase)

    # looking for what is wrong

    def probe(self) -> Probe:
        version: str | None = None
        try:
            version = _version(self._get("/api/version"))
            problems = self._key_problems()
            status = self.status()
        except DriverError as error:
            return Probe(version, None, (Problem(error.code, error.values),))
        problems = (*problems, *self._laser_problems())
        return Probe(version, status.phase, (*problems, *_state_problems(status), *self._camera_problems()))

    def _laser_problems(self) -> tuple[Problem, ...]:
        try:
            return self.missing()
        except DriverError as error:
            return (Problem(error.code, error.values),)

    def _key_problems(self) -> tuple[Problem, ...]:
        user = self._get("/api/currentuser")
        granted = user.get("permissions")
        needed = (*_NEEDED, "SETTINGS") if self._connection.after_cancel else _NEEDED
        missing = [right for right in needed if not isinstance(granted, list) or right not in granted]
        if not user.get("name"):
            return (Problem("machine_key_refused"),)
        problems = [Problem("machine_key_lacks_rights", {"rights": missing})] if missing else []
        if user["name"] == "_api":
            problems.append(Problem("machine_key_deprecated"))
        return tuple(problems)

    def _camera_problems(self) -> tuple[Problem, ...]:
        url = self._connection.camera_url or self._configured_camera()
        if not url or snapshot(url):
            return ()
        return (Problem("machine_camera_silent", {"address": urlsplit(url).hostname or ""}),)

    # helpers

    def _get(self, path: str) -> Mapping[str, Any]:
        try:
            answer = self._client._get(path)
        except requests.JSONDecodeError as error:
            raise DriverError("machine_not_octoprint", f"{path}: no JSON", permanent=True) from error
        if not isinstance(answer, dict):
            raise DriverError("machine_not_octoprint", f"{path}: not an object", permanent=True)
        return answer

    def _url(self, path: str) -> str:
        return self._session.origin + path

    def _command(self, send: Callable[[], object]) -> None:
        """Send once; a 409 is told apart by looking, for OctoPrint says "already printing" even when it is offline."""
        try:
            send()
        except DriverError as error:
            if error.code != "machine_busy" or self.status().phase not in {Phase.OFFLINE, Phase.ERROR}:
                raise
            raise DriverError("machine_printer_offline", error.message) from error

    def _temperatures(self) -> dict[str, Temperature]:
        try:
            heaters = part(self._get("/api/printer?exclude=sd,state"), "temperature")
        except DriverError:
            return {}  # the printer left between the two questions; the answer to the first stands
        return {
            name: Temperature(_number(heater.get("actual")), _number(heater.get("target")))
            for name, heater in heaters.items()
            if isinstance(heater, dict) and _number(heater.get("actual")) is not None
        }

    def _folder_missing(self, error: DriverError) -> bool:
        """Whether a 500 is OctoPrint's fault with files in a folder that does not exist."""
        if error.values.get("status") != HTTPStatus.INTERNAL_SERVER_ERROR:
            return False
        return self._session.get(self._url(f"/api/files/local/{FOLDER}")).status_code == HTTPStatus.NOT_FOUND

    def _configured_camera(self) -> str | None:
        """The snapshot address in OctoPrint's settings, asked once."""
        if self._camera_url is None:
            try:
                webcam = part(self._get("/api/settings"), "webcam")
            except DriverError:
                return None  # asked again next time
            address = _text(webcam.get("snapshotUrl"))
            self._camera_url = seen_from_here(address, self._connection.url) if address else ""
        return self._camera_url or None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name that OctoPrint keeps unchanged: {name!r}")
    return name


def _phase(answer: Mapping[str, Any]) -> Phase:
    text = _text(answer.get("state"))
    if text is None:
        raise DriverError("machine_not_octoprint", "/api/job has no state", permanent=True)
    phase = _PHASES.get(text.split(":")[0].strip())
    if phase is None:  # must look neither idle nor failed
        raise DriverError("machine_state_unknown", f"/api/job: {text[:80]!r}", values={"state": text[:80]})
    return phase


def _selected(answer: Mapping[str, Any]) -> str | None:
    file = part(part(answer, "job"), "file")
    path = _text(file.get("path"))
    if path is None or file.get("origin") == "local":
        return path
    return f"{file.get('origin')}:{path}"  # the same name on the printer's own card is another file


def _file_state(name: str, answer: Mapping[str, Any]) -> FileState:
    prints = part(answer, "prints")
    return FileState(
        name=name,
        sha1=str(answer.get("hash") or ""),
        size=int(_number(answer.get("size")) or 0),
        successes=int(_number(prints.get("success")) or 0),
        failures=int(_number(prints.get("failure")) or 0),
        last_seconds=_number(part(prints, "last").get("printTime")),
    )


def _version(answer: Mapping[str, Any]) -> str:
    text = _text(answer.get("text")) or ""
    if not text.startswith("OctoPrint"):
        raise DriverError("machine_not_octoprint", f"/api/version: {text[:80]!r}", permanent=True)
    return text


def _state_problems(status: Status) -> tuple[Problem, ...]:
    if status.phase is Phase.OFFLINE:
        return (Problem("machine_printer_offline"),)
    if status.phase is Phase.ERROR:
        return (Problem("machine_printer_error", {"error": status.error or ""}),)
    return ()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _seconds(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


KIND = Kind(N_("Through OctoPrint"), OctoPrint, frozenset({"url", "key"}))
