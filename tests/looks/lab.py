"""A lab worth a picture: people, machines and jobs in every state, made by the services a page calls.

Machines need no server here: what dispatch would learn from them is said by the same services it calls.
"""

from datetime import datetime, timedelta

from fabqueue.analysis import sandbox
from fabqueue.db import WritingSession, now
from fabqueue.demo import camera, lab
from fabqueue.demo.catalogue import BIG, MACHINES, PROJECTS, SMALL, DemoProject
from fabqueue.demo.lab import Place, person
from fabqueue.dispatch import by_hand
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    MANUAL,
    OCTOPRINT,
    CandidateSource,
    CandidateState,
    Connection,
    ImportKind,
    Job,
    Machine,
    MachineKind,
    Outcome,
    Person,
    Photo,
    Project,
    Revision,
    Run,
    ServiceUnit,
    Urgency,
)
from fabqueue.services import (
    certifications,
    events,
    finishing,
    floor,
    gallery,
    handover,
    jobs,
    ledger,
    opening,
    people,
    projects,
    queueing,
    requests,
    reviews,
    runs,
    screens,
    servicing,
    showcases,
    sign_ins,
    sites,
    stocks,
    supplies,
    tokens,
    uploads,
    workshop,
)
from fabqueue.services.finishing import Said
from fabqueue.services.jobs import Wish
from fabqueue.services.photos import Pictures
from fabqueue.services.servicing import TaskFacts
from fabqueue.services.sheets import SheetFacts
from tests.looks import files, guarded, lasers
from tests.looks.things import Things
from tests.support import run_states
from tests.support.bundles import long_bundle
from tests.support.labs import LabBuilder, candidate

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"

LASER = "laser-60"
QUESTION = "The walls at the rim are very thin. Shall I print them as they are, or do you want to make them thicker?"
PRINTERS = {
    "tall": ("Tall printer", BIG), "corner": ("Corner printer", BIG), "shelf": ("Shelf printer", SMALL),
    "spare": ("Spare printer", BIG), "door": ("Printer by the door", BIG), "far": ("Far printer", SMALL),
    "old": ("Old printer", BIG), "stairs": ("Printer below the stairs", BIG),
}  # fmt: skip
"""Slug to name and model of what stands beside the machines of the demonstration."""


