"""A lab with one of everything, made through the services; every word of its people is Cyrillic."""

from datetime import timedelta

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    CandidateSource,
    CandidateState,
    Connection,
    HandoverNote,
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
    ServiceUnit,
)
from fabqueue.services import (
    authors,
    certifications,
    events,
    floor,
    handover,
    jobs,
    ledger,
    opening,
    people,
    photos,
    projects,
    requests,
    reviews,
    runs,
    screens,
    servicing,
    showcases,
    sign_ins,
    sites,
    tokens,
)
from fabqueue.services.jobs import Wish
from fabqueue.services.servicing import TaskFacts
from fabqueue.tasks import estimates
from tests.languages.everything import Everything
from tests.languages.lasers import Lasers
from tests.languages.lists import Lists
from tests.support import factories, run_states
from tests.support.labs import LabBuilder, candidate
from tests.support.photos import photo
from tests.support.run_states import Act

PLAN = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="80mm" height="60mm" viewBox="0 0 80 60">'
    b'<path d="M5 5h50v40" fill="none" stroke="#ff0000"/><path d="M9 9h5" fill="none" stroke="#00ff00"/>'
    b'<rect x="60" y="10" width="9" height="9" fill="#000000"/><text x="5" y="55">A</text></svg>'
)
TOOLPATH = b"G21\nG90\nM104 S200\n" + b"".join(b"G1 X%d Y%d Z0.2 E%d F1800\n" % (i, i, i) for i in range(5, 60))


