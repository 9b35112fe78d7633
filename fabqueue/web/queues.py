"""The order of a queue as technicians put it: moved, pinned, let go, taken back; and how urgent a job is."""

import re
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from htmx_flask import request as htmx_request
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import Job, Person, Urgency
from fabqueue.permissions import Permission, fetch
from fabqueue.services import queueing, reviews
from fabqueue.services.errors import Conflict
from fabqueue.web import desk
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, asked, back_to
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import Form, OneOf
from fabqueue.web.site import context, me, writing
from fabqueue.web.text import reader

blueprint = Blueprint("queues", __name__, url_prefix="/desk")

STEPS = {"up": -1, "here": 0, "down": 1}
PLACE = re.compile(r"[0-9]{1,5}")
BUTTONS = {"here": "pin", "0": "front"}
"""Beginning of the id of the button that moves a job somewhere, where it is not `to` itself."""


class HowUrgent(Form):
    urgency = OneOf(lazy_gettext("Priority"))


@blueprint.post("/<code>/move")
@permitted(Permission.REVIEW_JOB)
def move(code: str) -> Response:
    """One place up or down, pinned where it is (`here`), or to a place counted from 0: before the job `before`."""
    config, to = context().config, request.form.get("to", "")
    if to not in STEPS and not PLACE.fullmatch(to):
        abort(422)

    def work(session: WritingSession, job: Job, by: Person) -> str:
        if to in STEPS:
            place = queueing.step(session, config, job, by, STEPS[to])
        else:
            place = queueing.move(session, config, job, by, int(to), request.form.get("before", ""))
        return str(_("%(code)s stands at place %(place)s of the queue.", code=job.code, place=place))

    return _ordered(code, work, BUTTONS.get(to, to))


@blueprint.post("/<code>/unpin")
@permitted(Permission.REVIEW_JOB)
def unpin(code: str) -> Response:
    """Let the rules of the queue decide about a job that was put in order by hand."""

    def work(session: WritingSession, job: Job, by: Person) -> str:
        queueing.unpin(session, job, by)
        return str(_("The rules of the queue decide about %(code)s again.", code=job.code))

    return _ordered(code, work, BUTTONS["here"])


@blueprint.post("/<code>/unmove")
@permitted(Permission.REVIEW_JOB)
def take_back(code: str) -> Response:
    """Put the queue back as it stood before the person's last move, which was of this job."""

    def work(session: WritingSession, job: Job, by: Person) -> str:
        queueing.take_back(session, context().config, job, by)
        return str(_("Taken back: the queue stands as it did before."))

    return _ordered(code, work, BUTTONS["here"])


def _ordered(code: str, work: Callable[[WritingSession, Job, Person], str], button: str) -> Response:
    """Do it and say what it answers: in the part of the desk for htmx, else on the desk, with the focus on `button`."""
    job = desk.job_of(code)
    back = url_for("desk.index", queue=job.machine_model.slug, _anchor=f"{button}-{job.code}")
    try:
        with writing() as session:
            person = me(session)
            said = work(session, fetch(session, person, Job, code, Permission.REVIEW_JOB), person)
    except Conflict as conflict:
        if htmx_request.htmx:
            raise
        flash_problem(conflict)
        return redirect(back, 303)
    if htmx_request.htmx:
        return desk.queue_after(said)
    flash(said, "ok")
    return redirect(back, 303)


@blueprint.route("/<code>/priority", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def priority(code: str) -> Response:
    """How urgent a job is: before those that are less, whoever was approved first."""
    job = desk.job_of(code)
    form = HowUrgent(data={"urgency": job.urgency.value})
    form.urgency.choices = [SelectChoice(each.value, reader().say(f"urgency_{each}")) for each in Urgency]
    question = Question(
        title=_("How urgent is %(code)s?", code=job.code), yes=_("Save"),
        text=_("What is more urgent goes first, whatever the day it is needed by and however long others have waited."),
        done=_("The priority of %(code)s is noted.", code=job.code), back=back_to(url_for("desk.show", code=job.code)),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Job, code, Permission.REVIEW_JOB)
        reviews.call_urgent(session, found, person, Urgency(form.urgency.data))

    return asked(question, form, work)
