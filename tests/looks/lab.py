"""A lab worth a picture: people, machines and jobs in every state, made by the services a page calls.

Machines need no server here: what dispatch would learn from them is said by the same services it calls.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fabqueue.analysis import sandbox
from fabqueue.db import WritingSession, now
from fabqueue.demo import camera, lab
from fabqueue.demo.catalogue import BIG, PROJECTS, SMALL, DemoProject
from fabqueue.demo.lab import Place, person
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Connection,
    DriverKind,
    Job,
    Machine,
    MachineKind,
    Outcome,
    Project,
    Revision,
    Run,
    SlicingState,
    StoredFile,
)
from fabqueue.services import (
    certifications,
    events,
    floor,
    jobs,
    ledger,
    people,
    projects,
    quotes,
    reviews,
    runs,
    sites,
    tokens,
    uploads,
    workshop,
)
from fabqueue.services.jobs import Wish
from fabqueue.tasks.work import find
from tests.looks import files

LASER = "laser-60"
QUESTION = "The walls at the rim are very thin. Shall I print them as they are, or do you want to make them thicker?"
PRINTERS = {
    "tall": ("Tall printer", BIG), "corner": ("Corner printer", BIG), "shelf": ("Shelf printer", SMALL),
    "spare": ("Spare printer", BIG), "door": ("Printer by the door", BIG), "far": ("Far printer", SMALL),
    "old": ("Old printer", BIG), "stairs": ("Printer below the stairs", BIG),
}  # fmt: skip
"""Slug to name and model of what stands beside the machines of the demonstration."""


@dataclass
class Lab:
    """What the addresses of pages are made of."""

    people: dict[str, str] = field(default_factory=dict)
    """User name to what the cookie of a signed-in browser says."""
    designs: dict[str, str] = field(default_factory=dict)
    """File name to the design's id."""
    revisions: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """What happened to a job, to its code."""
    projects: dict[str, str] = field(default_factory=dict)
    """Title to slug."""
    runs: dict[str, str] = field(default_factory=dict)
    stock: str = ""
    secret: str = ""
    """Of a link for a new password."""


