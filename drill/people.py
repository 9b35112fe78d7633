"""Members who ask for prints, and a technician who approves, clears beds and decides doubts; all by the API alone.

The technician's eyes are OctoPrint's event files: what somebody sees who stands before the machine.
"""

import itertools
import random
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from drill.counting import Watch, count, events_of

LOOK_SECONDS = 1.0
OPEN = "submitted,awaiting_member,queued,in_production,ready,failed"
SETTLED = {"collected", "cancelled", "changes_requested", "rejected", "failed"}


ARMED_SHARE = 0.5
"""How often a round arms what waits at a laser: the rest shows that nothing starts by itself."""
CHECKLIST = ("material", "focus", "exhaust", "air", "framed", "staying")


@dataclass
class Demand:
    """What members ask for of one kind of machine. design: its number and chance to (file name, content)."""

    model: str
    material: str
    machines: int
    design: Callable[[int, random.Random], tuple[str, bytes]]
    designs: int = 0
    analysing: list[str] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)

    def asks_for(self, job: dict[str, Any]) -> bool:
        return bool(job["machine_model"] == self.model)


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
        demands: Sequence[Demand],
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
        self._demands = demands
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
        asked = time.time()
        for machine in self.technician.all("/machines"):
            run = machine["run"]
            self._watch.saw(time.time(), machine["slug"], *((run["id"], run["state"]) if run else ()), asked=asked)
            if run is not None:
                self._attend(machine, run)
            elif machine["condition"] == "needs_clearing":
                self._clear(machine)
            elif machine["staged"] and self._random.random() < ARMED_SHARE:
                self._arm(machine["slug"], self._random.choice(machine["staged"])["id"])

    def _attend(self, machine: dict[str, Any], run: dict[str, Any]) -> None:
        slug = machine["slug"]
        if run["state"] == "in_doubt":
            self._decide(slug, run["id"])
        elif run["state"] == "running" and self._random.random() < 0.01:
            self._do(slug, "cancel", {"reason": "came loose"})
        elif machine["kind"] == "laser":
            if run["state"] == "armed" and self._random.random() < 0.05:
                self._do(slug, "disarm", {"run": run["id"]})
        elif run["state"] == "running" and self._random.random() < 0.02:
            self._do(slug, "pause")
        elif run["state"] == "paused":
            self._do(slug, "resume")

    def _arm(self, slug: str, run: str) -> None:
        """Go through the checklist; mostly. Something not ticked arms nothing."""
        ticked = dict.fromkeys(CHECKLIST, True)
        if self._random.random() < 0.1:
            ticked["exhaust"] = False
        with self._watch.arming(run, all(ticked.values())):
            self._do(slug, "arm", {"run": run, "checklist": ticked})

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
        for each in self._demands:
            for key in list(each.analysing):
                self._look_at(each, key)
            waiting = sum(job["state"] not in SETTLED | {"ready"} for job in self._open if each.asks_for(job))
            if self._asking.is_set() and waiting < 2 * each.machines:
                self._ask_for(each)

    def _ask_for(self, demand: Demand) -> None:
        if not demand.analysing and (not demand.revisions or self._random.random() < 0.15):
            self._upload(demand)
        if demand.revisions:
            revision = self._random.choice(demand.revisions[-6:])
            wish = {"revision": revision, "machine_model": demand.model, "material": demand.material}
            with suppress(Refused):  # a laser's price is being reckoned
                self.member.call("POST", "/jobs", json=wish)

    def _upload(self, demand: Demand) -> None:
        demand.designs += 1
        name, content = demand.design(demand.designs, self._random)
        made = self.member.call("POST", "/designs", files={"file": (name, content)})
        demand.analysing.append(made["id"])

    def _look_at(self, demand: Demand, key: str) -> None:
        revision = self.member.call("GET", f"/designs/{key}")["revision"]
        if revision["state"] in {"ready", "failed"}:
            demand.analysing.remove(key)
        if revision["state"] == "ready":
            demand.revisions.append(revision["id"])

    def every_job(self) -> list[Any]:
        return self.technician.all("/jobs")
