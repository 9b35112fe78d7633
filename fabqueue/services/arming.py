"""Arming: a certified person at a laser releases one staged run, for a little while; and how it ends otherwise.

Nothing here starts anything. `dispatch` starts what is armed, and asks `check_time` in the transaction that allows it;
every moment that counts is one of the database's clock, whatever the hosts' clocks say.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from fabqueue.config import MachineSettings
from fabqueue.db import Clock, WritingSession, now
from fabqueue.models import ACTIVE, Beam, ChoreState, Machine, Run, RunState, Site
from fabqueue.services import events, locks, ordering, outcomes, runs
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.events import Actor

S = RunState
AWAY_HOURS = 1
"""How long a run stays away from a laser that a technician sent it back from."""
CLOCK_SLACK = 2.0
"""How far the database's clock may be set back without ending what was armed."""
SEEN_SECONDS = 15.0
"""How old the last look at a machine may be when somebody arms a run there, at least."""


class Check(StrEnum):
    """What whoever arms a laser has seen to, all of it, for this very run."""

    MATERIAL = "material"  # the right one, approved for the laser, lies flat
    FOCUS = "focus"
    EXHAUST = "exhaust"
    AIR = "air"
    FRAMED = "framed"  # the outline was traced and fits on the sheet
    STAYING = "staying"  # until it is done

    @property
    def code(self) -> str:
        """Of its sentence."""
        return f"arm_check_{self}"


CHECKLIST = tuple(Check)
_GLOWS = frozenset({Beam.ASKED, Beam.UNCONFIRMED})
"""What is known of a beam that may still be on."""
_AT_IT = frozenset({ChoreState.ASKED, ChoreState.BEGUN})
"""A chore that may yet move the head, or forget where it is."""


def staged(session: Session, machine: Machine) -> Sequence[Run]:
    """The runs whose files wait at a laser, those that wait longest first."""
    rows = select(Run).where(Run.machine_id == machine.id, Run.state == S.STAGED)
    return session.scalars(rows.order_by(Run.claimed_at, Run.id)).unique().all()


def count_staged(session: Session, machine_id: str) -> int:
    rows = select(func.count()).where(Run.machine_id == machine_id, Run.state == S.STAGED)
    return session.scalar(rows) or 0


def spoken_for(session: Session, machine_id: str) -> dict[str, int]:
    """Square millimetres of each pile, by its id, that runs at a laser will use up: what waits there, what burns."""
    holding = Run.machine_id == machine_id, Run.state.in_({*ACTIVE, S.STAGED}), Run.stock_id.is_not(None)
    rows = select(Run.stock_id, func.sum(Run.predicted_mm2)).where(*holding).group_by(Run.stock_id)
    return {str(stock_id): int(area or 0) for stock_id, area in session.execute(rows)}


def arm(
    session: WritingSession, rules: MachineSettings, actor: Actor, machine: Machine, run: Run,
    ticked: Collection[str],
) -> None:  # fmt: skip
    """Release a staged run for `rules.arm_seconds`. Whoever calls has checked that the actor may.

    Raises Invalid with every tick that is missing, Conflict while the machine or the lab does not allow it, Refused for
    what a laser must not do.
    """
    locks.lock(session, machine)
    locks.reread(session, run, lock=True)
    _check_place(machine, run)
    _check_list(ticked)
    _check_run(rules, run)
    _check_machine(session, rules, machine)
    said = {"checklist": sorted(ticked), "armed_seconds": rules.arm_seconds}
    events.move(
        session, actor, run, S.STAGED, S.ARMED, "arm", values=said, changed_at=now(),
        armed_at=Clock(), armed_until=Clock(float(rules.arm_seconds)), armed_by_id=actor.id,
        frame_asked_at=None, reason_code="", reason_values={},
    )  # fmt: skip
    outcomes.settle_all(session, actor, run)
    runs.look(session, run)


def _check_place(machine: Machine, run: Run) -> None:
    if not machine.is_armed_by_people:
        raise Refused("machine_not_to_arm", {"machine": machine.name})
    if run.machine_id != machine.id or run.state is not S.STAGED:
        raise Conflict(run.state, "run_not_staged", {"machine": machine.name})


def _check_list(ticked: Collection[str]) -> None:
    missing = [each for each in CHECKLIST if each not in ticked]
    if missing:
        raise Invalid(
            [Refused("arm_check_missing", {"check": {"code": each.code}}, f"checklist.{each}") for each in missing]
        )


def _check_run(rules: MachineSettings, run: Run) -> None:
    longest = rules.laser_longest_minutes * 60
    if run.predicted_seconds is not None and run.predicted_seconds > longest:
        values = {"takes_seconds": run.predicted_seconds, "most_seconds": longest}
        raise Refused("run_too_long_for_laser", values, "run")
    if unwanted := next((item.job for item in run.items if item.job.state not in ordering.WANTED), None):
        raise Conflict(unwanted.state, "job_not_wanted", {"job": unwanted.code})


