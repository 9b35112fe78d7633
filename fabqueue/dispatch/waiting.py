"""What a member asks of the queue: why does it wait, how many are before it, when will it be finished."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.dispatch import habits, lines, match, seeing
from fabqueue.dispatch.forecast import Made, Span
from fabqueue.dispatch.habits import Habits
from fabqueue.dispatch.lines import Asked, Finish, Gathered, Line, Rows, Stand
from fabqueue.dispatch.match import Bench, Reason, Room, Wish
from fabqueue.models import ACTIVE, Job, JobState, Machine, MachineKind, Run, RunItem, RunState, Site
from fabqueue.services import ordering, progress, runs, sites
from fabqueue.services.hours import NEVER, Hours, moment

_FETCHING = frozenset({RunState.CLAIMED, RunState.SENDING})
_NOWHERE: tuple[str, datetime | None] = ("", None)
"""No machine that a run stays away from."""

__all__ = ["Asked", "Finish", "Outlook", "Part", "finish_of_run"]


@dataclass(frozen=True, slots=True)
class Part:
    """A run that may still bring copies of a job."""

    run_id: str
    state: RunState


class Outlook:
    """The queues as they stand in one session. Ask one for many jobs: everything is read once, and no job costs more.

    A line is played through when somebody first asks about it.
    """

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config
        self._lines: dict[str, Line] = {}
        self._rows: dict[str, Rows] = {}

    def reason(self, job: Job) -> Reason | None:
        """Why an approved job is not being made at this moment; None for any other, and when its turn is now."""
        if not job.state.is_approved:
            return None
        parts = self._parts(job)
        made = [each for each in parts if each.state in ACTIVE] or [
            each for each in parts if each.state is RunState.DONE
        ]
        if made:
            return _told([_of_machine(self._session.get_one(Run, each.run_id)) for each in made])
        staged = next((each for each in parts if each.state is RunState.STAGED), None)
        if staged is not None:
            return self._of_laser(self._session.get_one(Run, staged.run_id))
        waiting = [each.run_id for each in parts if each.state is RunState.WAITING]
        if not waiting:
            return Reason("wait_slicing") if parts else None
        return self._of_queue(job, min(waiting, key=self.line(job.machine_model_id).ahead))

    def position(self, job: Job) -> int | None:
        """1 for the next in the queue of its machine model; None for a job that is not queued."""
        if job.state is not JobState.QUEUED:
            return None
        standing = [each.run_id for each in self._parts(job) if each.state in ordering.STANDING]
        return 1 + min(map(self.line(job.machine_model_id).ahead, standing)) if standing else None

    def finish(self, job: Job) -> Finish | None:
        """When all runs of an approved job are expected to be finished; None where what matters is unknown."""
        if not job.state.is_approved:
            return None
        left = [each for each in self._parts(job) if each.state is not RunState.DONE]
        spans = [self._left_of(job.machine_model_id, each) for each in left]
        known = [each for each in spans if each is not None]
        if not known or len(known) < len(spans):
            return None
        whole = Span(*(max(getattr(each, name) for each in known) for name in ("low", "expected", "high")))
        line = self.line(job.machine_model_id)
        return self._finish(whole, [line.made[each.run_id] for each in left if each.run_id in line.made])

    def asked(self, model_id: str, asked: Sequence[Asked], *, alone: bool = False) -> Finish | None:
        """When runs would be finished that somebody might ask for; `alone`: if nothing were before them."""
        if self.halted() is not None:
            return None
        line = self._read(model_id, [_first(each) for each in asked] if alone else asked)
        made = [line.made[each.place.run_id] for each in asked if each.place.run_id in line.made]
        if len(made) < len(asked):
            return None
        ends = Span(*(max(getattr(each.finish, name) for each in made) for name in ("low", "expected", "high")))
        return self._finish(_minus(ends, self.room.at), made)

    def _finish(self, left: Span, made: Sequence[Made]) -> Finish | None:
        return lines.finish(left, self._opens_at(made), any(each.by_person for each in made))

    def halted(self) -> Reason | None:
        """Why nothing at all is made at present, whatever the queues say; None: it is."""
        return None

    def refused(self, model_id: str, wish: Wish) -> Reason | None:
        """Why nothing that is there could make what somebody might ask for."""
        stands = self.line(model_id).stands
        found = [match.refusal(wish, replace(each.bench, busy=False, bed_clear=True), self.room) for each in stands]
        return match.telling([each for each in found if each]) if all(found) else None

    def is_busy(self, model_id: str, wish: Wish) -> bool:
        """Whether every machine is at work that could make what somebody might ask for."""
        fitting = [each for each in self.line(model_id).stands if match.fits(wish, each.bench, self.room)]
        return all(each.run is not None or each.bench.foreign for each in fitting)

    def cleared(self, machine_id: str, at: float) -> float:
        """When a bed is expected to be clear that is full at a moment; both in seconds since 1970."""
        return self.hours.worked(at, self._habits.clearing.at(machine_id).expected)

    def line(self, model_id: str) -> Line:
        """What stands in front of a machine model."""
        if model_id not in self._lines:
            self._lines[model_id] = self._read(model_id)
        return self._lines[model_id]

    def _read(self, model_id: str, asked: Sequence[Asked] = ()) -> Line:
        return lines.played(self.gathered(model_id, asked), self.room, held=self.site.is_held)

    def gathered(self, model_id: str, asked: Sequence[Asked] = ()) -> Gathered:
        """What a line is played from, with what somebody might ask for in it."""
        if model_id not in self._rows:
            self._rows[model_id] = lines.read(self._session, self._config, self.site, model_id, self._habits)
        return lines.gather(self._rows[model_id], self._config.queue, lambda: self._used, self._habits, asked)

    @cached_property
    def _used(self) -> dict[str, float]:
        """Seconds of machine time that everybody had lately."""
        return ordering.used(self._session, self._config.queue)

    @cached_property
    def site(self) -> Site:
        return sites.the_site(self._session)

    @cached_property
    def room(self) -> Room:
        return seeing.room(self._session, self._config, self.site)

    @property
    def hours(self) -> Hours:
        assert self.room.hours is not None
        return self.room.hours

    @cached_property
    def _habits(self) -> Habits:
        return habits.read(self._session, self._config, self.site)

    @cached_property
    def _every_part(self) -> dict[str, list[Part]]:
        """By job, oldest first."""
        lying = and_(Run.state == RunState.DONE, RunItem.outcome.is_(None))
        rows = select(RunItem.job_id, Run.id, Run.state).join(Run, Run.id == RunItem.run_id)
        open_ones = rows.where(or_(Run.state.not_in(runs.OVER), lying)).order_by(Run.created_at, Run.id)
        found: dict[str, list[Part]] = {}
        for job_id, run_id, state in self._session.execute(open_ones):
            found.setdefault(job_id, []).append(Part(run_id, state))
        return found

    def _parts(self, job: Job) -> list[Part]:
        return self._every_part.get(job.id, [])

    def _of_queue(self, job: Job, run_id: str) -> Reason | None:
        if self.site.is_held:
            return Reason("wait_lab_held", {"reason": self.site.held_reason})
        line = self.line(job.machine_model_id)
        if not line.stands:
            return Reason("wait_no_machine", {"machine": job.machine_model.title})
        wish, ahead = line.wishes.get(run_id), line.ahead(run_id)
        if wish is None:  # a machine took it since the runs were read
            return None
        turn = Reason("wait_turn", {"ahead": ahead}) if ahead else None
        benches = [each.bench for each in line.stands]
        refusals = [match.refusal(wish, each, self.room) for each in benches]
        away = self._rows[job.machine_model_id].away.get(run_id, _NOWHERE)
        if not all(refusals):
            willing = [each for each, refusal in zip(benches, refusals, strict=True) if refusal is None]
            return _by_person(willing, *away) or turn
        reason = self._of_asked(wish, line.stands) or match.telling([each for each in refusals if each])
        if reason is None or reason.code != "wait_busy":
            return reason
        return _held_up(line.stands) or turn or reason

    def _of_laser(self, run: Run) -> Reason | None:
        """Its file waits at a laser, to be armed there unless something keeps everybody from that.

        None where it has just been given back.
        """
        if run.machine is None:
            return None
        if self.site.is_held:
            return Reason("wait_lab_held", {"reason": self.site.held_reason})
        if progress.is_silent(run.machine):
            return _silence(run.machine)
        benches = [each.bench for each in self.line(run.machine_model_id).stands if each.bench.id == run.machine_id]
        return next(map(_to_arm, benches), Reason("wait_armed", {"machine": run.machine.name}))

    def _of_asked(self, wish: Wish, stands: Sequence[Stand]) -> Reason | None:
        """Every machine refuses, and one is waited for: what that one says, and which other is free meanwhile."""
        asked = next((each.bench for each in stands if each.bench.id == wish.machine_id), None)
        others = [each.bench for each in stands if each.bench is not asked]
        if not wish.required and not any(match.left_to_another(wish, each, self.room) for each in others):
            return None
        anywhere = replace(wish, machine_id="")
        free = next((each for each in others if match.refusal(anywhere, each, self.room) is None), None)
        name = asked.name if asked else self._name_of(wish.machine_id)
        if free is not None:
            return Reason("wait_asked_other", {"machine": name, "other": free.name})
        if asked is None:
            return Reason("wait_asked", {"machine": name}) if wish.required else None
        reason = match.refusal(wish, asked, self.room)
        if reason is not None and reason.code != "wait_busy":
            return reason
        held_up = _held_up([each for each in stands if each.bench is asked])
        is_choice = any(match.fits(anywhere, each, self.room) for each in others)
        return held_up or (Reason("wait_asked", {"machine": name}) if is_choice else reason)

    def _name_of(self, machine_id: str) -> str:
        machine = self._session.get(Machine, machine_id)
        return machine.name if machine else ""

    def _left_of(self, model_id: str, part: Part) -> Span | None:
        made = self.line(model_id).made.get(part.run_id)
        if made is not None:
            return _minus(made.finish, self.room.at)
        return lines.remaining(self._session.get_one(Run, part.run_id)) if part.state in ACTIVE else None

    def _opens_at(self, made: Sequence[Made]) -> datetime | None:
        """When the lab opens, where it is closed now and nothing of it begins before."""
        opens = self.hours.opens(self.room.at)
        if not made or opens in (self.room.at, NEVER) or min(each.start for each in made) < opens:
            return None
        return moment(opens)


def _minus(span: Span, at: float) -> Span:
    return Span(*(max(0.0, each - at) for each in (span.low, span.expected, span.high)))


def _first(asked: Asked) -> Asked:
    """The same in front of everything."""
    return replace(asked, place=asked.place._replace(pin=-1))


def finish_of_run(run: Run) -> Finish | None:
    """When a run that a machine has is expected to be finished; None while that is unknown."""
    return lines.finish(lines.remaining(run) if run.state in ACTIVE else None)


def _of_machine(run: Run) -> Reason | None:
    """A machine has it, or had it: what a person must do, if anything; nothing where it has just been given back."""
    if run.machine is None:
        return None
    name = {"machine": run.machine.name}
    if run.state is RunState.IN_DOUBT:
        return Reason("wait_in_doubt", name)
    if run.state is RunState.DONE:
        return Reason("wait_taking_off", name)
    if run.state in _FETCHING and run.machine.is_armed_by_people:
        return Reason("wait_slicing")
    if progress.is_silent(run.machine):
        return _silence(run.machine)
    return Reason("wait_paused", name) if run.state is RunState.PAUSED else None


def _told(reasons: Sequence[Reason | None]) -> Reason | None:
    """Of what is said of several runs of a job, first what somebody has to see to."""
    return min((each for each in reasons if each), key=lambda each: each.passes, default=None)


_HELD_UP = {RunState.IN_DOUBT: "wait_behind_doubt", RunState.PAUSED: "wait_behind_pause"}


def _held_up(stands: Sequence[Stand]) -> Reason | None:
    """What somebody must do where every machine at work stands still, whosever work it is."""
    busy = [(each.bench.name, each.run) for each in stands if each.run is not None and match.able(each.bench)]
    found = [Reason(_HELD_UP[run.state], {"machine": name}) for name, run in busy if run.state in _HELD_UP]
    return found[0] if found and len(found) == len(busy) else None


def _not_armed(laser: Bench) -> Reason | None:
    """Why nobody may arm what waits at a laser. What it is at now is over before anybody asks."""
    if shut := match.closed(replace(laser, busy=False, full=False)):
        return shut
    needs_clearing = not laser.busy and not laser.bed_clear
    return Reason("wait_clear", {"machine": laser.name}) if needs_clearing else None


def _to_arm(laser: Bench) -> Reason:
    """What a person has to do at a laser before something burns there."""
    return _not_armed(laser) or Reason("wait_armed", {"machine": laser.name})


def _silence(machine: Machine) -> Reason:
    """The machine that has it does not answer: what is known of the run is as old as the last answer."""
    if machine.seen_at is None:
        return Reason("wait_offline", {"machine": machine.name})
    return Reason("wait_silent", {"machine": machine.name, "since_at": machine.seen_at.isoformat()})


def _by_person(willing: Sequence[Bench], away: str, until: datetime | None) -> Reason | None:
    """Machines would take it, but none without a person; and not the one that it stays `away` from until then."""
    if any(match.dispatched(each) for each in willing):
        return None
    here = [each for each in willing if each.name != away] or willing
    first = next((each for each in here if _not_armed(each) is None), here[0])
    if first.name == away and until is not None:
        return Reason("wait_sent_back", {"machine": away, "until_at": until.isoformat()})
    if match.stages(first):
        return _to_arm(first)
    code = "wait_certified_person" if first.needs_certification or first.kind is MachineKind.LASER else "wait_person"
    return Reason(code, {"machine": first.name})
