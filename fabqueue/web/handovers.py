"""Parts are handed out: with one button, or with what they weigh, who took them and how it was paid; and taken back."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Means
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import handovers, ledger
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.handovers import Taking
from fabqueue.web.access import signed_in
from fabqueue.web.acting import Question, asked, back_to
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Choice, Form, Needed, Text
from fabqueue.web.site import admits_guests, current_person, me, reading, writing

blueprint = Blueprint("handovers", __name__, url_prefix="/jobs")

_MEANS = {
    Means.CASH: _("Paid now in cash"),
    Means.CARD: _("Paid now by card"),
    Means.BANK: _("Paid by bank transfer"),
    Means.OTHER: _("Paid another way"),
    Means.WAIVED: _("Waived"),
}


class HandOut(Form):
    taken_by = Text(_("Who took it, if somebody else did"), [AtMost(handovers.LONGEST_NAME)],
                    description=_("Only the owner and the technicians read it."))  # fmt: skip
    means = Choice(_("Price"))
    reason = Text(_("Why it is waived"), [AtMost(handovers.LONGEST_REASON)])


class TakeBack(Form):
    reason = Text(_("What happened"), [Needed(), AtMost(handovers.LONGEST_REASON)])


@blueprint.get("/<code>/collect")
@admits_guests
@signed_in
def ask(code: str) -> Response:
    """The page with everything that can be said of it."""
    job = _job(code)
    if job.state is not JobState.READY:
        flash_problem(Conflict(job.state))
        return redirect(url_for("jobs.show", code=code), 303)
    return _page(job, _form())


def _job(code: str) -> Job:
    return fetch(reading(), current_person(), Job, code, Permission.COLLECT_JOB)


def _form() -> HandOut:
    form = HandOut()
    from_account = SelectChoice("", gettext("From the account, as booked"))
    form.means.choices = [from_account, *(SelectChoice(str(each), text) for each, text in _MEANS.items())]
    form.means.data = form.means.data if form.is_submitted() else ""
    if not allowed(current_person(), Permission.TAKE_PAYMENT):
        del form.means, form.reason
    return form


def _page(job: Job, form: HandOut, status: int = 200) -> Response:
    rows = handovers.together(reading(), job)
    owed = {each.id: ledger.owed_for(reading(), each) for each in rows}
    typed: dict[str, Any] = {**request.form} if form.is_submitted() else {}
    body = render_template(
        "jobs/collect.html", job=job, rows=rows, owed=owed, form=form, typed=typed, back=_back(job),
        chosen=set(request.form.getlist("job")) if form.is_submitted() else {job.code},
    )  # fmt: skip
    return make_response(body, status)


def _back(job: Job) -> str:
    return back_to(url_for("jobs.show", code=job.code))


@blueprint.post("/<code>/collect")
@admits_guests
@signed_in
def collect(code: str) -> Response:
    """The parts were taken. Without any field it is this job alone, and the account pays."""
    job, form = _job(code), _form()
    if "taken_by" not in request.form:
        return _handed_out(job, [job.code], Taking())
    codes = [each for each in request.form.getlist("job") if each] or [job.code]
    rows = handovers.together(reading(), job)
    try:
        said = _said(form, [each for each in rows if each.code in codes])
        if form.validate():
            return _handed_out(job, codes, said)
    except (Refused, Invalid) as problem:
        form.refuse(problem)
    return _page(_job(code), form, 422)


def _said(form: HandOut, rows: Sequence[Job]) -> Taking:
    """Raises Refused for a weight that is none."""
    weights = {each.id: _milligrams(request.form.get(f"mass-{each.code}", "")) for each in rows}
    means = form.means.data if "means" in form else ""
    return Taking(
        taken_by=form.taken_by.data, means=Means(means) if means in set(Means) else None,
        reason=form.reason.data if "reason" in form else "",
        milligrams={key: value for key, value in weights.items() if value is not None},
        places={each.id: request.form.get(f"place-{each.code}", "") for each in rows},
    )  # fmt: skip


def _milligrams(typed: str) -> int | None:
    if not typed.strip():
        return None
    try:
        grams = float(typed.strip().replace(",", "."))
    except ValueError:
        grams = 0.0
    return handovers.milligrams_of(grams)


def _handed_out(job: Job, codes: Sequence[str], said: Taking) -> Response:
    try:
        with writing() as session:
            mine = [fetch(session, me(session), Job, each, Permission.COLLECT_JOB) for each in codes]
            request_id = next(each.request_id for each in mine)
            handovers.hand_out(session, [each for each in mine if each.request_id == request_id], me(session), said)
    except Conflict as conflict:
        flash_problem(conflict)
        return redirect(_back(job), 303)
    flash(ngettext("Collected. The build log of the project has its entry.",
                   "%(num)s collected. The build log of the project has their entries.", len(codes)), "ok")  # fmt: skip
    return redirect(_back(job), 303)


@blueprint.route("/<code>/uncollect", methods=["GET", "POST"])
@signed_in
def undo(code: str) -> Response:
    """It was not collected after all."""
    job, form = fetch(reading(), current_person(), Job, code, Permission.REVIEW_JOB), TakeBack()
    question = Question(
        gettext("Was %(code)s not collected?", code=job.code),
        gettext("It is ready again and its build is hidden. What was paid or waived for it is booked back."),
        gettext("Take the collection back"), gettext("%(code)s is ready to collect again.", code=job.code),
        _back(job), "danger solid", "mine",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        found = fetch(session, me(session), Job, code, Permission.REVIEW_JOB)
        handovers.undo(session, found, me(session), form.reason.data)

    return asked(question, form, work)
