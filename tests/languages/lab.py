"""A lab with one of everything, made through the services; every word of its people is Cyrillic."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import trimesh

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Connection,
    Job,
    Machine,
    MachineKind,
    MachineModel,
    Material,
    Outcome,
    Person,
    Project,
    Revision,
    Role,
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
)
from fabqueue.services.jobs import Wish
from fabqueue.tasks import estimates
from fabqueue.tasks.work import find
from tests.support import factories

Act = Callable[[WritingSession, Run], None]
PLAN = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="80mm" height="60mm" viewBox="0 0 80 60">'
    b'<path d="M5 5h50v40" fill="none" stroke="#ff0000"/><path d="M9 9h5" fill="none" stroke="#00ff00"/>'
    b'<rect x="60" y="10" width="9" height="9" fill="#000000"/><text x="5" y="55">A</text></svg>'
)
TOOLPATH = b"G21\nG90\nM104 S200\n" + b"".join(b"G1 X%d Y%d Z0.2 E%d F1800\n" % (i, i, i) for i in range(5, 60))


@dataclass
class Everything:
    """What the addresses of pages are filled with: slugs, codes and ids."""

    people: dict[str, Person] = field(default_factory=dict)
    """Keys: member, other, technician, instructor, admin."""
    designs: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """What happened to a job, to its code."""
    machines: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    project_ids: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    stocks: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    certifications: list[tuple[str, str]] = field(default_factory=list)
    """(user name, id)."""
    secret: str = ""
    """Of a link for a new password."""


class Builder:
    """Makes the lab step by step; each step commits."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.made = Everything()
        self.wakes: list[tuple[str, str]] = []
        context.db.waker = lambda task, key: self.wakes.append((task, key))

    @contextmanager
    def writing(self) -> Iterator[WritingSession]:
        with self.context.db.writing() as session:
            session.expire_on_commit = False
            yield session
            session.commit()

    def build(self) -> Everything:
        self._people()
        self._workshop()
        self._designs()
        self._jobs_before_making()
        self._jobs_by_hand()
        self._jobs_on_printers()
        self._other_machines()
        self._projects()
        self._account()
        return self.made

    # people and things

    def _people(self) -> None:
        roles = {
            "member": ("Анна", Role.MEMBER), "other": ("Борис", Role.MEMBER), "technician": ("Тамара", Role.TECHNICIAN),
            "instructor": ("Инна", Role.INSTRUCTOR), "admin": ("Адам", Role.ADMIN),
        }  # fmt: skip
        with self.writing() as session:
            factories.site(session, name="Мастерская")
            for number, (key, (name, role)) in enumerate(roles.items(), 1001):
                self.made.people[key] = factories.person(
                    session, str(number), *dict.fromkeys((Role.MEMBER, role)), display_name=name,
                    email=f"{number}@2.3", mail_notices=True,
                )  # fmt: skip

    def _workshop(self) -> None:
        with self.writing() as session:
            printer = factories.machine_model(session, "marlin-250", title="Печать 250")
            tool = factories.manual_model(session, "201", title="Пила", kind=MachineKind.OTHER)
            laser = factories.manual_model(session, "202", title="Лазер", kind=MachineKind.LASER,
                                           needs_certification=True)  # fmt: skip
            plastic = factories.material(session, "301", name="Пластик")
            wood = factories.material(session, "302", name="Дерево")
            session.add(StoredFile(sha256="0" * 64, size=1))
            factories.offer(session, printer, plastic, "pla")
            for model in (tool, laser):
                factories.offer(session, model, wood)
                factories.offer(session, model, plastic)
            self.made.models = [each.slug for each in (printer, tool, laser)]
            self.made.materials = [plastic.slug, wood.slug]
            here = sites.the_site(session)
            low = factories.stock(session, here, plastic, "серый", left_mg=20_000, label="Пластик серый")
            self.made.stocks.append(low.id)

    def machine(self, slug: str, name: str, model: str, **columns: object) -> Machine:
        """A machine with its own full spool of plastic; by hand where its model has no profile."""
        with self.writing() as session:
            kind = session.query(MachineModel).filter_by(slug=model).one()
            plastic = session.query(Material).filter_by(slug="301").one()
            here = sites.the_site(session)
            spool = factories.stock(session, here, plastic, "белый", label=f"Катушка {slug}")
            make = factories.machine if kind.profile else factories.manual_machine
            made = make(session, here, kind, loaded=spool, slug=slug, name=name, **columns)
            self.made.machines[name] = slug
            self.made.stocks.append(spool.id)
        return made

    # designs, read by the real analysis

    def _designs(self) -> None:
        shapes = {
            "Деталь.stl": factories.box_stl((30, 20, 20)),
            "Открытая.stl": _stl(_open_box()),
            "Лист.stl": _stl(_sheet()),
            "План.svg": PLAN,
            "Путь.gcode": TOOLPATH,
            "Хлам.stl": b"solid nothing\nendsolid nothing\n",
        }
        for name, content in shapes.items():
            self._upload(name, content)
        self._work()
        estimates.ensure(self.context, self.made.revisions["Деталь"], {"supports": True})
        self._upload("Ждёт.stl", factories.box_stl((10, 10, 11)))

    def _upload(self, filename: str, content: bytes) -> None:
        kept = self.context.storage.keep(io.BytesIO(content), len(content))
        with self.writing() as session:
            owner = session.get_one(Person, self.made.people["member"].id)
            revision = uploads.add_design(session, self.context.config.uploads, owner, kept, filename)
            name = filename.partition(".")[0]
            self.made.designs[name], self.made.revisions[name] = revision.design_id, revision.id
            self.made.projects.append(revision.design.project.slug)
            self.made.project_ids.append(revision.design.project.id)

    def _work(self) -> None:
        for task, key in self.wakes:
            if task == "analyse":
                find(task)(self.context, key)
        self.wakes.clear()

    # jobs

    def job(
        self, session: WritingSession, what: str, design: str = "Деталь", model: str = "201", **wish: object
    ) -> Job:
        """A draft."""
        owner = session.get_one(Person, self.made.people["member"].id)
        revision = session.get_one(Revision, self.made.revisions[design])
        wanted = Wish(model, "301", note="Осторожно", **wish)  # type: ignore[arg-type]
        made = jobs.create(session, self.context.config, owner, revision, wanted, filed_by=owner)
        self.made.jobs[what] = made.code
        return made

    def submitted(self, session: WritingSession, what: str, **wish: object) -> Job:
        made = self.job(session, what, **wish)  # type: ignore[arg-type]
        jobs.submit(session, self.context.config, made, made.owner)
        return made

    def approved(self, session: WritingSession, what: str, **wish: object) -> Job:
        made = self.submitted(session, what, **wish)
        reviews.approve(session, self.context.config, made, self.technician(session))
        return made

    def technician(self, session: WritingSession) -> Person:
        return session.get_one(Person, self.made.people["technician"].id)

    def _jobs_before_making(self) -> None:
        with self.writing() as session:
            tara = self.technician(session)
            self.job(session, "draft", quantity=2)
            self.job(session, "draft that a finding stops", design="Лист", model="201")
            self.submitted(session, "submitted", model="marlin-250", quantity=3, settings={"supports": True},
                           needed_by=now().date() + timedelta(days=3))  # fmt: skip
            forced = self.job(session, "submitted all the same", design="Лист")
            jobs.submit(session, self.context.config, forced, tara, override="Можно")
            reviews.request_changes(session, self.submitted(session, "question"), tara, "Какой цвет?")
            self._dearer(session, self.submitted(session, "price change"))
            reviews.reject(session, self.submitted(session, "rejected"), tara, "Опасно")
            jobs.cancel(session, self.submitted(session, "cancelled"), session.get_one(Person, tara.id), "Не надо")
            self.approved(session, "waiting for slicing", model="marlin-250", colour="зелёный")
            unsliced = self.approved(session, "slicing failed", model="marlin-250", quantity=7)
            run = runs.of_job(session, unsliced)[0]
            runs.fail(session, events.SYSTEM, run, "slicing_does_not_fit", {"width_mm": 250, "depth_mm": 210})

    def _dearer(self, session: WritingSession, job: Job) -> None:
        quote = quotes.freeze(session, self.context.config, sites.the_site(session), job)
        quote.total_minor += 500
        jobs.offer_dearer(session, events.actor_of(self.technician(session)), job, quote, "price_dearer_by_change")

    def _jobs_by_hand(self) -> None:
        """At tools that a person drives: ready, collected, failed, to be taken off, at work, queued behind it."""
        self.machine("401", "Ножовка", "201", position=1)
        self.machine("402", "Рубанок", "201", position=2)
        ends: list[tuple[str, str, Act]] = [
            ("ready", "Ножовка", self._clear), ("collected", "Ножовка", self._collect),
            ("failed at the bench", "Ножовка", self._spoil), ("to be taken off", "Рубанок", self._finish),
            ("at work by hand", "Ножовка", lambda session, run: None),
        ]  # fmt: skip
        for what, name, end in ends:
            with self.writing() as session:
                self.approved(session, what)
                end(session, self._start(session, name))
        with self.writing() as session:
            self.approved(session, "queued", quantity=2)

    def _start(self, session: WritingSession, name: str) -> Run:
        machine = session.query(Machine).filter_by(name=name).one()
        run = by_hand.start(session, events.actor_of(self.technician(session)), machine)
        self.made.runs.append(run.id)
        return run

    def _finish(self, session: WritingSession, run: Run) -> None:
        assert run.machine
        floor.finish(session, events.actor_of(self.technician(session)), run.machine)

    def _clear(self, session: WritingSession, run: Run, outcome: Outcome = Outcome.GOOD) -> None:
        self._finish(session, run)
        assert run.machine
        reason = "" if outcome is Outcome.GOOD else "Сломалось"
        floor.clear(
            session, events.actor_of(self.technician(session)), run.machine, outcome, place="Полка 3", reason=reason
        )

    def _collect(self, session: WritingSession, run: Run) -> None:
        self._clear(session, run)
        jobs.collect(session, run.items[0].job, run.items[0].job.owner)

    def _spoil(self, session: WritingSession, run: Run) -> None:
        self._clear(session, run, Outcome.FAILED)

    # printers, in every state that dispatch brings them into

    def _jobs_on_printers(self) -> None:
        ends: list[tuple[str, Act]] = [
            ("claimed", lambda session, run: None), ("sending", _sent), ("starting", _told), ("running", _running),
            ("asked to stop", _asked_to_stop), ("paused", _paused), ("cancelling", _stopping), ("in doubt", _doubtful),
            ("printed", _printed), ("failed", _failed), ("given back", _given_back),
        ]  # fmt: skip
        for number, (what, end) in enumerate(ends, 501):
            name = f"Принтер {number}"
            machine = self.machine(str(number), name, "marlin-250", position=number, camera_url="http://127.0.0.1:1/a")
            with self.writing() as session:
                job = self.approved(session, what, model="marlin-250")
                run = runs.of_job(session, job)[0]
                self._slice(session, run)
                here = session.get_one(Machine, machine.id)
                runs.claim(session, events.of_machine(here), run, here, here.slots[0].stock)
                self.made.runs.append(run.id)
                end(session, run)

    def _slice(self, session: WritingSession, run: Run) -> None:
        assert run.slicing
        slicing, was_ready = run.slicing, run.slicing.state is SlicingState.READY
        slicing.state, slicing.gcode_sha256, slicing.gcode_sha1 = SlicingState.READY, "0" * 64, "0" * 40
        slicing.seconds, slicing.milligrams, slicing.ready_at = 4000, 12_000, now()
        if not was_ready:
            runs.prepared(session, events.SYSTEM, run)

    def _other_machines(self) -> None:
        self.machine("601", "Свободная", "marlin-250")
        self.machine("602", "Чужая", "marlin-250", fault_code="machine_foreign_print", fault_values={"file": "Чужое"},
                     fault_at=now())  # fmt: skip
        self.machine("603", "Далёкая", "marlin-250", connection=Connection.OFFLINE, misses=9, seen_at=None)
        self.machine("604", "Больная", "marlin-250", maintenance_at=now(), maintenance_reason="Ремень")
        self.machine("605", "Луч", "202")

    # what is shown to others, and the account

    def _projects(self) -> None:
        with self.writing() as session:
            owner = session.get_one(Person, self.made.people["member"].id)
            fields = {
                "title": "Коробка", "summary": "Для мелочей", "documentation": "# Сборка\n\nЛегко.",
                "function": "Хранит", "licence": "CERN-OHL-W-2.0", "licensor": "Анна",
            }  # fmt: skip
            shown = session.get_one(Project, self.made.project_ids[0])
            projects.change(session, shown, owner, fields)
            projects.publish(session, shown, owner)
            projects.delete(session, session.get_one(Project, self.made.project_ids[1]), owner)

    def _account(self) -> None:
        with self.writing() as session:
            people_ = {key: session.get_one(Person, each.id) for key, each in self.made.people.items()}
            member, admin = people_["member"], people_["admin"]
            token, _secret = tokens.create(session, member, "Мост")
            old, _secret = tokens.create(session, member, "Старый")
            tokens.revoke(session, old, member)
            session.flush()
            self.made.tokens = [token.id]
            laser = session.query(MachineModel).filter_by(slug="202").one()
            for what in ({"model": laser}, {"kind": MachineKind.OTHER, "expires_at": now() + timedelta(days=9)}):
                given = certifications.grant(session, member, people_["instructor"], **what)
                self.made.certifications.append((member.user_name, given.id))
            ledger.payment(session, ledger.account_of(session, member), 4200, admin, "Наличные")
            self.made.secret, _expires = people.issue_link(session, self.context.config.people, people_["other"], admin)