class Builder:
    """Makes the lab step by step; each step commits."""

    def __init__(self, context: Context) -> None:
        self.context, self.made = context, Lab()
        self.wakes: list[tuple[str, str]] = []
        context.db.waker = lambda task, key: self.wakes.append((task, key))

    @contextmanager
    def writing(self) -> Iterator[WritingSession]:
        with self.context.db.writing() as session:
            session.expire_on_commit = False
            yield session
            session.commit()

    def build(self) -> Lab:
        sandbox.preload()  # files are then read in forks of this process where it has one thread only
        self._workshop()
        self._designs()
        self._builds()
        self._before_making()
        self._on_printers()
        self._at_the_cutter()
        self._machines_that_rest()
        self._accounts()
        return self.made

    # people and machines

    def _workshop(self) -> None:
        with self.writing() as session:
            sites.sync(session, self.context.config)
        lab.set_up(self.context, {slug: _place(slug) for slug in ("left", "mini")})
        with self.writing() as session:
            adam = person(session, "adam")
            wood = workshop.save_material(session, adam, "Poplar plywood 4 mm", 450, slug="poplar-4")
            laser = workshop.ModelFacts("Laser cutter 60 W", MachineKind.LASER, "", 600, 200, needs_certification=True,
                                        drawings_only=True, offers={wood.slug: ""})  # fmt: skip
            workshop.save_model(session, adam, laser, slug=LASER)
            sheets = workshop.StockFacts(wood.slug, "Poplar ply", "natural", "#c9a26b", left_grams=640)
            self._machine(session, "laser", "Laser A", LASER, sheets, 30)
            for position, (slug, (name, model)) in enumerate(PRINTERS.items(), 10):
                colour = ("PLA grey", "grey", "#8b9096")
                self._machine(session, slug, name, model, workshop.StockFacts("pla", *colour), position)
            for machine in workshop.machines(session):
                machine.connection, machine.seen_at = Connection.ONLINE, now()
            self.made.stock = workshop.stocks(session)[0].id
            everybody = ("mia", "jonas", "noor", "tara", "ines", "adam")
            for each in (person(session, name) for name in everybody):
                self.made.people[each.user_name] = f"{each.id}.{each.sign_in_generation}"

    def _machine(
        self, session: WritingSession, slug: str, name: str, model: str, stock: workshop.StockFacts, position: int
    ) -> None:
        adam, tara = person(session, "adam"), events.actor_of(person(session, "tara"))
        driver = DriverKind.MANUAL if model == LASER else DriverKind.OCTOPRINT
        place = _place(slug) if driver is DriverKind.OCTOPRINT else Place("", "", "")
        facts = workshop.MachineFacts(name, model, driver, place.url, place.key, place.camera_url, position)
        machine = workshop.save_machine(session, adam, facts, slug=slug)
        session.refresh(machine)
        floor.load(session, tara, machine, workshop.save_stock(session, adam, stock))
        floor.clear(session, tara, machine)

    # designs, read by the real analysis

    def _designs(self) -> None:
        for project in PROJECTS:
            if project.title in files.SHOWN:
                self._published(project)
        for name, content in files.odd().items():
            self._upload("mia", name, content)
        self._work()
        with self.writing() as session:
            for slug in self.made.projects.values():
                shown = session.query(Project).filter_by(slug=slug).one()
                projects.publish(session, shown, shown.owner)
        self._upload("mia", files.UNREAD, files.unread())

    def _published(self, project: DemoProject) -> None:
        with self.writing() as session:
            owner = person(session, project.owner)
            made = uploads.start_project(session, owner, project.title)
            texts = ("summary", "documentation", "function", "licence", "licensor", "version")
            projects.change(session, made, owner, {each: getattr(project, each) for each in texts})
            self.made.projects[project.title] = made.slug
        for name, draw in project.parts:
            self._upload(project.owner, name, draw(), made.id)

    def _upload(self, owner: str, filename: str, content: bytes, project_id: str = "") -> None:
        kept = self.context.storage.keep(io.BytesIO(content), len(content))
        with self.writing() as session:
            project = session.get_one(Project, project_id) if project_id else None
            revision = uploads.add_design(
                session, self.context.config.uploads, person(session, owner), kept, filename, project=project
            )
            self.made.designs[filename], self.made.revisions[filename] = revision.design_id, revision.id

    def _work(self) -> None:
        for task, key in self.wakes:
            if task == "analyse":
                find(task)(self.context, key)
        self.wakes.clear()

    # jobs

    def draft(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        revision = session.get_one(Revision, self.made.revisions[file])
        model, material = files.MACHINES.get(file, (BIG, "pla"))
        wanted = Wish(**({"machine_model": model, "material": material} | wish))  # type: ignore[arg-type]
        asks = person(session, owner)
        made = jobs.create(session, self.context.config, asks, revision, wanted, filed_by=asks)
        self.made.jobs[what] = made.code
        return made

    def submitted(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        made = self.draft(session, what, file, owner, **wish)
        jobs.submit(session, self.context.config, made, made.owner)
        return made

    def approved(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        made = self.submitted(session, what, file, owner, **wish)
        reviews.approve(session, self.context.config, made, person(session, "tara"))
        return made

    def _before_making(self) -> None:
        with self.writing() as session:
            tara, soon = person(session, "tara"), now().date() + timedelta(days=3)
            self.draft(session, "draft", "hinge-leaf.stl", quantity=2)
            self.draft(session, "draft blocked", "open-tray.stl")
            self.submitted(session, "submitted", "phone-stand.stl", needed_by=soon, quantity=2,
                           note="The inside must be smooth. Colour does not matter.")  # fmt: skip
            self.submitted(session, "submitted by Noor", "ribbed-pot.stl", "noor", colour="grey", quantity=6,
                           note="For the seedlings of class 6b.")  # fmt: skip
            self.submitted(session, "submitted by Jonas", files.LONG, "jonas", colour="orange", quantity=3)
            reviews.request_changes(session, self.submitted(session, "question", "ribbed-pot.stl"), tara, QUESTION)
            self._dearer(session, self.submitted(session, "dearer", "gear-m1.5-z18.stl", quantity=4))
            reviews.reject(session, self.submitted(session, "rejected", "cable-clip-6.stl"), tara,
                           "We do not make parts that hold mains cables.")  # fmt: skip
            jobs.cancel(session, self.submitted(session, "cancelled", "knob-28.stl"), person(session, "mia"))
            for number in range(3):
                self.approved(session, f"queued {number}", "hinge-leaf.stl", ("mia", "jonas", "noor")[number])
                self._slice(session, self._run(session, f"queued {number}"))
            self.approved(session, "preparing", "knob-28.stl", "jonas", machine_model=SMALL)

    def _dearer(self, session: WritingSession, job: Job) -> None:
        quote = quotes.freeze(session, self.context.config, sites.the_site(session), job)
        quote.total_minor += 120
        jobs.offer_dearer(session, events.actor_of(person(session, "tara")), job, quote, "price_dearer_by_change")

    def _builds(self) -> None:
        """Copies that were made, well and badly, on the first printer."""
        for number, (file, owner, took) in enumerate(files.MADE):
            with self.writing() as session:
                run = self._claimed(session, f"collected {number}", file, owner, "left")
                runs.began(session, events.of_machine(_of(run)), run)
                runs.done(session, events.of_machine(_of(run)), run, took)
                floor.clear(session, self._tara(session), _of(run), place="Shelf 2")
                jobs.collect(session, run.items[0].job, run.items[0].job.owner)

    def _on_printers(self) -> None:
        ends: dict[str, tuple[str, str, str, Callable[[WritingSession, Run], None]]] = {
            "running": ("left", "angle-bracket.stl", "mia", _running),
            "paused": ("tall", "ribbed-pot.stl", "noor", _paused),
            "in doubt": ("corner", "phone-stand.stl", "mia", _doubtful),
            "printed": ("shelf", "gear-m1.5-z18.stl", "jonas", _printed),
            "sending": ("door", "knob-28.stl", "mia", _sent),
            "failed": ("spare", files.LONG, "mia", _failed),
            "stopping": ("stairs", "hinge-leaf.stl", "noor", _stopping),
            "ready": ("mini", "cable-clip-6.stl", "mia", _printed),
            "failed by Jonas": ("mini", "knob-28.stl", "jonas", _failed),
        }  # fmt: skip
        for what, (machine, file, owner, end) in ends.items():
            with self.writing() as session:
                run = self._claimed(session, what, file, owner, machine)
                end(session, run)
                self._picture(_of(run))
                if machine == "mini":
                    floor.clear(session, self._tara(session), _of(run), Outcome.GOOD, place="Shelf 3, box 12")

    def _claimed(self, session: WritingSession, what: str, file: str, owner: str, machine: str) -> Run:
        here = session.query(Machine).filter_by(slug=machine).one()
        self.approved(session, what, file, owner, machine_model=here.machine_model.slug, quantity=2)
        run = self._run(session, what)
        self._slice(session, run)
        runs.claim(session, events.of_machine(here), run, here, here.slots[0].stock)
        _told(session, run)
        return run

    def _run(self, session: WritingSession, what: str) -> Run:
        job = session.query(Job).filter_by(code=self.made.jobs[what]).one()
        run = runs.of_job(session, job)[0]
        self.made.runs[what] = run.id
        return run

    def _slice(self, session: WritingSession, run: Run) -> None:
        """What the slicer would have answered."""
        slicing = run.slicing
        assert slicing
        was_ready = slicing.state is SlicingState.READY
        if session.get(StoredFile, "0" * 64) is None:
            session.add(StoredFile(sha256="0" * 64, size=1))
            session.flush()
        slicing.state, slicing.gcode_sha256, slicing.gcode_sha1 = SlicingState.READY, "0" * 64, "0" * 40
        slicing.seconds, slicing.milligrams, slicing.ready_at = 5400, 21_400, now()
        if not was_ready:
            runs.prepared(session, events.SYSTEM, run)

    def _picture(self, machine: Machine) -> None:
        seen = camera.draw(machine.name, 62.0, datetime.now().astimezone())
        self.context.storage.put_volatile(f"camera-{machine.id}", seen)
        machine.picture_at = now()

    def _at_the_cutter(self) -> None:
        """By hand: one at work, one that waits its turn."""
        with self.writing() as session:
            self.approved(session, "cutting", "sun-sticker-60.svg", "noor", colour="yellow", quantity=3)
            cutter = session.query(Machine).filter_by(slug="cutter").one()
            self.made.runs["cutting"] = by_hand.start(session, self._tara(session), cutter).id
            self.approved(session, "behind it", "coat-hooks.svg", colour="yellow")

    def _machines_that_rest(self) -> None:
        with self.writing() as session:
            found = {each.slug: each for each in workshop.machines(session)}
            floor.maintenance(session, self._tara(session), found["old"], True, "New belt, do not move the bed. Ines")
            found["far"].connection, found["far"].misses = Connection.OFFLINE, 9
            found["far"].seen_at = now() - timedelta(hours=5)
            spare = found["spare"]
            spare.fault_code, spare.fault_values, spare.fault_at = "machine_foreign_print", {"file": "benchy.g"}, now()

    def _tara(self, session: WritingSession) -> events.Actor:
        return events.actor_of(person(session, "tara"))

    # accounts

    def _accounts(self) -> None:
        with self.writing() as session:
            mia, ines, adam = (person(session, name) for name in ("mia", "ines", "adam"))
            tokens.create(session, mia, "Bridge to the shop")
            old, _secret = tokens.create(session, mia, "Old laptop")
            tokens.revoke(session, old, mia)
            laser = next(each for each in workshop.models(session) if each.slug == LASER)
            certifications.grant(session, mia, ines, model=laser)
            certifications.grant(session, mia, ines, kind=MachineKind.PRINTER, expires_at=now() + timedelta(days=9))
            ledger.payment(session, ledger.account_of(session, mia), 4200, adam, "Cash at the desk")
            self.made.secret, _ = people.issue_link(session, self.context.config.people, mia, adam)


def _place(slug: str) -> Place:
    """An address at which nothing answers."""
    return Place("http://127.0.0.1:1", "no-such-key", f"http://127.0.0.1:1/{slug}.jpg")


def _of(run: Run) -> Machine:
    assert run.machine
    return run.machine


def _told(session: WritingSession, run: Run) -> None:
    runs.send(session, events.of_machine(_of(run)), run, "fabqueue/part.gcode", 1)
    runs.intend(session, events.of_machine(_of(run)), run)


def _sent(session: WritingSession, run: Run) -> None:
    """Told to start, and no sign of it yet."""


def _running(session: WritingSession, run: Run) -> None:
    machine = _of(run)
    runs.began(session, events.of_machine(machine), run)
    run.started_at = now() - timedelta(minutes=55)
    run.progress, run.seconds_left = 62.0, 2050
    machine.temperatures = {"tool0": {"actual": 214.6, "target": 215.0}, "bed": {"actual": 60.1, "target": 60.0}}


def _paused(session: WritingSession, run: Run) -> None:
    _running(session, run)
    runs.ask_pause(session, events.of_machine(_of(run)), run, True)
    runs.paused(session, events.of_machine(_of(run)), run)


def _stopping(session: WritingSession, run: Run) -> None:
    _running(session, run)
    runs.stop(session, events.of_machine(_of(run)), run, "run_stopped_by_staff_said", {"text": "It came loose."})
    runs.stopping(session, events.of_machine(_of(run)), run)


def _doubtful(session: WritingSession, run: Run) -> None:
    _running(session, run)
    runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})


def _printed(session: WritingSession, run: Run) -> None:
    _running(session, run)
    runs.done(session, events.of_machine(_of(run)), run, 5160)


def _failed(session: WritingSession, run: Run) -> None:
    _running(session, run)
    code, values = "run_machine_error", {"error": "Thermal runaway"}
    runs.fail(session, events.of_machine(_of(run)), run, code, values)
