"""One machine and the run that holds it, read from the database in one go and then let go of."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import now
from fabqueue.dispatch import seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.drivers import connection_of
from fabqueue.dispatch.facts import RunFacts
from fabqueue.dispatch.match import Bench, too_long
from fabqueue.models import ACTIVE, MANUAL, Beam, ChoreState, LeftFile, Machine, Run, RunState, Site
from fabqueue.services import arming, chores, emergencies, lasers, runs
from printers import Connection

SEND_SECONDS = 60.0
"""How long after somebody pressed it an emergency stop may still be sent: later they have long pulled the plug."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """A machine that was stopped in an emergency and that nobody has connected again."""

    confirmed: bool
    fresh: bool
    overdue: bool = False
    """It should have been confirmed by now, and technicians do not know that it was not."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A run whose file waits at a laser. gcode: digest of the file in storage. outline: commands that trace it."""

    run: RunFacts
    gcode: str | None
    outline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What a look at a machine starts from. gcode: digest of the run's file in storage."""

    machine_id: str
    connection: Connection
    bench: Bench
    held: bool
    misses: int
    online: bool
    fault_code: str
    fault_values: dict[str, Any]
    picture_at: datetime | None
    unseen: float = 0.0
    """Seconds since it answered last."""
    emergency: Emergency | None = None
    reconnect: bool = False
    """Somebody asked to connect the machine again."""
    run: RunFacts | None = None
    gcode: str | None = None
    leftover: str = ""
    """File of the machine's last ended run, which a crash may have left there."""
    outline: tuple[str, ...] = ()
    """Commands that trace the outline of a staged run with the beam off, where its planning left them."""
    staged: tuple["Staged", ...] = ()
    """The runs whose files wait at it, of a laser."""
    left: tuple[tuple[str, str], ...] = ()
    """Staged files that nobody wants any more: run and name."""
    strays: tuple[tuple[str, str], ...] = ()
    """Files of runs that went away from it meanwhile: row and name."""
    beam: Beam | None = None
    beam_age: float = 0.0
    """Seconds since that was so, or was tried last."""
    chore: str | None = None
    """What a laser's controller shall do, and has not done."""
    chore_begun: bool = False
    chore_age: float = 0.0
    """Seconds since it was asked for."""
    wanted: bool = True
    """Whether anything may wait for a machine of its model."""

    @property
    def takes_runs(self) -> bool:
        """Whether a free machine may claim."""
        return self.run is None and not self.held and self.emergency is None and self.wanted


def read(context: Context, machine_id: str) -> Case | None:
    """The case of a machine; None when it is gone, retired, or driven by hand."""
    with context.db.reading() as session:
        machine = session.get(Machine, machine_id)
        if machine is None or machine.retired_at is not None or machine.is_manual:
            return None
        run = runs.active_on(session, machine)
        held = session.get_one(Site, machine.site_id).is_held
        too_late = run is not None and _too_late(session, context.config, run, machine)
        return replace(
            _without_run(context, session, machine, held, busy=run is not None),
            run=facts_of(session, context.config, run, machine, held, too_late) if run else None,
            gcode=run.slicing.gcode_sha256 if run and run.slicing else None,
            leftover=_leftover(session, machine) if run and run.state is RunState.CLAIMED else "",
            strays=_strays(session, [machine.id]).get(machine.id, ()),
            **_waiting_there(session, context.config, machine, held),
        )  # fmt: skip


def read_idle(context: Context, machine_ids: Collection[str]) -> dict[str, Case]:
    """The cases of those machines that no run holds, with a handful of questions for all of them together.

    Only whoever has their lease gives them runs, so they stay without one.
    """
    with context.db.reading() as session:
        rows = session.execute(_idle(), {"machines": list(machine_ids)}).unique().all()
        strays = _strays(session, machine_ids) if any(each.has_strays for each in rows) else {}
        cases = ((each, _without_run(context, session, each.Machine, each.is_held, busy=False)) for each in rows)
        return {
            case.machine_id: replace(case, wanted=each.is_wanted, strays=strays.get(case.machine_id, ()),
                                     **_waiting_there(session, context.config, each.Machine, case.held))
            for each, case in cases
        }  # fmt: skip


@cache
def _idle() -> Select[Machine, bool, bool, bool]:
    """One question, made once: an idle machine costs little more than its poll."""
    busy = exists().where(Run.machine_id == Machine.id, Run.state.in_(ACTIVE))
    waits = exists().where(Run.machine_model_id == Machine.machine_model_id, Run.state == RunState.WAITING)
    left = exists().where(LeftFile.machine_id == Machine.id)
    columns = Site.held_at.is_not(None).label("is_held"), waits.label("is_wanted"), left.label("has_strays")
    query = select(Machine, *columns).join(Site, Site.id == Machine.site_id).options(*seeing.BENCH)
    named = Machine.id.in_(bindparam("machines", expanding=True))
    return query.where(named, Machine.retired_at.is_(None), Machine.driver != MANUAL, ~busy)


