"""Lasers of the pictured lab: drawings with something to say, files that wait to be armed, and what comes of them."""

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fabqueue.db import WritingSession, now
from fabqueue.demo.catalogue import LASER
from fabqueue.demo.lab import person
from fabqueue.models import (
    Beam,
    Chore,
    ChoreState,
    Connection,
    Job,
    Machine,
    MachineModel,
    Material,
    Revision,
    Run,
)
from fabqueue.services import arming, beams, certifications, chores, events, lasers, reassigning, runs, supplies
from fabqueue.services.sheets import PileFacts
from fabqueue.tasks import estimates
from fabqueue.tasks.work import find
from tests.looks import drawings, files
from tests.support import cards, run_states

if TYPE_CHECKING:
    from tests.looks.lab import Builder

WOOD = "poplar-4"
NAMES = {"beam": "Laser B", "glow": "Laser C", "spark": "Laser D"}
"""Slug to name of those behind OctoPrint."""
LATER = {"hush": "Laser E", "ember": "Laser F", "dusk": "Laser G"}
"""Those that stand beside them in the place `lasers` alone."""


def pile(material: str, label: str, sheets: float) -> supplies.StockFacts:
    """So many sheets of 600 x 400 mm, of ten."""
    facts = PileFacts((600, 400), 10, sheets, 2)
    return supplies.StockFacts(material, label, "natural", "#c9a26b", pile=facts)


def fill(builder: "Builder") -> None:
    """Two files that wait to be armed, one armed, one at work, a beam of which nobody is sure; drawings and jobs."""
    with builder.writing() as session:
        _certify(builder, session)
        _stand(builder, session, NAMES, 31)
        noor = person(session, "noor")
    builder.upload(noor, drawings.RACK, files.odd()[files.PLAN])
    builder.analyse()
    for what, slug in (("staged", "beam"), ("staged too", "beam"), ("armed", "glow"), ("at work", "spark")):
        _stage(builder, what, slug)
    with builder.writing() as session:
        for what in ("armed", "at work"):
            _arm(builder, session, what)
        _begin(session, _run(builder, session, "at work"))
        beam = _machine(session, "beam")
        beam.beam, beam.beam_at = Beam.UNCONFIRMED, now()
    _drawings(builder)
    _jobs(builder)


def later(builder: "Builder") -> None:
    """What came of it in a copy of the lab, and every other state that a laser's page can show."""
    with builder.writing() as session:
        _machine(session, "beam").beam = Beam.OFF
        _arm(builder, session, "staged")
        runs.intend(session, *_itself(_run(builder, session, "staged")))
        _begin(session, _run(builder, session, "armed"))
        runs.paused(session, *_itself(_run(builder, session, "armed")))
        runs.done(session, *_itself(_run(builder, session, "at work")), 1130)
        _stand(builder, session, LATER, 41)
        _chores(builder, session)
        _allow(builder, session)
    for what, slug in (("traced", "hush"), ("stopped", "ember")):
        _stage(builder, what, slug)
    with builder.writing() as session:
        traced = _run(builder, session, "traced")
        traced.framed_at = None
        rules, hush = builder.context.config.machines, run_states.machine_of(traced)
        lasers.ask_frame(session, rules, builder.hands(session), hush, traced)
        _arm(builder, session, "stopped")
        stopped = _run(builder, session, "stopped")
        _begin(session, stopped)
        runs.stop(session, builder.hands(session), stopped, "run_stopped_by_staff_said", {"text": "It flares up."})


def copied(folder: Path) -> Path:
    """Where the lab of `later` is: a copy of the one in `folder`."""
    copy = folder / "lasers"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("empty", "stopped", "lasers"))
    return copy


# machines


def _certify(builder: "Builder", session: WritingSession) -> None:
    model, ines = session.query(MachineModel).filter_by(slug=LASER).one(), person(session, "ines")
    for who in (builder.tara(session), person(session, "noor")):
        certifications.grant(session, who, ines, model=model)


def _stand(builder: "Builder", session: WritingSession, names: Mapping[str, str], first: int) -> None:
    for position, (slug, name) in enumerate(names.items(), first):
        builder.machine(session, slug, name, LASER, pile(WOOD, "Poplar ply for it", 1.4), position)
        _seen(session, slug)


