"""A machine's service book: what it has worked, what is due, what was done; and the tasks of its model."""

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import Machine, ServiceRecord, ServiceTask, ServiceUnit
from fabqueue.permissions import Permission, fetch
from fabqueue.services import servicing
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.events import actor_of
from fabqueue.services.servicing import LONGEST_NAME, LONGEST_NOTE, MOST_EVERY, TaskFacts
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.floor import machine_of
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Needed, Text, Whole, YesNo
from fabqueue.web.site import me, reading, writing

blueprint = Blueprint("servicing", __name__, url_prefix="/machines/<slug>/services")

UNITS = [
    SelectChoice("hours", lazy_gettext("hours of work")), SelectChoice("runs", lazy_gettext("runs")),
    SelectChoice("days", lazy_gettext("days")),
]  # fmt: skip


class TaskForm(Form):
    """A task of the machine's model."""

    name = Text(lazy_gettext("What is to be done"), [Needed(), AtMost(LONGEST_NAME)])
    every = Whole(lazy_gettext("Every"), [Needed()], render_kw={"min": 1, "max": MOST_EVERY, "inputmode": "numeric"})
    unit = Choice(lazy_gettext("Counted in"), choices=UNITS, default="hours")
    blocks = YesNo(lazy_gettext("No new work once it is due"))


class DoneForm(Form):
    note = LongText(lazy_gettext("What you noticed"), [AtMost(LONGEST_NOTE)], render_kw={"rows": 2},
                    description=lazy_gettext("For whoever does it next."))  # fmt: skip


@blueprint.get("")
@permitted(Permission.RUN_MACHINES)
def show(slug: str) -> Response:
    return _page(machine_of(slug), TaskForm(formdata=None))


def _page(machine: Machine, form: TaskForm, status: int = 200) -> Response:
    history = servicing.history(reading(), machine)
    body = render_template(
        "machines/services.html", machine=machine, form=form, standings=servicing.standings(reading(), machine),
        history=history, undoable={each.id for each in history if servicing.may_undo(reading(), each)},
    )  # fmt: skip
    return make_response(body, status)


@blueprint.post("")
@permitted(Permission.MANAGE_MACHINES)
def add(slug: str) -> Response:
    machine_of(slug, Permission.MANAGE_MACHINES)
    form = TaskForm()
    if form.validate() and _added(slug, form):
        flash(_("Written down. It is counted from now on, on every machine of this model."), "ok")
        return redirect(url_for("servicing.show", slug=slug), 303)
    return _page(machine_of(slug, Permission.MANAGE_MACHINES), form, 422)


def _added(slug: str, form: TaskForm) -> bool:
    """False when the service refused, which the form says then."""
    facts = TaskFacts(form.name.data or "", form.every.data, ServiceUnit(form.unit.data), bool(form.blocks.data))
    try:
        with writing() as session:
            person = me(session)
            machine = fetch(session, person, Machine, slug, Permission.MANAGE_MACHINES)
            servicing.add(session, person, machine.machine_model, facts)
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


@blueprint.route("/<key>/done", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def done(slug: str, key: str) -> Response:
    machine, task, form = machine_of(slug), _task(key), DoneForm()
    question = Question(
        title=_("“%(task)s” is done on %(machine)s?", task=task.name, machine=machine.name), yes=_("It is done"),
        text="",
        done=_("Noted with your name. It counts from nothing again."), back=url_for("servicing.show", slug=slug),
        nav="machines",
    )  # fmt: skip

    def work(session: WritingSession) -> Any:
        person = me(session)
        found = fetch(session, person, Machine, slug, Permission.RUN_MACHINES)
        return servicing.done(session, actor_of(person), found, session.get_one(ServiceTask, key), form.note.data or "")

    return asked(question, form, work)


@blueprint.post("/<key>/undo")
@permitted(Permission.RUN_MACHINES)
def undo(slug: str, key: str) -> Response:
    """Take back that something was done; `key` is of what the book says."""
    machine_of(slug)
    if reading().get(ServiceRecord, key) is None:
        abort(404)

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Machine, slug, Permission.RUN_MACHINES)
        record = session.get(ServiceRecord, key)
        if record is None:
            raise Conflict("gone", "undo_not_offered")
        servicing.undo(session, actor_of(person), found, record)

    return acted(work, _("Taken back. It counts on as before."), url_for("servicing.show", slug=slug))


@blueprint.route("/<key>/retire", methods=["GET", "POST"])
@permitted(Permission.MANAGE_MACHINES)
def retire(slug: str, key: str) -> Response:
    machine, task = machine_of(slug, Permission.MANAGE_MACHINES), _task(key)
    question = Question(
        title=_("Take “%(task)s” away from every %(model)s?", task=task.name, model=task.machine_model.title),
        yes=_("Take it away"), css="danger solid", nav="machines",
        text=_("It is counted and told of no more on any of them. What was done stays on record."),
        done=_("Nobody has to do that any more."), back=url_for("servicing.show", slug=machine.slug),
    )  # fmt: skip
    work = lambda session: servicing.retire(session, me(session), session.get_one(ServiceTask, key))  # noqa: E731
    return asked(question, Form(), work)


def _task(key: str) -> ServiceTask:
    return reading().get(ServiceTask, key) or abort(404)