def _waiting_there(session: Session, config: Config, machine: Machine, held: bool) -> dict[str, Any]:
    """Files that wait at a laser, or wait to be taken away; of other machines nothing is asked."""
    if not machine.is_armed_by_people:
        return {}
    rows = arming.staged(session, machine)
    facts = (facts_of(session, config, each, machine, held) for each in rows)
    unwanted = select(Run.id, Run.file_name).where(
        Run.machine_id == machine.id, Run.state == RunState.CANCELLED, Run.file_name != "", Run.intent_at.is_(None)
    )  # fmt: skip
    return {
        "staged": tuple(Staged(each, row.slicing.gcode_sha256 if row.slicing else None, _outline(row))
                        for each, row in zip(facts, rows, strict=True)),
        "left": tuple((key, name) for key, name in session.execute(unwanted)),
    }  # fmt: skip


def _without_run(context: Context, session: Session, machine: Machine, held: bool, busy: bool) -> Case:
    return Case(
        machine_id=machine.id, connection=connection_of(machine), held=held,
        bench=seeing.bench(context.config, machine, busy),
        misses=machine.misses, online=machine.connection == "online", fault_code=machine.fault_code,
        fault_values=dict(machine.fault_values), picture_at=machine.picture_at, unseen=_age(machine.seen_at) or 0.0,
        emergency=_emergency(session, machine),
        reconnect=machine.reconnect_asked_at is not None, beam=machine.beam,
        beam_age=(now() - machine.beam_at).total_seconds() if machine.beam_at else 0.0,
        chore=machine.chore if chores.is_under_way(machine) else None,
        chore_begun=machine.chore_state is ChoreState.BEGUN,
        chore_age=(now() - machine.chore_at).total_seconds() if machine.chore_at else 0.0,
    )  # fmt: skip


def _strays(session: Session, machine_ids: Collection[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What runs left behind, by machine."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in session.scalars(select(LeftFile).where(LeftFile.machine_id.in_(machine_ids))):
        found[row.machine_id] = (*found.get(row.machine_id, ()), (row.id, row.name))
    return found


def _outline(run: Run) -> tuple[str, ...]:
    plan = run.slicing.plan if run.slicing else None
    return tuple(plan.get("frame", ())) if plan else ()


def facts_of(
    session: Session, config: Config, run: Run, machine: Machine, held: bool, too_late: bool = False
) -> RunFacts:
    """What deciding needs of a run."""
    blocked = "run_lab_held" if held else "run_machine_maintenance" if machine.maintenance_at else ""
    blocked = blocked or ("run_too_late" if too_late else "") or _taken(run, machine)
    return RunFacts(
        id=run.id, state=run.state, name=run.file_name, sha1=run.slicing.gcode_sha1 if run.slicing else "",
        sends=run.sends, stop_asked=run.stop_asked_at is not None, pause_asked=run.pause_asked, blocked=blocked,
        intent_age=_age(run.intent_at), start_age=_age(run.start_sent_at), overdue=_overdue(run),
        inherited=run.inherited, laser=machine.is_armed_by_people, arm_left=arming.seconds_left(session, run),
        too_long=_too_long(config, run, machine), back_asked=run.back_asked_at is not None,
        frame_age=_age(run.frame_asked_at),
        is_alone=lasers.is_unanswered(config.machines, run),
    )  # fmt: skip


def _age(moment: datetime | None) -> float | None:
    """Seconds since then."""
    return (now() - moment).total_seconds() if moment else None


def _too_long(config: Config, run: Run, machine: Machine) -> bool:
    """Whether a laser has been at it for longer than any may."""
    age = _age(run.started_at)
    return machine.is_armed_by_people and age is not None and age > config.machines.laser_longest_minutes * 60


def _overdue(run: Run) -> str:
    """The command that was not confirmed in its time and that nobody was told about yet."""
    command = runs.overdue(run)
    return command if command != run.unanswered else ""


def _emergency(session: Session, machine: Machine) -> Emergency | None:
    """A stop that stands: whether the machine confirmed it, whether it may still be sent, whether to tell of it."""
    age, confirmed = _age(machine.emergency_at), machine.emergency_confirmed_at is not None
    if age is None:
        return None
    is_late = not confirmed and age > runs.CONFIRM_SECONDS
    return Emergency(confirmed, age < SEND_SECONDS, is_late and not emergencies.is_told(session, machine))


def _too_late(session: Session, config: Config, run: Run, machine: Machine) -> bool:
    """Whether a run that was not started yet would by now be at work while nobody is there to see."""
    if run.state not in {RunState.CLAIMED, RunState.SENDING}:
        return False
    room = seeing.room(session, config, session.get_one(Site, machine.site_id))
    wish = seeing.wish(session, config, run)
    return too_long(wish, seeing.bench(config, machine, busy=True), room) is not None


def _taken(run: Run, machine: Machine) -> str:
    """Something else came to lie on the bed since it was claimed; nobody clears one that a run is to start on."""
    is_to_start = run.state in {RunState.CLAIMED, RunState.SENDING} and not machine.is_armed_by_people
    return "run_machine_taken" if is_to_start and machine.bed_cleared_at is None else ""


def _leftover(session: Session, machine: Machine) -> str:
    ended = select(Run.file_name).where(Run.machine_id == machine.id, Run.state.in_(runs.OVER), Run.file_name != "")
    return session.scalar(ended.order_by(Run.ended_at.desc()).limit(1)) or ""