def _check_machine(session: Session, rules: MachineSettings, machine: Machine) -> None:
    """What is asked here is asked once more when the intent to start is committed."""
    name = {"machine": machine.name}
    site = session.get_one(Site, machine.site_id)
    checks = (
        (site.is_held, "held", "wait_lab_held", {"reason": site.held_reason}),
        (machine.retired_at is not None, "retired", "wait_no_machine", name),
        (machine.maintenance_at is not None, "maintenance", "wait_maintenance", name),
        (machine.emergency_at is not None, "emergency", machine.fault_code or "wait_fault", name),
        (machine.chore_state in _AT_IT, "busy", "machine_is_busy", name),
        (machine.beam in _GLOWS, "beam", "beam_not_known", name),
        (machine.has_fault, "fault", "wait_fault", name),
        (machine.does_foreign_work, "busy", "wait_foreign", name),
        (runs.is_busy(session, machine.id), "busy", "machine_is_busy", name),
        (not is_seen(session, rules, machine), "offline", "arm_not_seen", name),
        (machine.bed_cleared_at is None, "needs_clearing", "wait_clear", name),
    )
    for hinders, state, code, values in checks:
        if hinders:
            raise Conflict(state, code, values)


def is_seen(session: Session, rules: MachineSettings, machine: Machine) -> bool:
    """Whether the machine answered within seconds: what is known of it is what it does now."""
    recent = Clock(-max(SEEN_SECONDS, 3 * rules.poll_seconds))
    answered = select(Machine.id).where(Machine.id == machine.id, Machine.seen_at > recent)
    return machine.connection == "online" and machine.misses == 0 and session.scalar(answered) is not None


def check_time(session: Session, run: Run) -> None:
    """Raises Conflict unless the run was armed and its time is not over, by the database's clock."""
    lasts = select(Run.id).where(Run.id == run.id, Run.armed_until > Clock(), Run.armed_at < Clock(CLOCK_SLACK))
    if session.scalar(lasts) is None:
        raise Conflict(run.state, "run_not_armed")


def seconds_left(session: Session, run: Run) -> float | None:
    """What is left of the time in which an armed run may be started, below zero when it is over; None: not armed.

    A clock that was set back since would make it long: then it is over.
    """
    if run.armed_until is None or run.armed_at is None:
        return None
    clock: datetime | None = session.scalar(select(Clock()))
    assert clock is not None
    if run.armed_at >= clock + timedelta(seconds=CLOCK_SLACK):
        return 0.0
    return (run.armed_until - clock).total_seconds()


def disarm(session: WritingSession, actor: Actor, run: Run, code: str) -> None:
    """It is not released any more, and nothing was sent: its file goes on waiting. `code` says why.

    Raises Conflict when it is not armed, for one when it is being started.
    """
    events.move(session, actor, run, S.ARMED, S.STAGED, "disarm", code=code, changed_at=now(), reason_code=code,
                reason_values={}, **runs.NOT_ARMED)  # fmt: skip
    outcomes.settle_all(session, actor, run)


def send_back(session: WritingSession, actor: Actor, run: Run) -> None:
    """A technician wants a staged run away from its laser; dispatch takes the file away first. Raises Conflict."""
    locks.reread(session, run, lock=True)
    if run.state is not S.STAGED or run.machine is None:
        raise Conflict(run.state, "run_not_staged", {"machine": run.machine.name if run.machine else ""})
    if run.back_asked_at is None:
        run.back_asked_at = now()
        events.record(session, actor, run, "ask_back")
    runs.look(session, run)


def not_sent_back(machine: str) -> ColumnElement[bool]:
    """SQL: no technician lately wanted a run away from the laser of this name."""
    lately = Run.changed_at > now() - timedelta(hours=AWAY_HOURS)
    return ~(and_(Run.reason_code == "run_sent_back", lately, Run.reason_values["machine"].as_string() == machine))


def sent_back(session: Session) -> dict[str, tuple[str, datetime]]:
    """The runs that stay away for a while from a laser that a technician sent them back from: its name, until when."""
    lately = Run.reason_code == "run_sent_back", Run.changed_at > now() - timedelta(hours=AWAY_HOURS)
    rows = select(Run.id, Run.reason_values, Run.changed_at).where(Run.state == S.WAITING, *lately)
    return {key: (values.get("machine", ""), since + timedelta(hours=AWAY_HOURS))
            for key, values, since in session.execute(rows)}  # fmt: skip


def leave(session: WritingSession, actor: Actor, machine: Machine) -> None:
    """The machine goes, or is another one from now on: what was staged there waits for any machine again."""
    for run in staged(session, machine):
        runs.give_back(session, actor, run, "run_machine_away", {"machine": machine.name})
