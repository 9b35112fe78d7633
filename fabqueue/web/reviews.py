"""The technicians' decisions about jobs: approve, change, ask, decline, override, requeue, shelf, collect."""

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person
from fabqueue.permissions import Permission, fetch
from fabqueue.services import handovers, jobs, queueing, shelf, workshop
from fabqueue.services import reviews as decisions
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.settings import SPREAD
from fabqueue.web import desk, reviewing
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked, back_to
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Needed, Text, YesNo
from fabqueue.web.quoting import at_once
from fabqueue.web.reviewing import ChangeForm
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("reviews", __name__, url_prefix="/desk")

Deed = Callable[[WritingSession, Job, Person], object]
NEXT = "review"
"""Where the panel of the open job begins."""


class Words(Form):
    """Words for the member."""

    reason = LongText(lazy_gettext("Your words for the member"), [Needed(), AtMost(500)], render_kw={"rows": 4})


class Place(Form):
    place = Text(lazy_gettext("Where it lies"), [Needed(), AtMost(shelf.LONGEST)],
                 description=lazy_gettext("The member reads this: shelf 3, the box by the door."))  # fmt: skip


class Certain(Form):
    """One machine, or any."""

    machine = Choice(lazy_gettext("Machine"))
    required = YesNo(lazy_gettext("No other will do, however long it takes"))


class AtOnce(Form):
    spread = at_once()


def _on(code: str, deed: Deed) -> Callable[[WritingSession], object]:
    """`deed` with the job and the person of a writing session."""

    def work(session: WritingSession) -> object:
        person = me(session)
        return deed(session, fetch(session, person, Job, code, Permission.REVIEW_JOB), person)

    return work


@blueprint.get("/<code>/price")
@permitted(Permission.REVIEW_JOB)
def price(code: str) -> Response:
    """What the job would cost the way the form has it, before anything is changed."""
    job = desk.job_of(code)
    form = reviewing.change_form(reading(), job, formdata=MultiDict(request.args))
    form.validate()
    _estimate(job, form)
    offer = reviewing.offer(reading(), job, form)
    return make_response(
        render_template("desk/_price.html", job=job, form=form, offer=offer, beds=reviewing.beds(job, form, offer))
    )


def _estimate(job: Job, form: ChangeForm) -> None:
    """Have the estimate for these settings made, if nobody asked for them before."""
    model, _slash, material = (form.option.data or "").partition("/")
    try:
        have_estimated(current_person(), job.revision_id, reviewing.sensible(form, job), model, material,
                       reviewing.sensible_quantity(form, job))  # fmt: skip
    except AnalysisError as error:
        form.refuse(Refused(error.code, error.values))


@blueprint.post("/<code>")
@permitted(Permission.REVIEW_JOB)
def decide(code: str) -> Response:
    """Approve as the form has it, or keep the changes only (`do`)."""
    job = desk.job_of(code)
    form = reviewing.change_form(reading(), job)
    follower = desk.following(job)
    after = url_for("desk.show", code=follower.code, _anchor=NEXT) if follower else url_for("desk.index")
    if not form.validate():
        return desk.page(job, form, 422)
    try:
        said, done = _decided(job, form, approve=request.form.get("do") == "approve")
    except Conflict as conflict:
        flash_problem(conflict)
        return redirect(url_for("desk.show", code=code), 303)
    except (Refused, Invalid) as problem:
        form.refuse(problem)
        return desk.page(desk.job_of(code), form, 422)
    flash(_with_ticket(said, code) if desk.job_of(code).state.is_approved else said, "ok")
    return redirect(after if done else url_for("desk.show", code=code, _anchor=NEXT), 303)


def _with_ticket(said: str, code: str) -> Markup:
    """What was said, with the way to the ticket of a job that was approved just now."""
    link = Markup('{} <a href="{}">{}</a>')
    return link.format(said, url_for("tickets.show", code=code), _("Print its ticket"))


def _decided(job: Job, form: ChangeForm, approve: bool) -> tuple[str, bool]:
    """Change what differs, then approve unless the price went up. What to say, and whether the job left the inbox."""
    code, config = job.code, context().config
    changes, machines = form.changes(job), form.on_machines(job)
    if changes:
        _estimate(job, form)
    with writing() as session:
        person = me(session)
        found = fetch(session, person, Job, code, Permission.REVIEW_JOB)
        if machines != found.settings.get(SPREAD):
            decisions.spread(session, config, found, person, machines)
        if changes:
            decisions.change(session, config, found, person, **changes)
        if found.state is JobState.AWAITING_MEMBER:
            name = found.owner.display_name
            return _("%(code)s is dearer that way. %(name)s is asked first.", code=code, name=name), True
        if approve:
            decisions.approve(session, config, found, person)
            return _("%(code)s is approved.", code=code), True
        return _("%(code)s is changed. It still waits for a decision.", code=code), False


