"""Real OctoPrint servers with the virtual printer that OctoPrint brings along.

OctoPrint pins an older Flask than ours, so it lives in a virtual environment of its own.

How long the virtual printer takes (OctoPrint 1.11.8, read in `plugins/virtual_printer/virtual.py`):

* a move lasts a tenth of distance over feed rate, and only its positive direction counts; M220 divides it further;
* temperatures rise 10 degrees a second whatever else is set; only a heater that starts warm is quicker;
* dwells (G4) last what they say, which is how a print is kept from ending at once (`minimum_seconds`);
* its setting `throttle` is read by nothing any more.

Measured with PrusaSlicer's G-code for the 250 mm profile, on 2 busy cores (about 0.3 ms of processor a line):

    part (slicer's own time, lines)    M220 S100   S300   S1000   of which heating
    20 mm box (29 min, 24,400)             114 s   59 s    44 s   25 s from cold
    26 mm ball (36 min, 64,800)            120 s   51 s    34 s    7 s still warm
    100 x 60 x 3 plate (58 min, 26,700)    158 s   64 s    33 s   10 to 15 s
"""

import base64
import fcntl
import hashlib
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import requests

from fabqueue.demo.tied import tied_to_us

REQUIREMENT = "octoprint==1.11.8"
USER = "fabqueue"
PRINT_EVENTS = ("PrintStarted", "PrintDone", "PrintFailed", "PrintCancelled", "PrintPaused", "PrintResumed")
# Plugins that speak to the internet or to the local network, or that only cost time here.
UNWANTED = (
    "achievements",
    "announcements",
    "discovery",
    "errortracking",
    "file_check",
    "firmware_check",
    "health_check",
    "pi_support",
    "pluginmanager",
    "softwareupdate",
    "tracking",
)


class InstallError(Exception):
    """OctoPrint could not be installed; the text is a sentence for the person who asked for it."""


class ServerError(Exception):
    """An OctoPrint server ended or did not get ready; the text says where its log is."""


def ensure_environment(folder: Path) -> Path:
    """The program `octoprint` in a virtual environment inside `folder`, made on first use (about 20 seconds).

    Safe when several processes ask at once and after one was killed half-way. Raises InstallError.
    """
    environment = folder.absolute() / "venv"
    stamp = environment / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock"):
        if not (stamp.is_file() and stamp.read_text() == REQUIREMENT):
            print(f"Installing {REQUIREMENT} into {folder} ...", flush=True)  # noqa: T201  told on a terminal
            shutil.rmtree(environment, ignore_errors=True)
            _install(environment)
            stamp.write_text(REQUIREMENT)
    return environment / "bin" / "octoprint"


