"""The emergency stop, by one key of the desk or one tap at the machine, and connecting a machine again afterwards."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from fabqueue.calls import look_again
from fabqueue.dispatch import emergency
from fabqueue.models import Machine
from fabqueue.permissions import Permission
from fabqueue.services import emergencies
from fabqueue.services.errors import Refused
from fabqueue.services.events import actor_of
from fabqueue.web import board
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, ask, back_to
from fabqueue.web.errors import flash_problem
from fabqueue.web.floor import back_of, machine_of, on
from fabqueue.web.forms import Form
from fabqueue.web.site import context, me, reading

blueprint = Blueprint("emergency", __name__)


@blueprint.get("/emergency")
@permitted(Permission.RUN_MACHINES)
def index() -> Response:
    """Every machine that can be stopped, those at work first, each with one button: this page is the question."""
    cards = [each for each in board.cards(reading()) if not each.machine.is_manual]
    cards.sort(key=lambda each: not (each.run or each.state == "foreign"))
    return make_response(render_template("desk/emergency.html", cards=cards, back=back_to(url_for("desk.index"))))


@blueprint.route("/machines/<slug>/emergency", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def stop(slug: str) -> Response:
    """One question and one tap; it goes out from this very process, and the page says what the machine answered."""
    machine, form = machine_of(slug), Form()
    if request.method == "POST" and form.validate():
        return _stopped(machine)
    question = Question(
        title=_("Emergency stop of %(machine)s?", machine=machine.name), yes=_("Stop it now"), css="danger solid big",
        text=_("Motors and heaters go off at once and the job fails. Somebody must look, then connect it again."),
        done="", back=back_of(slug),
    )  # fmt: skip
    return ask(question, form)


def _stopped(machine: Machine) -> Response:
    name, actor = machine.name, actor_of(me(reading()))
    machine_id, back = machine.id, back_of(machine.slug)
    look_again()  # nothing stays open while the machine is told
    try:
        answer = emergency.stop(context(), actor, machine_id)
    except Refused as problem:
        flash_problem(problem)
    else:
        flash(_ANSWERS[answer] % {"machine": name}, "ok" if answer is emergency.Answer.CONFIRMED else "bad")
    return redirect(back, 303)


_ANSWERS = {
    emergency.Answer.CONFIRMED: lazy_gettext(
        "%(machine)s says itself that it stands still. Look at it, then connect it again."),
    emergency.Answer.UNCONFIRMED: lazy_gettext(
        "The stop was sent, and %(machine)s does not confirm it. Go there and switch it off by hand."),
    emergency.Answer.MISSED: lazy_gettext(
        "%(machine)s cannot be reached. Go there and switch it off by hand, now."),
}  # fmt: skip


@blueprint.post("/machines/<slug>/reconnect")
@permitted(Permission.RUN_MACHINES)
def reconnect(slug: str) -> Response:
    """Somebody has looked at a machine that was stopped or had an error."""
    said = _("The machine is asked to connect again. Say that its bed is clear before it takes work.")
    return acted(on(slug, emergencies.connect_again), said, back_of(slug))