@blueprint.route("/<code>/ask", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def ask(code: str) -> Response:
    job, form = desk.job_of(code), Words()
    question = Question(
        title=_("Ask %(name)s about %(code)s", name=job.owner.display_name, code=job.code), yes=_("Send the question"),
        text=_("The job waits for the answer, or for a better file, and comes back to the inbox then."),
        done=_("%(name)s was asked.", name=job.owner.display_name), back=back_to(url_for("desk.show", code=job.code)),
    )  # fmt: skip
    return asked(
        question, form,
        _on(code, lambda session, found, by: decisions.request_changes(session, found, by, form.reason.data or "")),
    )  # fmt: skip


@blueprint.route("/<code>/decline", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def decline(code: str) -> Response:
    job, form = desk.job_of(code), Words()
    question = Question(
        title=_("Decline %(code)s?", code=job.code), yes=_("Decline it"), css="danger solid",
        text=_("%(name)s reads your reason. The job is closed and nothing is charged.", name=job.owner.display_name),
        done=_("%(code)s is declined.", code=job.code), back=back_to(url_for("desk.index")),
    )  # fmt: skip
    return asked(
        question, form,
        _on(code, lambda session, found, by: decisions.reject(session, found, by, form.reason.data or "")),
    )  # fmt: skip


@blueprint.route("/<code>/override", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def override(code: str) -> Response:
    """Submit a job that a finding keeps from being submitted."""
    job, form = desk.job_of(code), desk.Why()
    question = Question(
        title=_("Make %(code)s all the same?", code=job.code), yes=_("Take it into the inbox"), css="danger",
        text=_("The findings say that it cannot be made as it is. Your reason stands in the job's history."),
        done=_("%(code)s waits for a decision now.", code=job.code), back=back_to(url_for("desk.show", code=job.code)),
    )  # fmt: skip

    def submit(session: WritingSession, found: Job, by: Person) -> None:
        jobs.submit(session, context().config, found, by, override=form.reason.data or "")

    return asked(question, form, _on(code, submit))


@blueprint.post("/<code>/requeue")
@permitted(Permission.REVIEW_JOB)
def requeue(code: str) -> Response:
    work = _on(code, lambda session, found, by: decisions.requeue(session, context().config, found, by))
    return acted(work, _("%(code)s is in the queue again.", code=code), back_to(url_for("desk.index")))


@blueprint.route("/<code>/cancel", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def cancel(code: str) -> Response:
    job, form = desk.job_of(code), desk.Why()
    question = Question(
        title=_("Cancel %(code)s?", code=job.code), yes=_("Cancel the job"), css="danger solid",
        text=_("What a machine does for it is stopped. Nothing is charged."),
        done=_("%(code)s is cancelled.", code=job.code), back=back_to(url_for("desk.index")),
    )  # fmt: skip
    return asked(
        question, form, _on(code, lambda session, found, by: jobs.cancel(session, found, by, form.reason.data or ""))
    )


@blueprint.route("/<code>/machine", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def ask_for(code: str) -> Response:
    """Which of several machines shall make it; or any."""
    job = desk.job_of(code)
    form = Certain(data={"machine": job.machine.slug if job.machine else "", "required": job.machine_required})
    alike = [each for each in workshop.machines(reading()) if each.machine_model_id == job.machine_model_id]
    names = [SelectChoice(each.slug, each.name) for each in alike]
    form.machine.choices = [SelectChoice("", _("whichever is free first")), *names]
    question = Question(
        title=_("Which machine shall make %(code)s?", code=job.code), yes=_("Save"),
        text=_("A preferred machine is waited for as long as the settings of the lab say."),
        done=_("The machine for %(code)s is noted.", code=job.code), back=back_to(url_for("desk.show", code=job.code)),
    )  # fmt: skip

    def work(session: WritingSession, found: Job, by: Person) -> None:
        queueing.ask_for(session, found, by, form.machine.data or "", bool(form.required.data))

    return asked(question, form, _on(code, work))


@blueprint.route("/<code>/spread", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def spread(code: str) -> Response:
    """On how many machines its copies are made at once, also when it waits already."""
    job = desk.job_of(code)
    form = AtOnce(data={SPREAD: job.settings.get(SPREAD)})
    question = Question(
        title=_("On how many machines is %(code)s made at once?", code=job.code), yes=_("Save"),
        text=_("Copies that no machine has begun are divided again. Each machine has a bed to clear."),
        done=_("%(code)s is divided anew.", code=job.code), back=back_to(url_for("desk.show", code=job.code)),
    )  # fmt: skip
    return asked(
        question, form,
        _on(code, lambda session, found, by: decisions.spread(session, context().config, found, by, form.spread.data)),
    )  # fmt: skip


@blueprint.post("/<code>/release")
@permitted(Permission.REVIEW_JOB)
def release(code: str) -> Response:
    """Let any machine of the model take it."""
    work = _on(code, lambda session, found, by: queueing.ask_for(session, found, by, ""))
    return acted(work, _("Any machine may take %(code)s now.", code=code), back_to(url_for("desk.index")))


@blueprint.post("/<code>/collect")
@permitted(Permission.REVIEW_JOB)
def collect(code: str) -> Response:
    return acted(_on(code, _hand_out), _("%(code)s is handed out.", code=code), back_to(url_for("desk.index")))


@blueprint.route("/<code>/place", methods=["GET", "POST"])
@permitted(Permission.REVIEW_JOB)
def place(code: str) -> Response:
    job = desk.job_of(code)
    form = Place(data={"place": job.place})
    question = Question(
        title=_("Where does %(code)s lie?", code=job.code), yes=_("Save the place"), text="",
        done=_("The place of %(code)s is noted.", code=job.code), back=back_to(url_for("desk.index")),
    )  # fmt: skip
    return asked(
        question, form, _on(code, lambda session, found, by: shelf.put(session, found, by, form.place.data or ""))
    )


def _hand_out(session: WritingSession, job: Job, by: Person) -> None:
    handovers.hand_out(session, [job], by, handovers.Taking())
