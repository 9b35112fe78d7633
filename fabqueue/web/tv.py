"""What the wallboard shows: read from across the room, by anybody in it.

Names and titles are as public as on the open pages: a title and a picture only of a public project, a first name only
of somebody who is named publicly; everybody else is their job's code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import waiting
from fabqueue.dispatch.waiting import Finish
from fabqueue.models import Job, JobState, MachineKind, MachineModel, Outcome, Run, RunState, Site
from fabqueue.services import jobs, queueing, showcases, workshop
from fabqueue.services.opening import is_closed_on
from fabqueue.tasks import heartbeat
from fabqueue.tasks.promises import Promises
from fabqueue.web import board
from fabqueue.web.board import Card
from fabqueue.web.site import context
from fabqueue.web.slides import Slide, slides
from fabqueue.web.text import reader

MOST_NEXT, MOST_READY, MOST_LINE = 6, 24, 8
SLIDE_SECONDS = 60
CALLING = frozenset({"in_doubt", "fault", "staged", "armed", "paused"})


@dataclass(frozen=True)
class Made:
    """A job in words that may stand on a wall. who: a first name, or empty."""

    what: str
    who: str
    job: Job
    is_open: bool
    """Whether its picture may be shown."""


def named(job: Job) -> Made:
    design = job.revision.design
    is_open = design.deleted_at is None and design.project.is_public
    name = job.request.owner.public_name
    return Made(job.title if is_open else job.code, name.split()[0] if name and name.strip() else "", job, is_open)


@dataclass(frozen=True)
class Tile:
    card: Card
    made: Made | None
    others: int
    """How many more jobs lie on the bed."""
    finish: Finish | None
    seconds: int | None
    """Predicted, of a run that did not start."""
    quiet_since: datetime | None
    """The machine's last word, when that is long ago although it works."""


@dataclass(frozen=True)
class Next:
    made: Made
    model: str
    finish: Finish | None


@dataclass(frozen=True)
class Today:
    """Runs that ended today: prints, cuts, others, failed."""

    prints: int
    cuts: int
    others: int
    failed: int

    @property
    def any(self) -> bool:
        return any((self.prints, self.cuts, self.others, self.failed))


def gather(session: Session, site: Site) -> dict[str, Any]:
    """Everything for the template."""
    is_live = heartbeat.TICKER not in heartbeat.stopped(session)
    tiles = [_tile(each, is_live) for each in board.cards(session)]
    following = upcoming(session)
    return {
        "tiles": tiles, "columns": columns(len(tiles)), "calls": [each for each in tiles if _calls(each.card)],
        "following": following, "ready": [each.code for each in jobs.with_state(session, JobState.READY)][:MOST_READY],
        "today": today(session, site), "slide": _slide(session) if _is_quiet(tiles, following, site) else None,
        "opening": opening(site), "at": now().replace(second=0, microsecond=0),
    }  # fmt: skip


def columns(count: int) -> int:
    """So many that a tile keeps its height: no more than five lie below one another, until six stand side by side."""
    return 1 if count == 1 else 2 if count <= 6 else 3 if count <= 12 else min(6, max(4, ceil(count / 5)))


def _calls(card: Card) -> bool:
    return card.is_clearable or card.state in CALLING


def _tile(card: Card, is_live: bool) -> Tile:
    """is_live: whether machines are watched; without that no finish is promised."""
    run = card.shown
    items = run.items if run else []
    made = named(items[0].job) if items else None
    at_work = run is not None and run is card.run
    is_watched = at_work and (is_live or card.machine.is_manual)
    finish = waiting.finish_of_run(run) if is_watched and run and run.state.may_have_started else None
    return Tile(card, made, max(0, len(items) - 1), finish, run.predicted_seconds if run else None, _quiet_since(card))


def _quiet_since(card: Card) -> datetime | None:
    seen = card.machine.seen_at
    at_work = card.run is not None and card.state in {"running", "paused", "starting", "cancelling"}
    if not at_work or card.machine.is_manual or seen is None:
        return None
    return seen if (now() - seen).total_seconds() > 120 else None


def upcoming(session: Session) -> list[Next]:
    """The next jobs of all queues together, soonest first; what has no forecast comes last."""
    config = context().config
    outlook = Promises(session, config)
    found = [
        Next(named(job), model.title, outlook.finish(job))
        for model in workshop.models(session)
        for job in queueing.line(session, config, model)[:MOST_LINE]
    ]
    latest = datetime.max.replace(tzinfo=now().tzinfo)
    return sorted(found, key=lambda each: each.finish.expected if each.finish else latest)[:MOST_NEXT]


def today(session: Session, site: Site) -> Today:
    zone = ZoneInfo(site.time_zone)
    midnight = datetime.combine(now().astimezone(zone).date(), time(), zone)
    ended = (
        select(MachineModel.kind, Run.state, Run.outcome, func.count())
        .join(MachineModel, MachineModel.id == Run.machine_model_id)
        .where(Run.ended_at >= midnight, Run.state.in_([RunState.DONE, RunState.FAILED]))
        .group_by(MachineModel.kind, Run.state, Run.outcome)
    )
    done, failed = dict.fromkeys(MachineKind, 0), 0
    for kind, state, outcome, count in session.execute(ended):
        if state is RunState.FAILED or outcome is Outcome.FAILED:
            failed += count
        else:
            done[kind] += count
    return Today(done[MachineKind.PRINTER], done[MachineKind.LASER], done[MachineKind.OTHER], failed)


def _is_quiet(tiles: Sequence[Tile], following: Sequence[Next], site: Site) -> bool:
    """Nothing is made and nobody is called, or the lab is closed and no machine works."""
    if any(each.card.run for each in tiles):
        return False
    closed = bool(site.opening_hours) and closes_at(site) is None
    return closed or not (following or any(_calls(each.card) for each in tiles))


def _slide(session: Session) -> Slide | None:
    """The picture of this minute, of all public showcases in turn."""
    found = [slide for each in showcases.public(session) for slide in slides(each) if slide.photo or slide.face]
    return found[int(now().timestamp() // SLIDE_SECONDS) % len(found)] if found else None


def closes_at(site: Site) -> str | None:
    """When the lab closes today ("HH:MM"), while it is open; None while it is closed or keeps no hours."""
    here = now().astimezone(ZoneInfo(site.time_zone))
    clock = here.strftime("%H:%M")
    pairs = [] if is_closed_on(site, here.date()) else site.opening_hours.get(str(here.isoweekday()), [])
    return next((end for begin, end in pairs if begin <= clock < end), None)


def opening(site: Site) -> str:
    if not site.opening_hours:
        return ""
    end = closes_at(site)
    if end is None:
        return str(_("closed now"))
    if end == "24:00":
        return str(_("open until midnight"))
    zone = ZoneInfo(site.time_zone)
    at = datetime.combine(now().astimezone(zone).date(), time.fromisoformat(end), zone)
    return str(_("open until %(time)s", time=reader().clock(at)))
