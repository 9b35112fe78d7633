"""One job live, and what its owner can do with it."""

from collections.abc import Callable
from typing import Any

import segno
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person, Photo, Revision, RevisionState
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import answers, handovers, jobs, ledger, notices, photos, statements, toolpaths
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.laserwork import CARD
from fabqueue.web import cards, jobviews
from fabqueue.web.access import signed_in
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Text
from fabqueue.web.joblists import blueprint
from fabqueue.web.live import Part
from fabqueue.web.requests import context_of
from fabqueue.web.site import admits_guests, context, current_person, me, reading, writing

__all__ = ["blueprint"]


class Answer(Form):
    text = LongText(_("Your answer"), [AtMost(2000)])
    revision = Choice(_("Make this revision"))


class Cancel(Form):
    reason = Text(_("Reason"), [AtMost(500)], description=_("If you like to say; the technicians read it."))


@blueprint.get("/<code>")
@admits_guests
@signed_in
def show(code: str) -> Response:
    job = _job(code, Permission.READ_JOB)
    return _page(job, _answer_form(job))


def _job(code: str, permission: Permission) -> Job:
    return fetch(reading(), current_person(), Job, code, permission)


def _answer_form(job: Job) -> Answer:
    form = Answer()
    ready = [each for each in job.revision.design.revisions if each.state is RevisionState.READY]
    if not allowed(current_person(), Permission.ORDER_DESIGN, job.revision.design):  # private since it was asked for
        ready = [each for each in ready if each.id == job.revision_id]
    form.revision.choices = [
        SelectChoice(str(each.number), _("revision %(number)s") % {"number": each.number}) for each in ready
    ]
    if not form.is_submitted():
        form.revision.data = str(ready[-1].number) if ready else None
    return form


def _page(job: Job, form: Answer, status: int = 200) -> Response:
    found = jobviews.standing(reading(), job)
    body = render_template(
        "jobs/show.html", job=job, toolpath=toolpaths.of_job(reading(), context().config, job),
        found=found, form=form, label=jobviews.state_label(found),
        steps=jobviews.steps(found), parts=_parts(found), address=_address(job), matrix=_matrix(job), **_allowed(job),
        booked=statements.of_job(reading(), job), again=_again(job), **context_of(job),
    )  # fmt: skip
    return make_response(body, status)


def _again(job: Job) -> str:
    """Where to ask for the same again at the price of today; empty where the design may not be asked for any more."""
    if job.state is JobState.DRAFT or not allowed(current_person(), Permission.ORDER_DESIGN, job.revision.design):
        return ""
    if CARD in job.settings:
        return cards.again(job)
    chosen = {key: job.settings.get(key) for key in ("layer_height_mm", "infill_percent", "walls", "spread")}
    supports = {True: "yes", False: "no"}.get(job.settings.get("supports"))  # type: ignore[arg-type]
    return url_for(
        "designs.show", key=job.revision.design_id, revision=job.revision.number, quantity=job.quantity,
        option=f"{job.machine_model.slug}/{job.material.slug}", colour=job.colour or None, supports=supports,
        **{key: value for key, value in chosen.items() if value is not None},
    )  # fmt: skip


def _allowed(job: Job) -> dict[str, Any]:
    """What the person may do with it now, and how it was collected."""
    may_change = allowed(current_person(), Permission.CHANGE_JOB, job)
    return {
        "may_submit": may_change and job.state is JobState.DRAFT,
        "may_answer": may_change and job.state is JobState.CHANGES_REQUESTED,
        "may_accept": allowed(current_person(), Permission.AGREE_TO_PRICE, job)
        and job.state is JobState.AWAITING_MEMBER,
        "may_cancel": may_change and job.state in jobs.CANCELLABLE,
        "may_collect": allowed(current_person(), Permission.COLLECT_JOB, job) and job.state is JobState.READY,
        "handover": handovers.of(reading(), job) if job.state is JobState.COLLECTED else None,
        "settled": ledger.settled(reading(), job) if job.state is JobState.COLLECTED else [],
        "may_uncollect": allowed(current_person(), Permission.REVIEW_JOB, job) and handovers.may_undo(job),
        "has_unread": any(
            each.job_id == job.id and not each.read_at for each in notices.latest(reading(), me(reading()))
        ),
    }


PARTS: dict[str, tuple[str, int, str]] = {
    "now": ("jobs/_now.html", 3, "panel"),
    "camera": ("jobs/_camera.html", 10, ""),
    "history": ("jobs/_history.html", 10, "flow-lg"),
}
"""Parts of the page that renew themselves: template, seconds, classes."""


def _part(found: jobviews.Standing, name: str) -> Part:
    template, seconds, css = PARTS[name]
    address = url_for("jobs.part", code=found.job.code, name=name, stamp=found.stamp)
    return Part(name, template, address, seconds if found.is_moving else 20, css)


def _shown(found: jobviews.Standing) -> dict[str, Any]:
    return {
        "job": found.job,
        "found": found,
        "bar": jobviews.bar(found),
        "left": jobviews.left(found),
        "timeline": jobviews.timeline(reading(), found.job),
        "elsewhere": jobviews.elsewhere(reading(), found.job),
        "pictures": _pictures(found),
    }


def _pictures(found: jobviews.Standing) -> dict[str, list[Photo]]:
    """The photos of its runs that the reader may see, by run."""
    every = photos.of_runs(reading(), found.runs)
    seen = [each for each in every if allowed(current_person(), Permission.READ_PHOTO, each)]
    return {run.id: [each for each in seen if each.run_id == run.id] for run in found.runs}


