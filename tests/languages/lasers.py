"""Lasers of the lab of these tests: files that wait to be armed, one armed, one at work, a beam in doubt; a card."""

from fabqueue.db import WritingSession, now
from fabqueue.models import Beam, Machine, Person, Run
from fabqueue.services import arming, certifications, events, runs, screens, sites
from fabqueue.services.jobs import Wish
from fabqueue.tasks import estimates
from tests.languages.everything import Everything
from tests.support import cards, factories, run_states
from tests.support.labs import LabBuilder

MODEL, SHEET, DESIGN = "203", "303", "Вывеска"
_NAMES = {"701": "Луч 701", "702": "Луч 702", "703": "Луч 703"}


class Lasers:
    """Brings a laser model with its profile, sheets for it and three lasers into a lab."""

    def __init__(self, lab: LabBuilder, made: Everything) -> None:
        self.lab, self.made = lab, made

    def bring(self) -> None:
        self._models()
        project = self.lab.upload(self.made.people["member"], f"{DESIGN}.svg", factories.SIGN.encode())
        self.made.projects.append(project.slug)
        self.made.project_ids.append(project.id)
        self.lab.analyse()
        estimates.ensure(self.lab.context, self.made.revisions[DESIGN], {}, MODEL, SHEET)
        card = cards.design(self.lab.context, self.lab.technician, MODEL, SHEET, "Проба")
        with self.lab.writing() as session:
            self.made.jobs["card"] = cards.submitted(session, self.lab.context, card, MODEL, SHEET).code
        for what, slug in (("staged", "701"), ("framed", "701"), ("armed", "702"), ("burning", "703")):
            with self.lab.writing() as session:
                self._stage(session, what, slug)
        with self.lab.writing() as session:
            self._go_on(session)

    def _models(self) -> None:
        with self.lab.writing() as session:
            here, model = (
                sites.the_site(session),
                factories.laser_model(session, MODEL, profile="laser-600", title="Луч"),
            )
            sheet = factories.sheet_material(session, SHEET, name="Фанера")
            factories.offer(session, model, sheet, "poplar-3")
            for position, (slug, name) in enumerate(_NAMES.items(), 701):
                pile = factories.pile(session, here, sheet, label=f"Листы {slug}")
                pile.colour = "белый"
                factories.machine(session, here, model, pile, slug=slug, name=name, position=position)
                self.made.machines[name] = slug
                self.made.stocks.append(pile.id)
            self.made.models.append(model.slug)
            self.made.materials.append(sheet.slug)
            self.made.burning.append((model.slug, sheet.slug))
            certifications.grant(session, self.lab.tara(session), self.made.people["instructor"], model=model)
            _screen, self.made.kiosk_secret = screens.make(session, self.lab.tara(session), "Лучи", arms=True)

    def _stage(self, session: WritingSession, what: str, slug: str) -> None:
        owner = session.get_one(Person, self.made.people["member"].id)
        job = self.lab.draft(session, what, owner, DESIGN, Wish(MODEL, SHEET, note="Осторожно"))
        self.lab.approve(session, self.lab.submit(session, job))
        machine = session.query(Machine).filter_by(slug=slug).one()
        run = self.lab.claim(session, self.lab.sliced(session, job, 780, 0), machine)
        run_states.staged(session, run)
        self.made.runs.append(run.id)
        self.made.staged.append((slug, run.id))

    def _go_on(self, session: WritingSession) -> None:
        _waits, framed, armed, burning = (session.get_one(Run, key) for _slug, key in self.made.staged)
        framed.framed_at = now()
        for run in (armed, burning):
            machine = run_states.machine_of(run)
            machine.seen_at = now()
            arming.arm(session, self.lab.context.config.machines, self.lab.hands(session), machine, run,
                       arming.CHECKLIST)  # fmt: skip
        itself = events.of_machine(run_states.machine_of(burning))
        runs.intend(session, itself, burning)
        runs.began(session, itself, burning)
        run_states.machine_of(framed).beam, run_states.machine_of(framed).beam_at = Beam.UNCONFIRMED, now()