def _seen(session: WritingSession, slug: str) -> None:
    machine = _machine(session, slug)
    machine.connection, machine.seen_at, machine.misses = Connection.ONLINE, now(), 0


def _chores(builder: "Builder", session: WritingSession) -> None:
    """One that the controller confirmed, one that it did not."""
    for slug, chore, became in (
        ("hush", Chore.HOME, ChoreState.DONE),
        ("dusk", Chore.UNLOCK, ChoreState.UNCONFIRMED),
    ):
        machine = _machine(session, slug)
        chores.ask(session, builder.context.config.machines, builder.hands(session), machine, chore)
        chores.became(session, machine, became)


def _allow(builder: "Builder", session: WritingSession) -> None:
    foil = session.query(Material).filter_by(slug="pvc-foil").one()
    beams.allow(session, person(session, "adam"), foil, "The maker sends a sheet that says: no chlorine, batch 7.")


# runs


def _stage(builder: "Builder", what: str, slug: str) -> None:
    """A file that was planned for this laser and has reached it."""
    _planned(builder, what, drawings.RACK, "noor")
    with builder.writing() as session:
        _seen(session, slug)
        job = session.query(Job).filter_by(code=builder.made.jobs[what]).one()
        run = runs.of_job(session, job)[0]
        builder.claim(session, run, _machine(session, slug))
        run_states.staged(session, run)
        run.framed_at = now() - timedelta(minutes=3)
        builder.made.runs[what] = run.id


def _planned(builder: "Builder", what: str, file: str, owner: str = "mia", **wish: object) -> None:
    """An approved job with the file that a laser gets."""
    with builder.writing() as session:
        job = builder.approved(session, what, file, owner, machine_model=LASER, material=WOOD, colour="", **wish)
        slicing = runs.of_job(session, job)[0].slicing_id
    find("slice")(builder.context, slicing or "")


def _arm(builder: "Builder", session: WritingSession, what: str) -> None:
    run, rules = _run(builder, session, what), builder.context.config.machines
    _seen(session, run_states.machine_of(run).slug)
    arming.arm(session, rules, builder.hands(session), run_states.machine_of(run), run, arming.CHECKLIST)


def _begin(session: WritingSession, run: Run) -> None:
    """At work for seven minutes."""
    runs.intend(session, *_itself(run))
    runs.began(session, *_itself(run))
    run.started_at, run.progress, run.seconds_left = now() - timedelta(minutes=7), 41.0, 600


def _run(builder: "Builder", session: WritingSession, what: str) -> Run:
    return session.get_one(Run, builder.made.runs[what])


def _machine(session: WritingSession, slug: str) -> Machine:
    return session.query(Machine).filter_by(slug=slug).one()


def _itself(run: Run) -> tuple[events.Actor, Run]:
    return events.of_machine(run_states.machine_of(run)), run


# drawings and jobs for them


def _drawings(builder: "Builder") -> None:
    """The drawings of `drawings`; one of them read once more, without the lines that lie on others."""
    with builder.writing() as session:
        mia = person(session, "mia")
    for name, content in drawings.odd().items():
        builder.upload(mia, name, content)
    builder.analyse()
    with builder.writing() as session:
        revision = session.get_one(Revision, builder.made.revisions[drawings.MENDED])
        config = builder.context.config
        reassigning.change(session, config, mia, revision, drawings.MEANT, without_doubles=True)
    builder.analyse()


def _jobs(builder: "Builder") -> None:
    """One that waits for review with wishes of its own, one with a picture whose file is planned, a test card."""
    wishes = {"bridges": 2, "kerf": True}
    estimates.ensure(builder.context, builder.made.revisions[drawings.TWICE], wishes, LASER, WOOD, quantity=3)
    with builder.writing() as session:
        builder.submitted(session, "to burn", drawings.TWICE, machine_model=LASER, material=WOOD, colour="", quantity=3,
                          settings=wishes, note="The small ones must not fall through the grid.")  # fmt: skip
    _planned(builder, "engraved", drawings.PHOTO)
    revision = cards.design(builder.context, builder.technician, LASER, WOOD, "Test card of Poplar ply 4 mm: Cut")
    with builder.writing() as session:
        builder.made.jobs["card"] = cards.submitted(session, builder.context, revision, LASER, WOOD).code
