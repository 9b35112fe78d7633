"""What people do at machines, from the desk or by the QR code on the tool: one button or one question."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.dispatch import by_hand
from fabqueue.models import Machine, Outcome, Run, Stock
from fabqueue.permissions import Permission, fetch
from fabqueue.services import floor, workshop
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor, actor_of
from fabqueue.services.floor import Resolution
from fabqueue.services.shelf import LONGEST as LONGEST_PLACE
from fabqueue.web import board
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.acting import Question, acted, asked, back_to
from fabqueue.web.desk import Why
from fabqueue.web.forms import AtMost, Choice, Form, LongText, MaybeEmpty, Needed, Text, Whole
from fabqueue.web.site import current_person, me, reading

blueprint = Blueprint("floor", __name__)

Deed = Callable[[WritingSession, Actor, Machine], object]


class Clear(Form):
    """What came off the bed. `run` is the one that whoever answers has seen there."""

    run = HiddenField()
    outcome = RadioField(
        lazy_gettext("What came out"),
        choices=[
            SelectChoice("good", lazy_gettext("Good")), SelectChoice("failed", lazy_gettext("Failed, nothing to use"))
        ],
    )  # fmt: skip
    good_copies = Whole(lazy_gettext("Good copies"), [MaybeEmpty()], render_kw={"min": 0, "inputmode": "numeric"})
    place = Text(lazy_gettext("Where they lie now"), [AtMost(LONGEST_PLACE)],
                 description=lazy_gettext("The member reads this: shelf 3, the box by the door."))  # fmt: skip
    reason = LongText(lazy_gettext("What happened"), [AtMost(500)], render_kw={"rows": 2},
                      description=lazy_gettext("Only if something went wrong."))  # fmt: skip


class MaybeWhy(Form):
    reason = LongText(lazy_gettext("Why"), [AtMost(500)], render_kw={"rows": 2})


class Resolve(Form):
    """What a person found out about a run in doubt."""

    outcome = RadioField(
        lazy_gettext("What you found"), [Needed()],
        choices=[
            SelectChoice("done", lazy_gettext(
                "It ran to its end. The part lies on the bed; clear it and say what is good.")),
            SelectChoice("failed", lazy_gettext(
                "It broke off. The job fails with your words, and can be tried again.")),
            SelectChoice("repeat", lazy_gettext("Nothing usable was made. Put the job back into the queue.")),
            SelectChoice("drop", lazy_gettext("Give the job up. It is cancelled and costs nothing.")),
        ],
    )  # fmt: skip
    reason = LongText(lazy_gettext("What you saw"), [Needed(), AtMost(500)], render_kw={"rows": 3})


class Load(Form):
    stock = Choice(lazy_gettext("Stock"))
    position = HiddenField()


def machine_of(slug: str, permission: Permission = Permission.RUN_MACHINES) -> Machine:
    return fetch(reading(), current_person(), Machine, slug, permission)


def _on(slug: str, deed: Deed, permission: Permission = Permission.RUN_MACHINES) -> Callable[[WritingSession], object]:
    """`deed` with the actor and the machine of a writing session."""

    def work(session: WritingSession) -> object:
        person = me(session)
        return deed(session, actor_of(person), fetch(session, person, Machine, slug, permission))

    return work


def _back(slug: str) -> str:
    return back_to(url_for("tools.show", slug=slug))


@blueprint.route("/machines/<slug>/clear", methods=["GET", "POST"])
@signed_in
def clear(slug: str) -> Response:
    """The bed is empty. One tap says that all is good; the question takes copies, place and what went wrong."""
    machine = machine_of(slug, Permission.CLEAR_MACHINE)
    shown = board.card(reading(), machine)
    likely = "good" if shown.copies > 1 else "failed"  # the one button says that all is good
    form = Clear(data={"outcome": likely, "run": shown.last.id if shown.last else ""})
    if shown.copies < 2:
        del form.good_copies
    if not shown.copies:
        del form.outcome, form.place
    question = Question(
        title=_("What came off %(machine)s?", machine=machine.name), yes=_("Bed is clear"), css="primary big", text="",
        done=_("The bed of %(machine)s is clear.", machine=machine.name), back=_back(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        _clear(session, actor, found, form)

    return asked(question, form, _on(slug, work, Permission.CLEAR_MACHINE))


def _clear(session: WritingSession, actor: Actor, machine: Machine, form: Clear) -> None:
    """Raises Conflict when another run lies on the bed than the one that was seen."""
    last = workshop.last_run(session, machine)
    if form.run.data and form.run.data != (last.id if last else ""):
        raise Conflict("changed", "machine_already_so", {"machine": machine.name})
    floor.clear(session, actor, machine, **_cleared(form))


def _cleared(form: Clear) -> dict[str, Any]:
    """What the form says, as `floor.clear` takes it; copies count only for a good outcome."""
    said = {each.short_name: each.data or "" for each in form}
    outcome = Outcome(said.get("outcome") or Outcome.GOOD)
    copies = form.good_copies.data if "good_copies" in form and outcome is Outcome.GOOD else None
    return {"outcome": outcome, "good_copies": copies, "place": said.get("place", ""), "reason": said.get("reason", "")}


@blueprint.post("/machines/<slug>/pause")
@permitted(Permission.RUN_MACHINES)
def pause(slug: str) -> Response:
    return acted(_on(slug, floor.pause), _("The machine is asked to pause."), _back(slug))


@blueprint.post("/machines/<slug>/resume")
@permitted(Permission.RUN_MACHINES)
def resume(slug: str) -> Response:
    return acted(_on(slug, floor.resume), _("The machine is asked to go on."), _back(slug))


@blueprint.route("/machines/<slug>/cancel", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def cancel(slug: str) -> Response:
    machine, form = machine_of(slug), MaybeWhy()
    question = Question(
        title=_("Stop what %(machine)s is doing?", machine=machine.name), yes=_("Stop it"), css="danger solid",
        text=_("The job fails with your words and costs nothing. One tap on the desk puts it into the queue again."),
        done=_("%(machine)s is asked to stop.", machine=machine.name), back=_back(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.cancel(session, actor, found, form.reason.data or "")

    return asked(question, form, _on(slug, work))


@blueprint.route("/machines/<slug>/maintenance", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def maintenance(slug: str) -> Response:
    machine, form = machine_of(slug), Why()
    question = Question(
        title=_("Take %(machine)s out of service?", machine=machine.name), yes=_("Take out of service"),
        css="danger solid",
        text=_("What runs on it goes on. Nothing new starts there until it is back in service."),
        done=_("%(machine)s is out of service.", machine=machine.name), back=_back(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.maintenance(session, actor, found, True, form.reason.data or "")

    return asked(question, form, _on(slug, work))


@blueprint.post("/machines/<slug>/service")
@permitted(Permission.RUN_MACHINES)
def service(slug: str) -> Response:
    work = _on(slug, lambda session, actor, found: floor.maintenance(session, actor, found, False))
    return acted(work, _("The machine is back in service."), _back(slug))


@blueprint.post("/machines/<slug>/start")
@permitted(Permission.RUN_MACHINES)
def start(slug: str) -> Response:
    """Start the next run at a machine that is driven by hand."""
    return acted(_on(slug, by_hand.start), _("Started. Say so here when it is finished."), _back(slug))


@blueprint.post("/machines/<slug>/finish")
@permitted(Permission.RUN_MACHINES)
def finish(slug: str) -> Response:
    return acted(_on(slug, floor.finish), _("Finished. Now say what came out."), _back(slug))


@blueprint.route("/machines/<slug>/load", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def load(slug: str) -> Response:
    """Put stock into a slot, or take it out. `position` names the slot, 0 where it is not given."""
    machine = machine_of(slug)
    form = load_form(machine)
    question = Question(
        title=_("What is in %(machine)s?", machine=machine.name), yes=_("Save"), text="",
        done=_("Noted what %(machine)s is loaded with.", machine=machine.name), back=_back(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.load(session, actor, found, _stock(session, form), _position(form))

    return asked(question, form, _on(slug, work))


def load_form(machine: Machine) -> Load:
    """The stock that the machine's model works; what is in the slot (`position`, 0 unless given) is chosen."""
    position = request.args.get("position", "0")
    slot = next((each for each in machine.slots if str(each.position) == position), None)
    form = Load(data={"stock": slot.stock_id or "" if slot else "", "position": position})
    works = {offer.material_id for offer in machine.machine_model.offers}
    fitting = [each for each in workshop.stocks(reading()) if each.material_id in works]
    form.stock.choices = [SelectChoice("", _("nothing")), *(SelectChoice(each.id, each.label) for each in fitting)]
    return form


def _position(form: Load) -> int:
    return int(form.position.data) if (form.position.data or "").isdecimal() else -1


def _stock(session: WritingSession, form: Load) -> Stock | None:
    return session.get(Stock, form.stock.data) if form.stock.data else None


@blueprint.route("/runs/<key>/resolve", methods=["GET", "POST"])
@permitted(Permission.RESOLVE_RUN)
def resolve(key: str) -> Response:
    """Decide about a run in doubt."""
    run = fetch(reading(), current_person(), Run, key, Permission.RESOLVE_RUN)
    form, name = Resolve(), run.machine.name if run.machine else ""
    question = Question(
        title=_("What happened on %(machine)s?", machine=name), yes=_("That is how it is"), css="must",
        text=_("Go there and look. Nothing is sent to it, and nothing is printed twice, until you have decided."),
        done=_("Decided. The machine goes on."), back=back_to(url_for("desk.index")),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Run, key, Permission.RESOLVE_RUN)
        floor.resolve(session, actor_of(person), found, Resolution(form.outcome.data), form.reason.data or "")

    return asked(question, form, work)