def _install(environment: Path) -> None:
    venv, python = str(environment), str(environment / "bin" / "python")
    steps = (
        ("make a virtual environment (on Debian: install python3-venv)", [sys.executable, "-m", "venv", venv]),
        ("install OctoPrint with pip", [python, "-m", "pip", "install", "-q", REQUIREMENT]),
    )
    for purpose, command in steps:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise InstallError(f"Could not {purpose}: {last[0]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Pace:
    """How fast a virtual printer is.

    feed_percent: M220; at 100 a move already lasts a tenth of its real time.
    minimum_seconds: a pause before the first line, so that no print is over before anybody looked.
    ambient_celsius: what the heaters start from and cool down to.
    """

    feed_percent: int = 300
    minimum_seconds: int = 3
    ambient_celsius: float = 21.3


class OctoPrintServer:
    """One OctoPrint server in `folder` (its base directory) with a virtual printer, on the loopback interface.

    Its events are appended to `events_file` by OctoPrint's own event hooks, one line each:
    seconds since 1970, name, path. User and application key are made once and kept in the folder.
    `serial`: OctoPrint's settings of another controller than its virtual printer, which then gets no scripts of ours.
    `is_announced`: it makes itself known on the loopback interface by its own discovery plugin.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        events_file: Path,
        *,
        program: Path,
        bed_mm: tuple[float, float, float] = (250, 210, 210),
        title: str = "FabQueue demonstration",
        pace: Pace | None = None,
        snapshot_url: str | None = None,
        is_announced: bool = False,
        serial: Mapping[str, object] | None = None,
    ):
        self.folder = folder.absolute()
        self.port = port
        self.events_file = events_file.absolute()
        self.url = f"http://127.0.0.1:{port}"
        self._program = program
        self._bed_mm = bed_mm
        self._title = title
        self._pace = pace or Pace()
        self._snapshot_url = snapshot_url
        self._is_announced = is_announced
        self._serial = dict(serial or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.events_file.parent.mkdir(parents=True, exist_ok=True)
        self.events_file.touch()
        self.password, self.key = self._credentials()

    # life

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, wait_seconds: float | None = 60) -> None:
        """Start the server and wait until its printer is operational (None: do not wait). Raises ServerError."""
        if self.pid is not None:
            return
        self._close_log()
        self._write_settings()
        command = [*tied_to_us(), str(self._program), "serve", "--basedir", str(self.folder)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        if os.geteuid() == 0:
            command.append("--iknowwhatimdoing")
        self._log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        if wait_seconds is not None:
            self.wait(wait_seconds)

    def wait(self, seconds: float = 60) -> None:
        """Wait until the server answers and its printer is operational. Raises ServerError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.pid is None:
                raise ServerError(f"OctoPrint on port {self.port} ended while starting; see {self.folder}/server.log")
            if self.state() == "Operational":
                return
            time.sleep(0.1)
        raise ServerError(f"OctoPrint on port {self.port} was not ready in time; see {self.folder}/server.log")

    def state(self) -> str | None:
        """What OctoPrint says its printer does, None while it does not answer."""
        try:
            answer = requests.get(f"{self.url}/api/job", headers={"X-Api-Key": self.key}, timeout=(1, 5))
            return str(answer.json()["state"]) if answer.ok else None
        except (requests.RequestException, ValueError, KeyError):
            return None  # still starting, or gone: that is the question

    def stop(self, seconds: float = 15) -> None:
        """End the server in order, by force when it takes too long."""
        if self.pid is not None and self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self._reap()

    def kill(self) -> None:
        """End the server as a power failure would. Event hooks already running finish on their own."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(signal.SIGKILL)
        self._reap()

    def restart(self, wait_seconds: float | None = 60) -> None:
        self.stop()
        self.start(wait_seconds)

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
        self._close_log()

    def _close_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    # what it did

    def events(self, name: str | None = None) -> list[tuple[float, str, str]]:
        """(seconds since 1970, event, path) in order, only those called `name` if given."""
        lines = (line.split(maxsplit=2) for line in self.events_file.read_text().splitlines())
        events = [(float(line[0]), line[1], line[2] if len(line) > 2 else "") for line in lines if len(line) > 1]
        return [event for event in events if name in {None, event[1]}]

    def serial_log(self) -> str:
        """Every line the virtual printer received (<<<) and answered (>>>)."""
        return (self.folder / "logs" / "plugin_virtual_printer_serial.log").read_text(errors="replace")

    # its settings; JSON is also YAML

    def _credentials(self) -> tuple[str, str]:
        """Password and application key, made on first use. The global key is deprecated and not used."""
        kept = self.folder / "credentials.json"
        if not kept.is_file():
            kept.touch(mode=0o600)
            kept.write_text(json.dumps([secrets.token_urlsafe(12), secrets.token_urlsafe(32)]))
        password, key = json.loads(kept.read_text())
        return password, key

    def _write_settings(self) -> None:
        profiles = self.folder / "printerProfiles"
        keys = self.folder / "data" / "appkeys"
        profiles.mkdir(exist_ok=True)
        keys.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "config.yaml", self._config())
        _write(self.folder / "users.yaml", {"_version": 2, USER: _user(self.password)})
        _write(keys / "keys.yaml", {USER: [{"app_id": "FabQueue", "api_key": self.key}]})
        _write(profiles / "_default.profile", self._printer_profile())

    def _config(self) -> dict[str, object]:
        config: dict[str, object] = {
            "server": {
                "firstRun": False,
                "seenWizards": {"corewizard": 4, "classicwebcam": 1},
                "onlineCheck": {"enabled": False},
                "pluginBlacklist": {"enabled": False},
                "pythonEolCheck": {"enabled": False},
                "secretKey": hashlib.sha256(self.key.encode()).hexdigest()[:32],
            },
            "appearance": {"name": self._title},
            "serial": {
                "port": "VIRTUAL",
                "baudrate": 115200,
                "autoconnect": True,
                "terminalLogSize": 20,
                **self._serial,
            },
            "scripts": {"gcode": {} if self._serial else self._scripts()},
            "gcodeAnalysis": {"runAt": "never"},
            "events": {"enabled": True, "subscriptions": [self._hook(event) for event in PRINT_EVENTS]},
            "plugins": {"_disabled": list(UNWANTED), "virtual_printer": self._virtual_printer()},
        }
        if self._is_announced:
            unwanted = [each for each in UNWANTED if each != "discovery"]
            discovery = {"addresses": ["127.0.0.1"]}  # not to the network this computer is in
            config["plugins"] = {**config["plugins"], "_disabled": unwanted, "discovery": discovery}  # type: ignore[dict-item]
        if self._snapshot_url:
            # without its version the plugin overwrites this with settings of OctoPrint before 1.9
            webcam = {"_config_version": 1, "snapshot": self._snapshot_url, "stream": self._snapshot_url}
            config["plugins"] = {**config["plugins"], "classicwebcam": webcam}  # type: ignore[dict-item]
        return config

    def _virtual_printer(self) -> dict[str, object]:
        # its built-in errors come at line 100, 105, 110 and 115 of every session; resends are not our subject
        return {"enabled": True, "ambientTemperature": self._pace.ambient_celsius, "simulated_errors": []}

    def _scripts(self) -> dict[str, str]:
        return {
            "afterPrinterConnected": f"M220 S{self._pace.feed_percent}",
            "beforePrintStarted": f"G4 P{self._pace.minimum_seconds * 1000}",
        }

    def _hook(self, event: str) -> dict[str, object]:
        # OctoPrint quotes the path for the shell itself
        target = shlex.quote(str(self.events_file)).replace("{", "{{").replace("}", "}}")
        command = f'echo "$(date +%s.%N)" {event} {{path}} >> {target}'
        return {"event": event, "type": "system", "shell": True, "command": command}

    def _printer_profile(self) -> dict[str, object]:
        width, depth, height = self._bed_mm
        volume = {"formFactor": "rectangular", "origin": "lowerleft", "custom_box": False}
        axis = {"speed": 6000, "inverted": False}
        # complete, or OctoPrint falls back to its own
        return {
            "id": "_default",
            "name": self._title,
            "model": "Virtual Marlin",
            "color": "default",
            "volume": {**volume, "width": width, "depth": depth, "height": height},
            "heatedBed": True,
            "heatedChamber": False,
            "extruder": {
                "count": 1,
                "offsets": [[0, 0]],
                "nozzleDiameter": 0.4,
                "sharedNozzle": False,
                "defaultExtrusionLength": 5,
            },
            "axes": dict.fromkeys("xyze", axis),
        }


def _write(path: Path, content: dict[str, object]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1))


def _user(password: str) -> dict[str, object]:
    groups = ["users", "admins"]
    hashed = _password_hash(password)
    return {"password": hashed, "active": True, "groups": groups, "permissions": [], "apikey": None, "settings": {}}


def _password_hash(password: str) -> str:
    """In the notation of passlib, which OctoPrint reads."""
    rounds, salt = 29000, secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    return f"$pbkdf2-sha256${rounds}${_passlib_base64(salt)}${_passlib_base64(digest)}"


def _passlib_base64(data: bytes) -> str:
    return base64.b64encode(data, altchars=b"./").decode().rstrip("=")