def _sent(session: WritingSession, run: Run) -> None:
    assert run.machine
    runs.send(session, events.of_machine(run.machine), run, "1.gcode", 1)


def _told(session: WritingSession, run: Run) -> None:
    assert run.machine
    _sent(session, run)
    runs.intend(session, events.of_machine(run.machine), run)


def _running(session: WritingSession, run: Run) -> None:
    assert run.machine
    _told(session, run)
    runs.began(session, events.of_machine(run.machine), run, "run_started_at_machine")
    run.progress, run.seconds_left, run.machine.picture_at = 42.0, 2100, now()
    parts = ("tool0", "bed", "chamber", "tool1")
    run.machine.temperatures = {part: {"actual": 60.0 + index, "target": 65.0} for index, part in enumerate(parts)}


def _asked_to_stop(session: WritingSession, run: Run) -> None:
    assert run.machine
    _running(session, run)
    runs.stop(session, events.of_machine(run.machine), run, "run_stopped_by_staff_said", {"text": "Дым"})


def _paused(session: WritingSession, run: Run) -> None:
    assert run.machine
    _running(session, run)
    runs.ask_pause(session, events.of_machine(run.machine), run, True)
    runs.paused(session, events.of_machine(run.machine), run)


def _stopping(session: WritingSession, run: Run) -> None:
    assert run.machine
    _asked_to_stop(session, run)
    runs.stopping(session, events.of_machine(run.machine), run)


