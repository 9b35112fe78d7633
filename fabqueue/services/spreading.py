"""Spreading: over how many machines the copies of one job are divided, so that they are made at the same time."""

from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import FOREIGN_WORK, DesignKind, Job, Machine, MachineModel
from fabqueue.models.people import MachineKind
from fabqueue.services import events, settings
from fabqueue.services.errors import Refused
from fabqueue.services.events import Actor
from fabqueue.services.settings import SPREAD


def of_job(session: Session, config: Config, job: Job, copies: int) -> list[int]:
    """The copies of each run that `copies` of a job are made in. A toolpath holds one copy, so it is run for each."""
    seconds = job.quote.seconds["expected"] * copies / job.quote.quantity if job.quote and job.quote.seconds else None
    kind, asked = job.revision.design.kind, job.settings.get(SPREAD)
    return portions(session, config, kind, job.machine_model, copies, seconds, asked, job.machine)


def portions(
    session: Session, config: Config, kind: DesignKind, model: MachineModel, copies: int, seconds: float | None,
    asked: int | None, machine: Machine | None = None,
) -> list[int]:  # fmt: skip
    """The same of what nobody need have asked for yet. seconds: of all copies; None where nobody knows.

    asked: up to how many machines somebody wants them on; None: as the rule of the lab has it. A laser's copies share a
    sheet and one arming, so no rule divides them. machine: the one that was asked for, which makes all of them.
    """
    if kind is DesignKind.TOOLPATH:
        return [1] * copies
    if machine is not None:
        return [copies]
    if asked is not None:
        return evenly(copies, min(asked, copies, _count(session, model)))
    most = config.queue.spread_hours * 3600
    if not most or seconds is None or seconds <= most or model.kind is MachineKind.LASER:
        return [copies]
    return evenly(copies, min(ceil(seconds / most), copies, _count(session, model, in_service=True)))


def ask_for(session: WritingSession, actor: Actor, job: Job, machines: int | None) -> bool:
    """Write down up to how many machines make a job's copies; whether that is new. Raises Refused, Invalid.

    machines: None leaves it to the rule of the lab. A job that asks for one certain machine has its copies together.
    """
    if machines is not None and machines > 1 and job.machine is not None:
        raise Refused("spread_asked_machine", {"machine": job.machine.name}, SPREAD)
    kept = {key: value for key, value in job.settings.items() if key != SPREAD}
    new = kept if machines is None else kept | settings.read({SPREAD: machines})
    old, job.settings = dict(job.settings), new
    session.flush()
    if new == old:
        return False
    verb, values = ("spread", {"machines": machines}) if machines else ("spread_by_rule", {})
    events.record(session, actor, job, verb, old=str(old.get(SPREAD, "")), new=str(machines or ""), values=values)
    return True


def evenly(copies: int, parts: int) -> list[int]:
    """`copies` in so many parts (at least one) that differ by one at most, the larger first. Pure."""
    each, more = divmod(copies, max(1, parts))
    return [each + 1] * more + [each] * (max(1, parts) - more)


def _count(session: Session, model: MachineModel, *, in_service: bool = False) -> int:
    """How many machines of the model there are; `in_service`: those alone that nobody has to mend first.

    What one is at from elsewhere is no fault of it.
    """
    query = select(func.count()).where(Machine.machine_model_id == model.id, Machine.retired_at.is_(None))
    if in_service:
        query = query.where(Machine.maintenance_at.is_(None), Machine.fault_code.in_(("", FOREIGN_WORK)))
    return session.scalar(query) or 0