def _parts(found: jobviews.Standing) -> dict[str, Any]:
    shown = _shown(found)
    if found.job.state.is_closed:
        return {name: _still(name, shown) for name in PARTS}
    return {name: _part(found, name).html(**shown) for name in PARTS}


def _still(name: str, shown: dict[str, Any]) -> Markup:
    """The same part of a closed job, which asks no more."""
    return Markup(render_template("jobs/_still.html", name=name, inner=PARTS[name], **shown))  # noqa: S704  a template


@blueprint.get("/<code>/parts/<any(now, camera, history):name>")
@admits_guests
@signed_in
def part(code: str, name: str) -> Response:
    """One part of the page alone; the whole page is fetched anew when the job's state has changed."""
    found = jobviews.standing(reading(), _job(code, Permission.READ_JOB))
    answer = _part(found, name).response(**_shown(found))
    if request.args.get("stamp") != found.stamp:
        answer = make_response("")
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/<code>/seen")
@admits_guests
@signed_in
def seen(code: str) -> str:
    """The job page is open: its notices are read. Answers the bell."""
    job = _job(code, Permission.READ_JOB)
    with writing() as session:
        notices.mark_read(session, me(session), job=session.get_one(Job, job.id))
    return render_template("jobs/_bell.html", unread_count=notices.unread_count(reading(), me(reading())))


def _address(job: Job) -> str:
    return context().config.site.public_url.rstrip("/") + url_for("jobs.show", code=job.code)


def _matrix(job: Job) -> tuple[bytearray, ...]:
    rows: tuple[bytearray, ...] = segno.make(_address(job), error="m").matrix
    return rows


# what its owner does


def _mine(session: WritingSession, code: str, permission: Permission = Permission.CHANGE_JOB) -> Job:
    return fetch(session, me(session), Job, code, permission)


@blueprint.post("/<code>/submit")
@admits_guests
@signed_in
def submit(code: str) -> Response:
    """Send a draft to the technicians."""
    job = _to_submit(reading(), current_person(), code)
    if not _estimated(job.revision_id, job):
        return redirect(url_for("jobs.show", code=code), 303)
    return acted(
        lambda session: jobs.submit(
            session, context().config, _to_submit(session, me(session), code), me(session)
        ),
        str(_("The workshop was asked.")), url_for("jobs.show", code=code),
    )  # fmt: skip


def _to_submit(session: Session, person: Person | None, code: str) -> Job:
    """A draft is asked for only now: its design may be private again. Raises NotFound, Forbidden."""
    job = fetch(session, person, Job, code, Permission.CHANGE_JOB)
    if job.state is JobState.DRAFT:
        fetch(session, person, Revision, job.revision_id, Permission.ORDER_DESIGN)
    return job


def _estimated(revision_id: str, job: Job) -> bool:
    """Have the estimates made that a price of today needs; False when that was refused, which is said."""
    try:
        have_estimated(current_person(), revision_id, dict(job.settings), job.machine_model.slug, job.material.slug,
                       job.quantity)  # fmt: skip
    except Refused as refused:
        flash_problem(refused)
    except AnalysisError as error:
        flash_problem(Refused(error.code, error.values))
    else:
        return True
    return False


@blueprint.post("/<code>/answer")
@admits_guests
@signed_in
def answer(code: str) -> Response:
    """Answer the technicians' question and send the job to them again."""
    job = _job(code, Permission.CHANGE_JOB)
    form = _answer_form(job)
    if form.validate():
        chosen = next(each for each in job.revision.design.revisions if str(each.number) == form.revision.data)
        if not _estimated(chosen.id, job) or _answered(code, form, chosen.id):
            return redirect(url_for("jobs.show", code=code), 303)
    return _page(_job(code, Permission.READ_JOB), form, 422)


def _answered(code: str, form: Answer, revision_id: str) -> bool:
    """False when a service refused, which the form says then."""
    try:
        with writing() as session:
            job = _mine(session, code)
            revision = job.revision
            if revision_id != revision.id:
                revision = fetch(session, me(session), Revision, revision_id, Permission.ORDER_DESIGN)
            answers.answer(session, context().config, job, me(session), form.text.data, revision)
    except (Refused, Invalid) as problem:
        form.refuse(problem)
        return False
    except Conflict as conflict:
        flash_problem(conflict)
    else:
        flash(str(_("Your answer is on its way; the job waits for review again.")), "ok")
    return True


@blueprint.post("/<code>/accept")
@admits_guests
@signed_in
def accept(code: str) -> Response:
    """Agree to the dearer price."""

    def work(session: WritingSession, job: Job) -> None:
        jobs.accept(session, context().config, job, me(session))

    return _done(code, str(_("You accepted the new price.")), work, Permission.AGREE_TO_PRICE)


def _done(
    code: str, said: str, work: Callable[[WritingSession, Job], None], permission: Permission = Permission.CHANGE_JOB
) -> Response:
    place = url_for("jobs.show", code=_job(code, permission).code)
    return acted(lambda session: work(session, _mine(session, code, permission)), said, place)


@blueprint.route("/<code>/cancel", methods=["GET", "POST"])
@admits_guests
@signed_in
def cancel(code: str) -> Response:
    """Give the job up, after one question."""
    job, form = _job(code, Permission.CHANGE_JOB), Cancel()
    text = _("What a machine does for it is stopped; half a part is thrown away. You pay nothing.")
    if not job.state.is_approved:
        text = _("Nothing has been made yet. You pay nothing.")
    question = Question(
        str(_("Cancel %(code)s?") % {"code": job.code}), str(text), str(_("Cancel the job")),
        str(_("The job is cancelled.")), url_for("jobs.show", code=job.code), "danger solid", "mine",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        jobs.cancel(session, _mine(session, code), me(session), form.reason.data)

    return asked(question, form, work)