class Builder(LabBuilder):
    def __init__(self, context: Context, made: Things | None = None) -> None:
        self.made = made or Things()
        super().__init__(context, self.made)

    def elsewhere(self, context: Context) -> "Builder":
        """Goes on in a copy of what was built."""
        other = Builder(context, self.made)
        other.technician = self.technician
        return other

    def build(self) -> Things:
        sandbox.preload()  # files are then read in forks of this process where it has one thread only
        self._workshop()
        self._designs()
        self._builds()
        self._before_making()
        self._on_printers()
        self._at_the_cutter()
        lasers.fill(self)
        self._handover()
        self._requests()
        self._machines_that_rest()
        self._found()
        self._accounts()
        self._showing()
        self._imports()
        guarded.fill(self)
        with self.context.db.reading() as session:
            self.made.photos = [each.id for each in session.query(Photo).order_by(Photo.created_at)]
        return self.made

    def _imports(self) -> None:
        new = b"name,email\nKim Park,kim@example.org\n"
        self.made.imports = {
            "people": self.bring_in(ImportKind.PEOPLE, files.MEMBERS, "members 2024.csv"),
            "past": self.bring_in(ImportKind.PAST_JOBS, files.RESPONSES, "Form Responses 1.csv"),
            "bundle": self.bring_in(ImportKind.BUNDLE, files.BUNDLE, "PrusaSlicer_config_bundle.ini"),
            "long": self.bring_in(ImportKind.BUNDLE, long_bundle(40).encode(), "Prusa_vendor.ini"),
            "resin": self.bring_in(ImportKind.BUNDLE, b"[sla_print:0.05 Fine]\nlayer_height = 0.05\n", "resin.ini"),
            "failed": self.bring_in(ImportKind.PEOPLE, b"PK\x03\x04", "members.xlsx"),
            "made": self.bring_in(ImportKind.PEOPLE, new, "newcomers.csv", make=True),
        }

    # people and machines

    def _workshop(self) -> None:
        with self.writing() as session:
            sites.sync(session, self.context.config)
        machines = [each for each in MACHINES if not each.is_laser]  # there are lasers enough
        lab.set_up(self.context, {slug: _place(slug) for slug in ("left", "mini")}, machines)
        with self.writing() as session:
            adam, self.technician = person(session, "adam"), person(session, "tara").id
            sheet = SheetFacts(4, 1850, (600, 400))
            wood = supplies.save_material(session, adam, "Poplar plywood 4 mm", 0, slug="poplar-4", sheet=sheet)
            foil = supplies.save_material(session, adam, "PVC foil", 0, slug="pvc-foil", sheet=SheetFacts(0.5, 900))
            burns = workshop.ModelFacts("Laser cutter 600 x 400", MachineKind.LASER, "laser-600", 3600, 200,
                                        needs_certification=True,
                                        offers={wood.slug: wood.slug, foil.slug: ""})  # fmt: skip
            workshop.save_model(session, adam, burns, slug="laser-600")
            laser = workshop.ModelFacts("Laser cutter 60 W", MachineKind.LASER, "", 600, 200, needs_certification=True,
                                        drawings_only=True, offers={wood.slug: ""})  # fmt: skip
            workshop.save_model(session, adam, laser, slug=LASER)
            sheets = lasers.pile(wood.slug, "Poplar ply", 6.5)
            self.machine(session, "laser", "Laser A", LASER, sheets, 30)
            for position, (slug, (name, model)) in enumerate(PRINTERS.items(), 10):
                colour = ("PLA grey", "grey", "#8b9096")
                self.machine(session, slug, name, model, supplies.StockFacts("pla", *colour), position)
            for machine in workshop.machines(session):
                machine.connection, machine.seen_at = Connection.ONLINE, now()
            here = supplies.stocks(session)
            self.made.stock = next(each.id for each in here if not each.is_sheets)
            self.made.pile = next(each.id for each in here if each.is_sheets)
            everybody = ("mia", "jonas", "noor", "tara", "ines", "adam")
            for each in (person(session, name) for name in everybody):
                self.made.people[each.user_name] = sign_ins.begin(session, each, AGENT)
        self._weighed()

    def _weighed(self) -> None:
        """A spool ran low, and was not as low as it seemed: what was told of it is settled."""
        for grams in (64, 720):
            with self.writing() as session:
                spool = next(each for each in supplies.stocks(session) if each.label == "PLA orange")
                stocks.weigh(session, person(session, "tara"), spool, grams)

    def machine(
        self, session: WritingSession, slug: str, name: str, model: str, stock: supplies.StockFacts, position: int
    ) -> None:
        adam, tara = person(session, "adam"), events.actor_of(person(session, "tara"))
        driver = MANUAL if slug == "laser" else OCTOPRINT
        place = _place(slug) if driver == OCTOPRINT else Place("", "", "")
        facts = workshop.MachineFacts(name, model, driver, place.url, place.key, place.camera_url, position)
        machine = workshop.save_machine(session, adam, facts, slug=slug)
        session.refresh(machine)
        floor.load(session, tara, machine, supplies.save_stock(session, adam, stock))
        floor.clear(session, tara, machine)

    def _found(self) -> None:
        """OctoPrints on their way into the lab, and the hours it keeps."""
        shown = {
            "found": (CandidateState.ALLOWED, "Window printer"), "asked": (CandidateState.ASKING, "Attic printer"),
            "new": (CandidateState.ANSWERS, "Printer in the hall"), "none": (CandidateState.SILENT, ""),
        }  # fmt: skip
        with self.writing() as session:
            opening.change(session, events.SYSTEM, dict.fromkeys(opening.DAYS, "0:00-24:00"))
            for number, (what, (state, name)) in enumerate(shown.items(), 40):
                self.made.candidates[what] = candidate(
                    session, f"http://192.168.1.{number}", name, state, CandidateSource.ANNOUNCED
                )

    # designs, read by the real analysis

    def _designs(self) -> None:
        for project in PROJECTS:
            if project.title in files.SHOWN:
                self._published(project)
        for name, content in files.odd().items():
            self._upload("mia", name, content)
        self.analyse()
        with self.writing() as session:
            for slug in self.made.projects.values():
                shown = session.query(Project).filter_by(slug=slug).one()
                projects.publish(session, shown, shown.owner)
        self._upload("mia", files.UNREAD, files.unread())

    def _published(self, project: DemoProject) -> None:
        with self.writing() as session:
            owner = person(session, project.owner)
            made = uploads.start_project(session, owner, project.title)
            lab.write_page(session, made, project)
            self.made.projects[project.title] = made.slug
        for name, draw in project.parts:
            self.upload(owner, name, draw(), made)

    def _upload(self, owner: str, filename: str, content: bytes) -> None:
        with self.writing() as session:
            whose = person(session, owner)
        self.upload(whose, filename, content)

    # jobs

    def wished(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        model, material = files.MACHINES.get(file, (BIG, "pla"))
        wanted = Wish(**({"machine_model": model, "material": material} | wish))  # type: ignore[arg-type]
        return self.draft(session, what, person(session, owner), file, wanted)

    def submitted(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        return self.submit(session, self.wished(session, what, file, owner, **wish))

    def approved(self, session: WritingSession, what: str, file: str, owner: str = "mia", **wish: object) -> Job:
        return self.approve(session, self.submitted(session, what, file, owner, **wish))

    def _before_making(self) -> None:
        with self.writing() as session:
            tara, soon = person(session, "tara"), now().date() + timedelta(days=3)
            self.wished(session, "draft", "hinge-leaf.stl", quantity=2)
            self.wished(session, "draft blocked", "open-tray.stl")
            self.submitted(session, "submitted", "phone-stand.stl", needed_by=soon, quantity=2,
                           note="The inside must be smooth. Colour does not matter.")  # fmt: skip
            self.submitted(session, "submitted by Noor", "ribbed-pot.stl", "noor", colour="grey", quantity=6,
                           note="For the seedlings of class 6b.")  # fmt: skip
            self.submitted(session, "submitted by Jonas", files.LONG, "jonas", colour="orange", quantity=3)
            reviews.request_changes(session, self.submitted(session, "question", "ribbed-pot.stl"), tara, QUESTION)
            self.offer_dearer(session, self.submitted(session, "dearer", "gear-m1.5-z18.stl", quantity=4), 120)
            reviews.reject(session, self.submitted(session, "rejected", "cable-clip-6.stl"), tara,
                           "We do not make parts that hold mains cables.")  # fmt: skip
            jobs.cancel(session, self.submitted(session, "cancelled", "knob-28.stl"), person(session, "mia"))
            for number in range(3):
                owner = ("mia", "jonas", "noor")[number]
                last = self._sliced(session, f"queued {number}", "hinge-leaf.stl", owner, BIG).items[0].job
            queueing.move(session, self.context.config, last, tara, 0)
            reviews.call_urgent(session, last, tara, Urgency.LATER)
            self.approved(session, "preparing", "knob-28.stl", "jonas", machine_model=SMALL)

    def _builds(self) -> None:
        """Copies that were made, well and badly, on the first printer."""
        for number, (file, owner, took) in enumerate(files.MADE):
            with self.writing() as session:
                run = self._claimed(session, f"collected {number}", file, owner, "left")
                run_states.running(session, run)
                here = run_states.machine_of(run)
                runs.done(session, events.of_machine(here), run, took)
                floor.clear(session, self.hands(session), here, place="Shelf 2")
                job = run.items[0].job
                said = Said("Printed flat, no brim. The bore came out a little narrow.", {}, self._photo(number))
                finishing.save(session, self.context.config, job, job.owner, said)

    def _photo(self, number: int) -> list[Pictures]:
        """Of every second build."""
        if number % 2:
            return []
        seen = camera.draw("The finished part", 100.0, datetime.now().astimezone())
        return [self.pictures(seen)]

    def _on_printers(self) -> None:
        ends: dict[str, tuple[str, str, str, run_states.Act]] = {
            "running": ("left", "angle-bracket.stl", "mia", run_states.running),
            "paused": ("tall", "ribbed-pot.stl", "noor", run_states.paused),
            "in doubt": ("corner", "phone-stand.stl", "mia", run_states.doubtful),
            "printed": ("shelf", "gear-m1.5-z18.stl", "jonas", run_states.printed),
            "sending": ("door", "knob-28.stl", "mia", run_states.told),
            "failed": ("spare", files.LONG, "mia", run_states.failed("Thermal runaway")),
            "stopping": ("stairs", "hinge-leaf.stl", "noor", run_states.stopping("It came loose.")),
            "ready": ("mini", "cable-clip-6.stl", "mia", run_states.printed),
            "failed by Jonas": ("mini", "knob-28.stl", "jonas", run_states.failed("Thermal runaway")),
        }  # fmt: skip
        for what, (machine, file, owner, end) in ends.items():
            with self.writing() as session:
                run = self._claimed(session, what, file, owner, machine)
                end(session, run)
                here = run_states.machine_of(run)
                self._picture(here)
                if machine == "mini":
                    floor.clear(session, self.hands(session), here, Outcome.GOOD, place="Shelf 3, box 12")

    def _claimed(self, session: WritingSession, what: str, file: str, owner: str, machine: str) -> Run:
        here = session.query(Machine).filter_by(slug=machine).one()
        run = self._sliced(session, what, file, owner, here.machine_model.slug, quantity=2)
        return self.claim(session, run, here)

    def _sliced(self, session: WritingSession, what: str, file: str, owner: str, model: str, **wish: object) -> Run:
        job = self.approved(session, what, file, owner, machine_model=model, **wish)
        run = self.sliced(session, job, 5400, 21_400)
        self.made.runs[what] = run.id
        return run

    def _picture(self, machine: Machine) -> None:
        seen = camera.draw(machine.name, 62.0, datetime.now().astimezone())
        self.context.storage.put_volatile(f"camera-{machine.id}", seen)
        machine.picture_at = now()

    def _at_the_cutter(self) -> None:
        """By hand: one at work, one that waits its turn."""
        with self.writing() as session:
            self.approved(session, "cutting", "sun-sticker-60.svg", "noor", colour="yellow", quantity=3)
            cutter = session.query(Machine).filter_by(slug="cutter").one()
            self.made.runs["cutting"] = by_hand.start(session, self.context.config, self.hands(session), cutter).id
            self.approved(session, "behind it", "coat-hooks.svg", colour="yellow")

    def _machines_that_rest(self) -> None:
        with self.writing() as session:
            found = {each.slug: each for each in workshop.machines(session)}
            floor.maintenance(session, self.hands(session), found["old"], True, "New belt, do not move the bed. Ines")
            found["far"].connection, found["far"].misses = Connection.OFFLINE, 9
            found["far"].seen_at = now() - timedelta(hours=5)
            spare = found["spare"]
            spare.fault_code, spare.fault_values, spare.fault_at = "machine_foreign_print", {"file": "benchy.g"}, now()

    # accounts

    def _requests(self) -> None:
        with self.writing() as session:
            for owner, files_ in (
                ("mia", ("angle-bracket.stl", "knob-28.stl")),
                ("noor", ("hinge-leaf.stl", "knob-28.stl")),
            ):
                asks = person(session, owner)
                for file in files_:
                    revision = session.get_one(Revision, self.made.revisions[file])
                    made = requests.put(session, self.context.config, asks, revision, Wish(BIG, "pla", quantity=2))
                self.made.requests[owner] = made.request_id
                if owner == "noor":
                    requests.submit(session, self.context.config, made.request, asks, "Hinge and knob of one door.")
                    self.made.jobs["submitted together"] = made.code

    def _handover(self) -> None:
        with self.writing() as session:
            ines, tara = person(session, "tara"), person(session, "adam")
            gone = handover.write(session, ines, "Ordered 2 kg of grey PLA, it comes on Thursday.")
            handover.done(session, tara, gone)
            handover.write(session, tara, "The tall printer squeaks on the left.\nWatch the first layer.")
            self._services(session, ines)

    def _services(self, session: WritingSession, by: Person) -> None:
        """One service that is due, one that was done."""
        shelf = session.query(Machine).filter_by(slug="shelf").one()
        oil = servicing.add(session, by, shelf.machine_model, TaskFacts("Oil the rods", 20, ServiceUnit.HOURS))
        nozzle = servicing.add(session, by, shelf.machine_model, TaskFacts("Change the nozzle", 1, ServiceUnit.RUNS))
        servicing.done(session, events.actor_of(by), shelf, oil, "The left one was dry.")
        shelf.worked_runs += 2
        servicing.look(session, shelf)
        self.made.services = {"oil": oil.id, "nozzle": nozzle.id}

    def _showing(self) -> None:
        """A showcase of the public projects, one whose project is private again, one to begin with, a screen."""
        with self.writing() as session:
            ines, tara = person(session, "ines"), person(session, "tara")
            shown = showcases.create(session, ines, "Things a school can make", "Five pieces for *one* afternoon.")
            for project in gallery.find(session, gallery.Wish(), limit=3):
                slide = showcases.add_project(session, shown, ines, project)
            showcases.change_item(session, slide, ines, "Four turns here, one turn there",
                                  "Count the teeth before you look.", "What sets how far it turns?")  # fmt: skip
            showcases.add_words(session, shown, ines, "Now it is your turn", "Choose one and **send a part**.", "")
            showcases.publish(session, shown, ines)
            hidden = showcases.create(session, ines, "For the open day")
            last = showcases.add_words(session, hidden, ines, "A lamp", "", "")
            last.project_id = session.query(Project).filter_by(slug="coat-hooks").one().id
            begun = showcases.create(session, ines, "Nothing yet")
            self.made.showcases = {"shown": shown.slug, "hidden": hidden.slug, "begun": begun.slug}
            self.made.slide = slide.id
            screen, self.made.screen_secret = screens.make(session, tara, "By the door")
            _screen, self.made.kiosk_secret = screens.make(session, tara, "Beside the lasers", arms=True)
            self.made.screen = screen.id

    def _accounts(self) -> None:
        with self.writing() as session:
            mia, ines, adam = (person(session, name) for name in ("mia", "ines", "adam"))
            self.made.token = tokens.create(session, mia, "Bridge to the shop")[0].id
            old, _secret = tokens.create(session, mia, "Old laptop")
            tokens.revoke(session, old, mia)
            laser = next(each for each in workshop.models(session) if each.slug == LASER)
            self.made.certification = certifications.grant(session, mia, ines, model=laser).id
            certifications.grant(session, mia, ines, kind=MachineKind.PRINTER, expires_at=now() + timedelta(days=9))
            ledger.payment(session, ledger.account_of(session, mia), 4200, adam, "Cash at the desk")
            self.made.secret, _ = people.issue_link(session, self.context.config.people, mia, adam)


def _place(slug: str) -> Place:
    """An address at which nothing answers."""
    return Place("http://127.0.0.1:1", "no-such-key", f"http://127.0.0.1:1/{slug}.jpg")
