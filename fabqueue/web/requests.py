"""Requests of several jobs: what is in one, sending it, and what staff and owner do with all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fabqueue.analysis.findings import AnalysisError
from fabqueue.calls import have_estimated
from fabqueue.db import WritingSession
from fabqueue.models import Job, JobState, Person, Revision
from fabqueue.models import Request as JobRequest
from fabqueue.permissions import Permission, fetch
from fabqueue.services import jobs, quotes, requests
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.quotes import Option
from fabqueue.web import jobviews
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.acting import acted, back_to
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Day, Form, LongText
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("requests", __name__, url_prefix="/requests")


class Sending(Form):
    note = LongText(
        lazy_gettext("For the technician"), [AtMost(requests.LONGEST_NOTE)], render_kw={"rows": 3},
        description=lazy_gettext("Holds for all of it: what belongs together, what to watch for."),
    )  # fmt: skip
    needed_by = Day(lazy_gettext("Needed by"))


@dataclass(frozen=True)
class Item:
    """A draft of a request with what it costs today; why it hinders, where it does."""

    job: Job
    option: Option | None

    @property
    def minor(self) -> int | None:
        return self.option.price.total_minor if self.option and self.option.fits and self.option.price else None


def items(session: Session, found: JobRequest) -> list[Item]:
    """The drafts of a request at the price of today."""
    return [Item(job, _offer(session, job)) for job in requests.drafts(session, found)]


def _offer(session: Session, job: Job) -> Option | None:
    if job.revision.report is None:
        return None
    found = quotes.options(
        session, context().config, job.revision, job.owner, quantity=job.quantity, chosen=job.settings,
        model_slug=job.machine_model.slug, material_slug=job.material.slug,
    )  # fmt: skip
    return next(iter(found), None)


@blueprint.get("/<key>")
@signed_in
def show(key: str) -> Response:
    found = _request(key, Permission.READ_REQUEST)
    form = Sending(formdata=None, data={"note": found.note, "needed_by": found.needed_by})
    return _page(found, form)


def _request(key: str, permission: Permission) -> JobRequest:
    return fetch(reading(), current_person(), JobRequest, key, permission)


def _page(found: JobRequest, form: Sending, status: int = 200) -> Response:
    session = reading()
    every = requests.jobs_of(session, found)
    sent = jobviews.standings(session, (each for each in every if each.state is not JobState.DRAFT))
    gathered = items(session, found)
    body = render_template(
        "requests/show.html", asked=found, items=gathered, sent=sent, form=form, label=jobviews.state_label,
        total=_total(gathered), is_owner=found.owner_id == getattr(current_person(), "id", ""),
        states=[each.state for each in every], agreed=sum(each.quote.total_minor for each in every if each.quote),
    )  # fmt: skip
    return make_response(body, status)


def _total(gathered: Sequence[Item]) -> int | None:
    """What all of it costs; None while a price is missing."""
    prices = [each.minor for each in gathered]
    return None if None in prices else sum(each or 0 for each in prices)


@blueprint.post("/<key>/submit")
@signed_in
def submit(key: str) -> Response:
    """Send all of it to the technicians: every job, or none."""
    found = _request(key, Permission.CHANGE_REQUEST)
    form = Sending()
    if form.validate() and _estimated(found, form) and _submitted(key, form):
        flash(_("The workshop was asked for all of it. You hear from us when a technician has looked at it."), "ok")
        return redirect(url_for("requests.show", key=key), 303)
    return _page(_request(key, Permission.READ_REQUEST), form, 422)


def _estimated(found: JobRequest, form: Sending) -> bool:
    """Have the estimates made that today's prices need; False when one was refused, which the form says then."""
    wanted = [
        (job.revision_id, dict(job.settings), job.machine_model.slug, job.material.slug, job.quantity)
        for job in requests.drafts(reading(), found)
    ]  # fmt: skip
    try:
        for each in wanted:
            have_estimated(current_person(), *each)
    except Refused as refused:
        form.refuse(refused)
    except AnalysisError as error:
        form.refuse(Refused(error.code, error.values))
    return not form.errors


def _submitted(key: str, form: Sending) -> bool:
    """False when a service refused, which the form says then."""
    try:
        with writing() as session:
            person = me(session)
            found = fetch(session, person, JobRequest, key, Permission.CHANGE_REQUEST)
            _check_designs(session, person, found)
            requests.submit(session, context().config, found, person, form.note.data, form.needed_by.data)
    except (Refused, Invalid) as problem:
        form.refuse(problem)
        return False
    except Conflict as conflict:
        flash_problem(conflict)
    return True


def _check_designs(session: Session, person: Person, found: JobRequest) -> None:
    """A design that was put in may be private again. Raises NotFound, Forbidden."""
    for job in requests.drafts(session, found):
        fetch(session, person, Revision, job.revision_id, Permission.ORDER_DESIGN)


@blueprint.post("/<key>/remove")
@signed_in
def remove(key: str) -> Response:
    """Take one job out again; it was never sent."""
    _request(key, Permission.CHANGE_REQUEST)
    code = request.form.get("job", "")

    def work(session: WritingSession) -> None:
        person = me(session)
        job = fetch(session, person, Job, code, Permission.CHANGE_JOB)
        if job.request_id != key or job.state is not JobState.DRAFT:
            raise Conflict(job.state)
        jobs.cancel(session, job, person)

    return acted(work, _("%(code)s is taken out.", code=code), back_to(url_for("requests.show", key=key)))


@blueprint.post("/<key>/approve")
@permitted(Permission.REVIEW_JOB)
def approve(key: str) -> Response:
    """Approve every job of the request that waits: all, or none."""
    _request(key, Permission.REVIEW_JOB)
    count = len(requests.with_state(reading(), _request(key, Permission.REVIEW_JOB), JobState.SUBMITTED))

    def work(session: WritingSession) -> None:
        person = me(session)
        requests.approve(session, context().config, session.get_one(JobRequest, key), person)

    said = ngettext("%(num)s job is approved.", "All %(num)s jobs are approved.", count)
    return acted(work, said, back_to(url_for("desk.index")))


@blueprint.post("/<key>/collect")
@signed_in
def collect(key: str) -> Response:
    """Everything of it that is ready was taken."""
    _request(key, Permission.CHANGE_REQUEST)

    def work(session: WritingSession) -> None:
        person = me(session)
        requests.collect(session, fetch(session, person, JobRequest, key, Permission.CHANGE_REQUEST), person)

    return acted(work, _("Collected, all of it."), back_to(url_for("requests.show", key=key)))


def context_of(job: Job) -> dict[str, Any]:
    """The other jobs of a job's request, for pages about one of them."""
    others = [each for each in requests.jobs_of(reading(), job.request) if each.id != job.id]
    return {"others": others, "approvable": sum(each.state is JobState.SUBMITTED for each in [job, *others])}
