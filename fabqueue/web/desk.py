"""The technicians' desk: machines, inbox, the chosen job, queue, finished parts, stock. Its parts renew themselves."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from fabqueue.db import now
from fabqueue.models import Job, JobState, MachineModel
from fabqueue.permissions import Permission, fetch
from fabqueue.services import events, handover, jobs, queueing, sharing, sites, supplies, toolpaths, workshop
from fabqueue.web import board, reviewing, stops
from fabqueue.web import timeline as hours_ahead
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked, back_to
from fabqueue.web.forms import AtMost, Form, LongText, Needed
from fabqueue.web.live import Part
from fabqueue.web.requests import context_of
from fabqueue.web.reviewing import ChangeForm
from fabqueue.web.security import shows_viewer
from fabqueue.web.site import context, current_person, me, reading, the_site
from fabqueue.web.text import reader

blueprint = Blueprint("desk", __name__)

MOST_FAILED = 20
CHANGEABLE = {JobState.SUBMITTED}
OVERRIDABLE = {JobState.DRAFT, JobState.CHANGES_REQUESTED}


class Why(Form):
    """A reason that others read."""

    reason = LongText(lazy_gettext("Why"), [Needed(), AtMost(500)], render_kw={"rows": 3})


def _parts(code: str = "") -> dict[str, Part]:
    """The parts of the page that stay live. `code`: the job that is open."""
    chosen, queue = code or None, request.args.get("queue") or None
    return {
        "stops": Part("stops", "desk/_stops.html", url_for("desk.stopped"), 10, "desk-stops"),
        "calls": Part("calls", "desk/_calls.html", url_for("desk.calls"), 5, "row tight"),
        "wall": Part("wall", "desk/_wall.html", url_for("desk.wall"), 3, "wall", "wall-t"),
        "timeline": Part(
            "timeline", "desk/_timeline.html", url_for("desk.timeline"), 30, "panel gantt-panel", "timeline-t"
        ),
        "inbox": Part("inbox", "desk/_inbox.html", url_for("desk.inbox", job=chosen), 5, "panel inbox", "inbox-t"),
        "queue": Part("queue", "desk/_queue.html", url_for("desk.queue", queue=queue), 5, "panel", "queue-t"),
        "shelf": Part("shelf", "desk/_shelf.html", url_for("desk.shelf"), 10, "panel", "shelf-t"),
        "failed": Part("failed", "desk/_failed.html", url_for("desk.failed"), 10, "panel", "failed-t"),
        "stock": Part("stock", "desk/_stock.html", url_for("desk.stock"), 30, "panel", "stock-t"),
    }


@blueprint.get("/desk")
@permitted(Permission.REVIEW_JOB)
def index() -> Response:
    """The desk with the first job of the inbox open; `find` leads to the job with that code."""
    if code := request.args.get("find", "").strip().upper():
        return redirect(url_for("desk.show", code=code))
    first = next(iter(board.inbox(reading()).all), None)
    return page(first)


@blueprint.get("/desk/<code>")
@permitted(Permission.REVIEW_JOB)
def show(code: str) -> Response:
    """The desk with one job open. With fields of the form in the address: what it would cost that way."""
    job = job_of(code)
    form = reviewing.change_form(reading(), job, formdata=MultiDict(request.args)) if "option" in request.args else None
    return page(job, form)


def job_of(code: str) -> Job:
    return fetch(reading(), current_person(), Job, code, Permission.REVIEW_JOB)


def page(job: Job | None, form: ChangeForm | None = None, status: int = 200) -> Response:
    """The whole desk."""
    parts, code = _parts(job.code if job else ""), job.code if job else ""
    html = {name: part.html(**_GATHER[name](code)) for name, part in parts.items()}
    return make_response(
        render_template("desk/index.html", parts=html, notes=handover.current(reading()), **review_of(job, form)),
        status,
    )


def review_of(job: Job | None, form: ChangeForm | None = None) -> dict[str, Any]:
    """What the review panel shows of a job."""
    if job is None:
        return {"job": None}
    session = reading()
    shows_viewer()
    form = form or reviewing.change_form(session, job, formdata=None)
    offer = reviewing.offer(session, job, form)
    toolpath = toolpaths.of_job(session, context().config, job)
    return {
        **context_of(job),
        "job": job, "form": form, "offer": offer, "beds": reviewing.beds(job, form, offer),
        "record": reviewing.record_of(session, job.owner),
        "findings": reviewing.findings_of(job, toolpath.plan if toolpath else None),
        "has_settings": reviewing.has_settings(job),
        "toolpath": toolpath, "may_change": job.state in CHANGEABLE,
        "may_override": job.state in OVERRIDABLE and bool(job.revision.report and job.revision.report.has_blocker),
        "may_hurry": _is_ahead(job), "has_choice": _has_choice(job),
        "may_spread": _has_choice(job) and reviewing.may_spread(job),
        "history": _history(job), "follower": following(job), "waits": board.waits(session, job),
    }  # fmt: skip


def _has_choice(job: Job) -> bool:
    """Whether several machines could make it, and it is not too late to say which."""
    alike = [each for each in workshop.machines(reading()) if each.machine_model_id == job.machine_model_id]
    return len(alike) > 1 and _is_ahead(job)


def _is_ahead(job: Job) -> bool:
    """Whether machines may still have something to make for it."""
    return not job.state.is_closed and job.state is not JobState.READY


def _history(job: Job) -> list[tuple[Any, str]]:
    """The last things that happened to the job, each with who did it."""
    found = events.history(reading(), job)[-6:]
    names = events.actor_names(reading(), found)
    return [(each, names.get(each.actor_id or "", "FabQueue")) for each in found]


def following(job: Job) -> Job | None:
    """The job of the inbox that comes after this one, or the first."""
    waiting = [each for each in board.inbox(reading()).submitted if each.id != job.id]
    return next((each for each in waiting if each.number > job.number), next(iter(waiting), None))


# the live parts


def _live(name: str, code: str = "") -> Response:
    return _parts(code)[name].response(**_GATHER[name](code))


@blueprint.get("/desk/part/stops")
@permitted(Permission.REVIEW_JOB)
def stopped() -> Response:
    return _live("stops")


@blueprint.get("/desk/part/calls")
@permitted(Permission.REVIEW_JOB)
def calls() -> Response:
    return _live("calls")


@blueprint.get("/desk/part/wall")
@permitted(Permission.REVIEW_JOB)
def wall() -> Response:
    return _live("wall")


@blueprint.get("/desk/part/timeline")
@permitted(Permission.REVIEW_JOB)
def timeline() -> Response:
    return _live("timeline")


@blueprint.get("/desk/part/inbox")
@permitted(Permission.REVIEW_JOB)
def inbox() -> Response:
    return _live("inbox", request.args.get("job", ""))


@blueprint.get("/desk/part/queue")
@permitted(Permission.REVIEW_JOB)
def queue() -> Response:
    return _live("queue")


def queue_after(said: str) -> Response:
    """The queue as it stands after somebody changed its order: what was done is read out."""
    return make_response(_parts()["queue"].html(said, **_queue("")))


@blueprint.get("/desk/part/shelf")
@permitted(Permission.REVIEW_JOB)
def shelf() -> Response:
    return _live("shelf")


@blueprint.get("/desk/part/failed")
@permitted(Permission.REVIEW_JOB)
def failed() -> Response:
    return _live("failed")


@blueprint.get("/desk/part/stock")
@permitted(Permission.REVIEW_JOB)
def stock() -> Response:
    return _live("stock")


def _stops(_code: str) -> dict[str, Any]:
    return {"stops": stops.for_staff()}


def _calls(_code: str) -> dict[str, Any]:
    return {"calls": board.calls(reading(), board.cards(reading())), "stops": stops.for_staff()}


def _wall(_code: str) -> dict[str, Any]:
    return {"cards": board.cards(reading()), "back": url_for("desk.index")}


def _timeline(_code: str) -> dict[str, Any]:
    return {"shown": hours_ahead.timeline(reading())}


def _inbox(code: str) -> dict[str, Any]:
    decided = board.decided_today(reading(), the_site())
    return {"inbox": board.inbox(reading()), "decided": decided, "code": code, "today": reader().day(now())}


def _queue(_code: str) -> dict[str, Any]:
    lines = [(model, queueing.line(reading(), context().config, model)) for model in workshop.models(reading())]
    chosen = next((each for each in lines if each[0].slug == request.args.get("queue")), None)
    model, waiting = chosen or _first_line(lines)
    offers = sharing.offers(reading(), context().config, model) if model else []
    return {"lines": lines, "model": model, "rows": board.queue(reading(), waiting), "offers": offers,
            "undo": _last_move(waiting)}  # fmt: skip


def _last_move(waiting: list[Job]) -> tuple[Job, int | None] | None:
    """The job that the reader moved last, with its place (none: let go); when that may be taken back."""
    person = current_person()
    done = queueing.last_move(reading(), waiting, person) if person else []
    moved = next((job for job in waiting if done and job.id == done[-1].subject_id), None)
    return (moved, done[-1].values.get("place")) if moved else None


def _first_line(lines: list[tuple[MachineModel, list[Job]]]) -> tuple[MachineModel | None, list[Job]]:
    """The longest queue."""
    return max(lines, key=lambda each: len(each[1]), default=(None, []))


def _shelf(_code: str) -> dict[str, Any]:
    return {"ready": jobs.with_state(reading(), JobState.READY)}


def _failed(_code: str) -> dict[str, Any]:
    found = jobs.with_state(reading(), JobState.FAILED)
    return {"failed": sorted(found, key=lambda each: each.number, reverse=True)[:MOST_FAILED]}


def _stock(_code: str) -> dict[str, Any]:
    return {"stocks": board.stocks(reading()), "total": len(supplies.stocks(reading()))}


_GATHER = {"stops": _stops, "calls": _calls, "wall": _wall, "timeline": _timeline, "inbox": _inbox, "queue": _queue,
           "shelf": _shelf, "failed": _failed, "stock": _stock}  # fmt: skip


# the switch


@blueprint.route("/queue/hold", methods=["GET", "POST"])
@permitted(Permission.HOLD_QUEUE)
def hold() -> Response:
    question = Question(
        title=_("Hold the queue?"), yes=_("Hold the queue"), css="danger solid", back=back_to(url_for("desk.index")),
        text=_("What runs goes on. Nothing new starts on any machine until somebody lets the queue go on."),
        done=_("The queue is held."),
    )  # fmt: skip
    form = Why()
    return asked(question, form, lambda session: sites.hold(session, me(session), form.reason.data or ""))


@blueprint.post("/queue/release")
@permitted(Permission.HOLD_QUEUE)
def release() -> Response:
    back = back_to(url_for("desk.index"))
    return acted(lambda session: sites.release(session, me(session)), _("The queue goes on."), back)
