"""Members who ask for prints, and a technician who approves, clears beds and decides doubts; all by the API alone.

The technician's eyes are OctoPrint's event files: what somebody sees who stands before the machine.
"""

import itertools
import random
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from drill.counting import Watch, count, events_of

LOOK_SECONDS = 0.4
OPEN = "submitted,awaiting_member,queued,in_production,ready,failed"
SETTLED = {"collected", "cancelled", "changes_requested", "rejected", "failed"}


class Refused(Exception):
    """The API answered with an error; the state changed meanwhile, mostly."""


class Client:
    """Calls as one person, at any of the lab's web servers; what is lost is asked again with the same key."""

    def __init__(self, urls: list[str], token: str, stop: threading.Event) -> None:
        self._urls, self._token, self._stop = itertools.cycle(urls), token, stop

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The answer. Raises Refused; TimeoutError when the drill ends before there is one."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": secrets.token_hex(8)}
        while not self._stop.is_set():
            with suppress(requests.RequestException, ValueError):
                url = f"{next(self._urls)}/api/v1{path}"
                answer = requests.request(method, url, headers=headers, timeout=30, **options)
                body = answer.json()
                if answer.ok:
                    return body
                if answer.status_code < 500 and body.get("code") != "repeat_still_working":
                    raise Refused(f"{method} {path}: {answer.status_code} {body.get('code')} {body.get('detail')}")
            time.sleep(0.2)
        raise TimeoutError(path)

    def all(self, path: str) -> list[Any]:
        """Every item of a list."""
        found: list[Any] = []
        mark = "&" if "?" in path else "?"
        following = f"{path}{mark}limit=100"
        while following:
            page = self.call("GET", following)
            found += page["items"]
            following = (page["next"] or "").partition("/api/v1")[2]
        return found