def _doubtful(session: WritingSession, run: Run) -> None:
    _running(session, run)
    runs.doubt(session, events.SYSTEM, run, "run_interrupted", {})


def _printed(session: WritingSession, run: Run) -> None:
    assert run.machine
    _running(session, run)
    runs.done(session, events.of_machine(run.machine), run, 3900)


def _failed(session: WritingSession, run: Run) -> None:
    assert run.machine
    _running(session, run)
    runs.fail(session, events.of_machine(run.machine), run, "run_machine_error", {"error": "Перегрев"})


def _given_back(session: WritingSession, run: Run) -> None:
    assert run.machine
    machine = run.machine
    runs.give_back(session, events.of_machine(machine), run, "run_machine_away", {"machine": machine.name})


def _stl(shape: trimesh.Trimesh) -> bytes:
    content = shape.export(file_type="stl")
    assert isinstance(content, bytes)
    return content


def _open_box() -> trimesh.Trimesh:
    """A box without its lid, drawn as small as if in inches."""
    whole: trimesh.Trimesh = trimesh.creation.box((2, 2, 3))
    whole.update_faces([index > 1 for index in range(len(whole.faces))])
    return whole


def _sheet() -> trimesh.Trimesh:
    """Two triangles: a surface that encloses nothing."""
    return trimesh.Trimesh([(0, 0, 0), (30, 0, 0), (30, 30, 0), (0, 30, 0)], [(0, 1, 2), (0, 2, 3)])
