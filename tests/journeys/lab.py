"""A lab as people meet it: `fabqueue serve` on a free port, driven by its API, with real OctoPrints beside it."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import redis
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue import config
from fabqueue.db import Database, WritingSession
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.models import MANUAL, OCTOPRINT, Machine, MachineKind, MachineModel, Material, Person, Role, Stock
from fabqueue.services import certifications, people, stocks, supplies, tokens, workshop
from fabqueue.services.sheets import PileFacts, SheetFacts
from fabqueue.services.supplies import StockFacts
from fabqueue.services.workshop import MachineFacts, ModelFacts
from tests.support.factories import box_stl
from tests.support.octoprint import eventually, free_port
from tests.support.pages import TOKEN, words
from tests.support.processes import descendants

PEOPLE = {"mia": "member", "tara": "technician", "ines": "instructor", "adam": "admin"}
PASSWORD = "correct horse battery"
VICTIMS = ("web", "analysis", "slicing", "machines", "ticker", "valkey")
OPEN = {"licence": "CERN-OHL-S-2.0", "licensor": "Mia", "function": "Shows that it works.", "version": "1.0.0"}
PATIENCE = 180
"""Seconds until a step is taken for lost; nothing waits that long when all is well."""
LOOK_EVERY = 0.25
"""Seconds between two looks: what is waited for needs the processor more than the looks do."""


class Lab:
    """A running lab with one person of each role, grey PLA, and whatever machines are added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tokens: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(
            f'[site]\nname = "Journey Lab"\npublic_url = "{self.url}"\ntime_zone = "Europe/Berlin"\n'
            f"[server]\nport = {self.port}\n[machines]\npoll_seconds = 0.5\n"
        )

    # life

    def start(self) -> None:
        """Start every process and wait until all of them say that they are well."""
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fabqueue.cli", "serve"], cwd=self.folder, env=self._environment(),
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.wait(self.is_well, "the lab is up")

    def stop(self) -> set[int]:
        """End it as a service manager would; the processes that were left over, which should be none."""
        if self._process is None:
            return set()
        family = descendants(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        left = {pid for pid in family if Path(f"/proc/{pid}").exists()}
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return left

    def is_well(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/health", timeout=5).status_code == 200
        return False

    def log(self) -> str:
        return (self.folder / "serve.log").read_text(errors="replace")[-8000:]

    def pids(self, name: str) -> set[int]:
        """The processes of one supervised program."""
        assert self._process is not None
        marks = {
            "web": ("cli", "web"), "analysis": ("worker", "analysis"),
            "slicing": ("worker", "slicing"), "machines": ("worker", "machines"),
            "ticker": ("cli", "ticker"), "valkey": ("valkey-server",),
        }[name]  # fmt: skip
        return {pid for pid in descendants(self._process.pid) if _mentions(pid, marks)}

    def kill(self, name: str) -> None:
        """SIGKILL one program outright, as a crash or the kernel would."""
        for pid in self.pids(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def empty_valkey(self) -> None:
        """Lose everything that Valkey holds."""
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self._redis_address()) as client:
            client.flushall()

    def _redis_address(self) -> str:
        for pid in self.pids("valkey"):
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                if "--unixsocket" in words:
                    return f"unix://{words[words.index('--unixsocket') + 1]}"
        return f"unix://{self.folder / 'data' / 'valkey' / 'valkey.sock'}"

    # the command line

    def run(self, *words: str, said: str = "") -> str:
        """`fabqueue WORDS` in the lab's folder; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "fabqueue.cli", *words], cwd=self.folder, env=self._environment(), input=said,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("FABQUEUE_")},
            "LANG": "C.UTF-8",
        }

    def populate(self) -> None:
        """One person of each role, with a token: the admin by the command line, the others as quickly."""
        self.run("user", "add", "adam", "--role", "admin", "--password-stdin", said=f"{PASSWORD}\n")
        self.tokens["adam"] = self.run("token", "create", "--user", "adam").splitlines()[-1]
        settings = config.load(self.folder / "config.toml", {})
        with closing(Database(settings.database_url)) as database, database.writing() as session:
            for name, role in PEOPLE.items():
                if name not in self.tokens:
                    made = people.sign_up(session, settings.people, name, PASSWORD, role=Role(role))
                    self.tokens[name] = tokens.create(session, made, "journey")[1]
            session.commit()

    # the API

    def call(self, person: str, method: str, path: str, *, status: int | None = None, **options: Any) -> Any:
        """One call; a lost connection is tried again, safely: every call carries an Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.tokens[person]}", "Idempotency-Key": secrets.token_hex(8)}
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **options)
                if answer.status_code not in {502, 503} and answer.json().get("code") != "repeat_still_working":
                    break
            except requests.RequestException:
                assert time.monotonic() < until, f"{method} {path} never answered\n{self.log()}"
            time.sleep(0.2)
        wanted = {status} if status else {200, 201, 202}
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def visit(self, method: str, path: str) -> Any:
        """A call of a visitor, without a token."""
        answer = requests.request(method, f"{self.url}/api/v1{path}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, person: str, path: str) -> str:
        """The words of a page, as somebody reads it who signs in with their password."""
        with requests.Session() as browser:
            form = TOKEN.search(browser.get(f"{self.url}/sign-in", timeout=60).text)
            assert form is not None
            said = {"csrf_token": form[1], "name": person, "password": PASSWORD}
            browser.post(f"{self.url}/sign-in", data=said, timeout=60).raise_for_status()
            answer = browser.get(f"{self.url}{path}", timeout=60)
            assert answer.status_code == 200, answer.text
            return words(answer.text)

    def upload(self, person: str, name: str = "box.stl", content: bytes | None = None) -> dict[str, Any]:
        files = {"file": (name, content if content is not None else box_stl((10, 10, 2)))}
        made: dict[str, Any] = self.call(person, "POST", "/designs", files=files, status=202)
        return made

    def analysed(self, person: str, design: dict[str, Any]) -> dict[str, Any]:
        """The design once its analysis came to an end."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.call(person, "GET", f"/designs/{design['id']}")
            return found if found["revision"]["state"] in {"ready", "failed"} else None

        return self.wait(look, "the analysis ended")

    def job(self, person: str, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call(person, "GET", f"/jobs/{key}")
        return found

    def wait(self, question: Callable[[], Any], what: str) -> Any:
        try:
            return eventually(question, PATIENCE, LOOK_EVERY)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}\n{self.log()}") from None

    def until(self, person: str, key: str, *states: str) -> dict[str, Any]:
        """The job once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            found = self.job(person, key)
            return found if found["state"] in states else None

        made: dict[str, Any] = self.wait(look, f"job {key} becomes {' or '.join(states)}")
        return made

    def until_run(self, person: str, key: str, *states: str) -> dict[str, Any]:
        """The job's latest run once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            runs = self.job(person, key)["runs"]
            return runs[-1] if runs and runs[-1]["state"] in states else None

        made: dict[str, Any] = self.wait(look, f"the run of {key} becomes {' or '.join(states)}")
        return made

    # the workshop, set up as its admin would on the pages

    def add_printer(self, server: OctoPrintServer) -> str:
        """A printer with grey PLA and a clear bed; its slug."""
        facts = ModelFacts("Marlin 250", MachineKind.PRINTER, "marlin-250", 120, 50, offers={"pla": "pla"})
        return self._add(facts, OCTOPRINT, server.url, server.key)

    def add_tool(self) -> str:
        """A tool without a network; its slug."""
        return self._add(ModelFacts("Sewing machine", MachineKind.OTHER, offers={"pla": ""}), MANUAL)

    def add_laser(self, server: OctoPrintServer) -> str:
        """A laser with poplar plywood in it and a clear bed; its slug."""
        with self._as_admin() as (session, adam):
            sheet = SheetFacts(4, 2400, (600, 400))
            poplar = supplies.save_material(session, adam, "Poplar plywood 4 mm", 0, slug="poplar-4", sheet=sheet)
            offers = {poplar.slug: "poplar-4"}
            facts = ModelFacts("Laser 600", MachineKind.LASER, "laser-600", 600, 100, offers=offers)
            model = workshop.save_model(session, adam, facts)
            pile = supplies.save_stock(session, adam, StockFacts(poplar.slug, "Poplar, ten sheets", "natural",
                                                                 pile=PileFacts((600, 400), 10, 10)))  # fmt: skip
            there = MachineFacts("Laser 600", model.slug, OCTOPRINT, server.url, server.key)
            machine = workshop.save_machine(session, adam, there)
            slug, stock = machine.slug, pile.id
            session.commit()
        self.call("tara", "POST", f"/machines/{slug}/load", json={"stock": stock})
        self.call("tara", "POST", f"/machines/{slug}/clear", json={})
        return slug

    def certify(self, name: str, model: str) -> None:
        """Ines certifies somebody for a machine model."""
        with self._as_admin() as (session, _adam):
            people = {each.user_name: each for each in session.scalars(select(Person)).unique()}
            kind = session.scalars(select(MachineModel).where(MachineModel.slug == model)).one()
            certifications.grant(session, people[name], people["ines"], model=kind)
            session.commit()

    def add_spool(self, label: str, left_grams: float) -> str:
        """Another spool of grey PLA with so much on it; its id."""
        with self._as_admin() as (session, adam):
            spool = supplies.save_stock(session, adam, StockFacts("pla", label, "grey", left_grams=left_grams))
            session.commit()
            return spool.id

    def weigh(self, stock_id: str, left_grams: float) -> None:
        """Somebody puts a spool on the scales."""
        with self._as_admin() as (session, adam):
            stocks.weigh(session, adam, session.get_one(Stock, stock_id), left_grams)
            session.commit()

    def move(self, slug: str, url: str) -> None:
        """The same machine is reached at another address from now on."""
        with self._as_admin() as (session, adam):
            machine = session.scalars(select(Machine).where(Machine.slug == slug)).unique().one()
            facts = MachineFacts(machine.name, machine.machine_model.slug, machine.driver, url, machine.key)
            workshop.save_machine(session, adam, facts, machine)
            session.commit()

    def _add(self, model: ModelFacts, driver: str, url: str = "", key: str = "") -> str:
        with self._as_admin() as (session, adam):
            supplies.save_material(session, adam, "PLA", 2500, self._pla(session), slug="pla")
            made = workshop.save_model(session, adam, model)
            spool = supplies.save_stock(session, adam, StockFacts("pla", f"PLA grey for {made.title}", "grey"))
            machine = workshop.save_machine(session, adam, MachineFacts(made.title, made.slug, driver, url, key))
            slug, stock = machine.slug, spool.id
            session.commit()
        self.call("tara", "POST", f"/machines/{slug}/load", json={"stock": stock})
        self.call("tara", "POST", f"/machines/{slug}/clear", json={})
        return slug

    @contextlib.contextmanager
    def _as_admin(self) -> Iterator[tuple[WritingSession, Person]]:
        settings = config.load(self.folder / "config.toml", {})
        with closing(Database(settings.database_url)) as database, database.writing() as session:
            yield session, session.scalars(select(Person).where(Person.user_name == "adam")).one()

    def _pla(self, session: Session) -> Material | None:
        return session.scalar(select(Material).where(Material.slug == "pla"))


def _mentions(pid: int, marks: tuple[str, ...]) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return False
    return all(any(mark in word for word in words) for mark in marks)


def printed(server: OctoPrintServer) -> list[tuple[str, str]]:
    """What OctoPrint itself says that it did: (event, path) of every start and every end, in order."""
    wanted = {"PrintStarted", "PrintDone", "PrintFailed", "PrintCancelled"}
    return [(event, path) for _at, event, path in server.events() if event in wanted]