class People:
    """Everybody, in one thread: `start`, and `stop_asking` when no new jobs shall come."""

    def __init__(
        self,
        urls: list[str],
        tokens: dict[str, str],
        files: dict[str, Path],
        watch: Watch,
        seed: int,
        moves: Callable[[str], bool],
    ) -> None:
        self._random = random.Random(f"people {seed}")
        self._stop = threading.Event()
        self.member = Client(urls, tokens["mia"], self._stop)
        self.technician = Client(urls, tokens["tara"], self._stop)
        self._files, self._watch, self._moves = files, watch, moves
        self._asking = threading.Event()
        self._asking.set()
        self._revisions: list[str] = []
        self._analysing: list[str] = []
        self._designs = 0
        self._again: set[str] = set()
        self._open: list[Any] = []
        self.errors: list[str] = []
        self._thread = threading.Thread(target=self._live, name="people", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop_asking(self) -> None:
        self._asking.clear()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(40)

    @property
    def rests(self) -> bool:
        """Whether nothing is left to do for anybody, as the last round saw it."""
        return not self._asking.is_set() and all(each["state"] in SETTLED for each in self._open)

    @property
    def open_jobs(self) -> list[str]:
        return [f"{each['code']} {each['state']}" for each in self._open if each["state"] not in SETTLED]

    def _live(self) -> None:
        while not self._stop.is_set():
            for act in (self._round_of_machines, self._round_of_jobs, self._ask):
                try:
                    act()
                except Refused as refused:
                    self.errors.append(str(refused))
                except TimeoutError:
                    return
                except Exception:  # noqa: BLE001  told at the end; the others go on
                    self.errors.append(traceback.format_exc())
            self._stop.wait(LOOK_SECONDS)

    # the technician at the machines

    def _round_of_machines(self) -> None:
        for machine in self.technician.all("/machines"):
            run = machine["run"]
            if run is not None:
                self._watch.saw(time.time(), machine["slug"], run["id"], run["state"])
                self._attend(machine["slug"], run)
            elif machine["condition"] == "needs_clearing":
                self._clear(machine)

    def _attend(self, slug: str, run: dict[str, Any]) -> None:
        if run["state"] == "in_doubt":
            self._decide(slug, run["id"])
        elif run["state"] == "running" and self._random.random() < 0.01:
            self._do(slug, "cancel", {"reason": "came loose"})
        elif run["state"] == "running" and self._random.random() < 0.02:
            self._do(slug, "pause")
        elif run["state"] == "paused":
            self._do(slug, "resume")

    def _do(self, slug: str, what: str, said: dict[str, Any] | None = None) -> None:
        self.technician.call("POST", f"/machines/{slug}/{what}", json=said or {})

    def _decide(self, slug: str, run: str) -> None:
        """Go there and look: it is done, it still prints, it failed on the way, or it was never begun."""
        events = events_of([self._files[slug]])
        began, done, ended = (
            sum(count(events, name)[run] for name in names)
            for names in (("PrintStarted",), ("PrintDone",), ("PrintFailed", "PrintCancelled"))
        )
        if began and not done and not ended and self._moves(slug):
            return
        outcome = "done" if done else "repeat" if self._random.random() < 0.8 else "failed"
        self.technician.call("POST", f"/runs/{run}/resolve", json={"outcome": outcome, "reason": "I looked at it."})

    def _clear(self, machine: dict[str, Any]) -> None:
        said: dict[str, Any] = {}
        lying = machine["to_clear"]
        if lying and lying["state"] == "done" and self._random.random() < 0.04:
            said = {"outcome": "failed", "reason": "warped", "repeat": True}
        self._do(machine["slug"], "clear", said)

    # jobs

    def _round_of_jobs(self) -> None:
        self._open = self.technician.all(f"/jobs?state={OPEN}")
        for job in self._open:
            state, key = job["state"], job["id"]
            if state == "submitted":
                self.technician.call("POST", f"/jobs/{key}/approve", json={})
            elif state == "ready":
                self.technician.call("POST", f"/jobs/{key}/collect", json={})
            elif state == "awaiting_member":
                self.member.call("POST", f"/jobs/{key}/accept", json={})
            elif state == "failed" and key not in self._again:
                self._again.add(key)
                if self._asking.is_set() and self._random.random() < 0.7:
                    self.technician.call("POST", f"/jobs/{key}/requeue", json={})

    def _ask(self) -> None:
        """Keep a few jobs waiting for every machine; now and then of a new design."""
        for key in list(self._analysing):
            self._look_at(key)
        waiting = sum(each["state"] not in SETTLED | {"ready"} for each in self._open)
        if not self._asking.is_set() or waiting >= 2 * len(self._files):
            return
        if not self._analysing and (not self._revisions or self._random.random() < 0.15):
            self._upload()
        if self._revisions:
            revision = self._random.choice(self._revisions[-6:])
            wish = {"revision": revision, "machine_model": "marlin-250", "material": "pla"}
            self.member.call("POST", "/jobs", json=wish)

    def _upload(self) -> None:
        self._designs += 1
        name, content = design(self._designs, self._random)
        made = self.member.call("POST", "/designs", files={"file": (name, content)})
        self._analysing.append(made["id"])

    def _look_at(self, key: str) -> None:
        revision = self.member.call("GET", f"/designs/{key}")["revision"]
        if revision["state"] in {"ready", "failed"}:
            self._analysing.remove(key)
        if revision["state"] == "ready":
            self._revisions.append(revision["id"])

    def every_job(self) -> list[Any]:
        return self.technician.all("/jobs")


def design(number: int, chance: random.Random) -> tuple[str, bytes]:
    """A small thing to print: mostly G-code of a second or two, every fourth a mesh that must be sliced."""
    if number % 4 == 0:
        return f"tile-{number}.stl", _tile(6 + number / 50)
    return f"line-{number}.gcode", _gcode(number, 1.0 + 2.0 * chance.random())


def _gcode(number: int, seconds: float) -> bytes:
    pause = f"G4 P{round(seconds * 100)}"
    lines = [line for step in range(10) for line in (pause, f"G1 X{10 + step} Y{10 + number % 50} E{step / 10} F3000")]
    said = ["; generated by the drill", "; estimated printing time (normal mode) = 2m 0s", "; filament used [g] = 1.0"]
    return "\n".join([*said, "G21", "G90", "M82", "G28", "G1 Z0.2 F3000", *lines, "M104 S0", "M140 S0", ""]).encode()


def _tile(width: float) -> bytes:
    """A flat square box as text STL."""
    x, y, z = (0, width), (0, width), (0, 0.6)
    triangles = [each for axis in range(3) for side in range(2) for each in _face((x, y, z), axis, side)]
    body = "".join(f"facet normal 0 0 0\nouter loop\n{_corners(each)}endloop\nendfacet\n" for each in triangles)
    return f"solid tile\n{body}endsolid tile\n".encode()


def _corners(triangle: list[tuple[float, ...]]) -> str:
    return "".join(f"vertex {a} {b} {c}\n" for a, b, c in triangle)


def _face(spans: Any, axis: int, side: int) -> list[list[tuple[float, ...]]]:
    """Two triangles of one side of a box, seen from outside counter-clockwise."""
    one, two = (axis + 1) % 3, (axis + 2) % 3

    def corner(first: int, second: int) -> tuple[float, ...]:
        place = [0.0, 0.0, 0.0]
        place[axis], place[one], place[two] = spans[axis][side], spans[one][first], spans[two][second]
        return tuple(place)

    square = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]
    square = square if side else square[::-1]
    return [[square[0], square[1], square[2]], [square[0], square[2], square[3]]]