class Builder(LabBuilder):
    def __init__(self, context: Context) -> None:
        self.made = Everything()
        super().__init__(context, self.made)

    def name_of(self, filename: str) -> str:
        return filename.partition(".")[0]

    def build(self) -> Everything:
        self._people()
        self._workshop()
        self._designs()
        self._jobs_before_making()
        self._jobs_by_hand()
        self._jobs_on_printers()
        self._other_machines()
        Lasers(self, self.made).bring()
        self._projects()
        self._photos()
        self._showcases()
        Lists(self, self.made).bring()
        self._account()
        self._handover()
        self._requests()
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
                self.made.keys[key] = sign_ins.begin(session, self.made.people[key])
            self.technician = self.made.people["technician"].id
            self.made.sign_ins = [each.id for each in sign_ins.of(session, self.made.people["other"])]

    def _workshop(self) -> None:
        with self.writing() as session:
            printer = factories.machine_model(session, "marlin-250", title="Печать 250")
            tool = factories.manual_model(session, "201", title="Пила", kind=MachineKind.OTHER)
            laser = factories.manual_model(session, "202", title="Лазер", kind=MachineKind.LASER,
                                           needs_certification=True)  # fmt: skip
            plastic = factories.material(session, "301", name="Пластик")
            wood = factories.material(session, "302", name="Дерево")
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
            "Открытая.stl": factories.open_box_stl((2, 2, 3)),
            "Лист.stl": factories.sheet_stl(30, 30),
            "План.svg": PLAN,
            "Путь.gcode": TOOLPATH,
            "Хлам.stl": b"solid nothing\nendsolid nothing\n",
        }
        for name, content in shapes.items():
            self._uploaded(name, content)
        self.analyse()
        estimates.ensure(self.context, self.made.revisions["Деталь"], {"supports": True})
        self._uploaded("Ждёт.stl", factories.box_stl((10, 10, 11)))

    def _uploaded(self, filename: str, content: bytes) -> None:
        project = self.upload(self.made.people["member"], filename, content)
        self.made.projects.append(project.slug)
        self.made.project_ids.append(project.id)

    # jobs

    def job(
        self, session: WritingSession, what: str, design: str = "Деталь", model: str = "201", **wish: object
    ) -> Job:
        """A draft."""
        owner = session.get_one(Person, self.made.people["member"].id)
        wanted = Wish(model, "301", note="Осторожно", **wish)  # type: ignore[arg-type]
        return self.draft(session, what, owner, design, wanted)

    def submitted(self, session: WritingSession, what: str, **wish: object) -> Job:
        return self.submit(session, self.job(session, what, **wish))  # type: ignore[arg-type]

    def approved(self, session: WritingSession, what: str, **wish: object) -> Job:
        return self.approve(session, self.submitted(session, what, **wish))

    def _jobs_before_making(self) -> None:
        with self.writing() as session:
            tara = self.tara(session)
            self.job(session, "draft", quantity=2)
            self.job(session, "draft that a finding stops", design="Лист", model="201")
            self.submitted(session, "submitted", model="marlin-250", quantity=3, settings={"supports": True},
                           needed_by=now().date() + timedelta(days=3))  # fmt: skip
            forced = self.job(session, "submitted all the same", design="Лист")
            jobs.submit(session, self.context.config, forced, tara, override="Можно")
            reviews.request_changes(session, self.submitted(session, "question"), tara, "Какой цвет?")
            self.offer_dearer(session, self.submitted(session, "price change"), 500)
            reviews.reject(session, self.submitted(session, "rejected"), tara, "Опасно")
            jobs.cancel(session, self.submitted(session, "cancelled"), session.get_one(Person, tara.id), "Не надо")
            self.approved(session, "waiting for slicing", model="marlin-250", colour="зелёный")
            unsliced = self.approved(session, "slicing failed", model="marlin-250", quantity=7)
            run = runs.of_job(session, unsliced)[0]
            runs.fail(session, events.SYSTEM, run, "slicing_does_not_fit", {"width_mm": 250, "depth_mm": 210})

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
        run = by_hand.start(session, self.context.config, self.hands(session), machine)
        self.made.runs.append(run.id)
        return run

    def _finish(self, session: WritingSession, run: Run) -> None:
        assert run.machine
        floor.finish(session, self.hands(session), run.machine)

    def _clear(self, session: WritingSession, run: Run, outcome: Outcome = Outcome.GOOD) -> None:
        self._finish(session, run)
        assert run.machine
        reason = "" if outcome is Outcome.GOOD else "Сломалось"
        floor.clear(session, self.hands(session), run.machine, outcome, place="Полка 3", reason=reason)

    def _collect(self, session: WritingSession, run: Run) -> None:
        self._clear(session, run)
        jobs.collect(session, run.items[0].job, run.items[0].job.owner)

    def _spoil(self, session: WritingSession, run: Run) -> None:
        self._clear(session, run, Outcome.FAILED)

    # printers, in every state that dispatch brings them into

    def _jobs_on_printers(self) -> None:
        ends: list[tuple[str, Act]] = [
            ("claimed", run_states.claimed), ("sending", run_states.sent), ("starting", run_states.told),
            ("running", _running), ("asked to stop", run_states.asked_to_stop("Дым")), ("paused", run_states.paused),
            ("cancelling", run_states.stopping("Дым")), ("in doubt", run_states.doubtful),
            ("printed", run_states.printed), ("failed", run_states.failed("Перегрев")),
            ("given back", run_states.given_back), ("paused there", run_states.paused_there),
        ]  # fmt: skip
        for number, (what, end) in enumerate(ends, 501):
            name = f"Принтер {number}"
            machine = self.machine(str(number), name, "marlin-250", position=number, camera_url="http://127.0.0.1:1/a")
            with self.writing() as session:
                job = self.approved(session, what, model="marlin-250")
                run = self.claim(session, self.sliced(session, job, 4000, 12_000), session.get_one(Machine, machine.id))
                self.made.runs.append(run.id)
                end(session, run)

    def _other_machines(self) -> None:
        self.machine("601", "Свободная", "marlin-250")
        self.machine("602", "Чужая", "marlin-250", fault_code="machine_foreign_print", fault_values={"file": "Чужое"},
                     fault_at=now())  # fmt: skip
        self.machine("603", "Далёкая", "marlin-250", connection=Connection.OFFLINE, misses=9, seen_at=None)
        self.machine("604", "Больная", "marlin-250", maintenance_at=now(), maintenance_reason="Ремень")
        self.machine("605", "Луч", "202")
        self._found()

    def _found(self) -> None:
        """An OctoPrint in each state on its way into the lab, and the hours of the lab."""
        with self.writing() as session:
            opening.change(session, events.SYSTEM, dict.fromkeys(opening.DAYS, "1:00-2:00, 3:00-24:00"))
            for number, state in enumerate(CandidateState):
                made = candidate(session, f"http://10.0.0.{number}", "Полка", state, CandidateSource.TYPED)
                if state is CandidateState.ALLOWED:
                    self.made.candidates.append(made)

    # what is shown to others, and the account

    def _projects(self) -> None:
        with self.writing() as session:
            owner = session.get_one(Person, self.made.people["member"].id)
            fields = {
                "title": "Коробка", "summary": "Для мелочей", "documentation": "# Сборка\n\nЛегко.",
                "function": "Хранит", "licence": "CERN-OHL-W-2.0", "licensor": "Анна",
                "tags": "коробка",
            }  # fmt: skip
            shown = session.get_one(Project, self.made.project_ids[0])
            projects.change(session, shown, owner, {"documentation": "Трудно."})
            projects.change(session, shown, owner, fields)
            authors.add(session, shown, owner, self.made.people["other"].user_name)
            projects.publish(session, shown, owner)
            projects.delete(session, session.get_one(Project, self.made.project_ids[1]), owner)

    def _photos(self) -> None:
        """Two that are shown and one that was withdrawn."""
        pictures = self.pictures(photo())
        with self.writing() as session:
            owner = session.get_one(Person, self.made.people["member"].id)
            shown = session.get_one(Project, self.made.project_ids[0])
            rules = self.context.config.uploads
            for text in ("Коробка", "", "Лицо"):
                made = photos.keep(session, rules, owner, shown, pictures, alternative_text=text)
                self.made.photos.append(made.id)
            photos.withdraw(session, made, owner, "Узнают")

    def _requests(self) -> None:
        with self.writing() as session:
            owner = session.get_one(Person, self.made.people["member"].id)
            revision = session.get_one(Revision, self.made.revisions["Деталь"])
            for what in ("sent together", "gathered"):
                for _ in range(2):
                    made = requests.put(session, self.context.config, owner, revision, Wish("201", "301"))
                self.made.jobs[what] = made.code
                self.made.requests.append(made.request_id)
                if what == "sent together":
                    requests.submit(session, self.context.config, made.request, owner)

    def _handover(self) -> None:
        with self.writing() as session:
            tara = self.tara(session)
            for text in ("Смазать", "Заказать"):
                self.made.notes.append(handover.write(session, tara, text).id)
                self._service(session, text)
            handover.done(session, tara, session.get_one(HandoverNote, self.made.notes[-1]))

    def _service(self, session: WritingSession, name: str) -> None:
        """A task of the printers, done once on each."""
        for machine in session.query(Machine).filter(Machine.slug.in_(self.made.machines.values())):
            facts = TaskFacts(name, 10, ServiceUnit.HOURS)
            task = servicing.add(session, self.tara(session), machine.machine_model, facts)
            servicing.done(session, self.hands(session), machine, task, name)
            self.made.services.append(task.id)

    def _showcases(self) -> None:
        """A public one with every kind of slide, a private one without any, one that was deleted."""
        with self.writing() as session:
            inna = session.get_one(Person, self.made.people["admin"].id)
            shown = showcases.create(session, inna, "Выставка", "Для **всех**.")
            project = session.get_one(Project, self.made.project_ids[0])
            showcases.change_item(
                session, showcases.add_project(session, shown, inna, project), inna, "", "Слова", "Да?"
            )
            showcases.add_words(session, shown, inna, "Заголовок", "Слова", "Почему?")
            hidden = session.get_one(Project, self.made.project_ids[2])
            slide = showcases.add_words(session, shown, inna, "Скрыто", "", "")
            slide.project_id = hidden.id  # a project that was public once
            showcases.publish(session, shown, inna)
            showcases.lend(session, shown, inna, self.made.people["member"].user_name)
            empty, gone = (showcases.create(session, inna, each) for each in ("Пусто", "Удалено"))
            showcases.delete(session, gone, inna)
            self.made.showcases += [shown.slug, empty.slug]
            self.made.showcase_ids.append(gone.id)
            self.made.slides += [each.id for each in shown.items]
            screen, self.made.screen_secret = screens.make(session, self.tara(session), "Дверь")
            self.made.screens.append(screen.id)

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


def _running(session: WritingSession, run: Run) -> None:
    """Begun at the machine itself, which tells every heat there is."""
    run_states.told(session, run)
    machine = run_states.machine_of(run)
    runs.began(session, events.of_machine(machine), run, "run_started_at_machine")
    run.progress, run.progress_at, run.seconds_left, machine.picture_at = 42.0, now(), 2100, now()
    parts = ("tool0", "bed", "chamber", "tool1")
    machine.temperatures = {part: {"actual": 60.0 + index, "target": 65.0} for index, part in enumerate(parts)}
