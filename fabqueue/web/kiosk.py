"""A screen beside the lasers: what waits there, and arming it with a name and a PIN, without signing in.

Only screens that staff made for it do this. The screen's secret opens the page; the PIN says who stands there, and is
asked for every single deed; nothing is remembered between two of them.
"""

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Machine, Person, Run, RunState, Screen
from fabqueue.permissions import Permission, allowed
from fabqueue.services import arming, events, lasers, pins, runs, screens, workshop
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web import board, files
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.errors import flash_problem
from fabqueue.web.extensions import limiter
from fabqueue.web.forms import AtMost, Form, Needed, Secret, Text
from fabqueue.web.lasers import Arm, armed_words, page, refuse, run_of, worded
from fabqueue.web.site import context, me, reading, writing

blueprint = Blueprint("kiosk", __name__)
TRIES = "30 per minute"


class ArmWithPin(Arm):
    user_name = Text(lazy_gettext("User name"), [Needed(), AtMost(64)])
    pin = Secret(lazy_gettext("PIN"), [Needed(), AtMost(pins.LONGEST)])


class Pin(Form):
    pin = Secret(lazy_gettext("New PIN"), [AtMost(pins.LONGEST)], render_kw={"inputmode": "numeric"},
                 description=lazy_gettext("Six digits or more. Leave it empty to have none."))  # fmt: skip


@blueprint.route("/account/pin", methods=["GET", "POST"])
@signed_in
def pin() -> Response:
    """Choose one's own PIN."""
    form = Pin()
    question = Question(
        title=_("PIN for lasers"), yes=_("Save"), nav="account", back=url_for("account.index"), done=_("Saved."),
        text=_("With your user name and this PIN you arm a laser at a screen beside it. It opens nothing else."),
    )  # fmt: skip
    return asked(question, form, lambda session: pins.choose(session, me(session), form.pin.data or ""))


def _screen(secret: str) -> Screen:
    """A screen that may arm; 404 for any other."""
    found = screens.with_secret(reading(), secret)
    if found is None or not found.arms:
        abort(404)
    return found


def _machine(slug: str) -> Machine:
    found = next((each for each in workshop.machines(reading()) if each.slug == slug), None)
    if found is None or not found.is_armed_by_people:
        abort(404)
    return found


@blueprint.get("/wallboard/<secret>/lasers")
@open_to_all
def index(secret: str) -> Response:
    """Every laser with what waits there."""
    _screen(secret)
    armed = [each for each in workshop.machines(reading()) if each.is_armed_by_people]
    cards = board.cards(reading(), armed)
    return _private(make_response(render_template("lasers/kiosk.html", cards=cards, secret=secret)))


@blueprint.route("/wallboard/<secret>/lasers/<slug>/<key>", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
@open_to_all
def arm(secret: str, slug: str, key: str) -> Response:
    """The checklist of one run, to be armed or traced by whoever has a PIN and is certified."""
    _screen(secret)
    machine = _machine(slug)
    run, form, back = run_of(machine, key), ArmWithPin(), url_for("kiosk.index", secret=secret)
    worded(form)
    if run.state is not RunState.STAGED and not form.is_submitted():
        return redirect(back, 303)
    if form.validate_on_submit():
        here = url_for("kiosk.arm", secret=secret, slug=slug, key=key)
        try:
            return _do(form, machine, key, here if request.form.get("frame") else "", back)
        except (Refused, Invalid) as problem:
            refuse(form, problem)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(here, 303)
    form.pin.data = ""
    picture = url_for("kiosk.burns", secret=secret, slug=slug, key=key)
    return _private(page(machine, run, form, frame="", picture=picture, back=back, who=True))


def _do(form: ArmWithPin, machine: Machine, key: str, frame: str, back: str) -> Response:
    """Arm, or trace the outline where `frame` is the page to come back to. Raises Refused, Invalid, Conflict."""
    person_id = _identify(form, machine)
    with writing() as session:
        actor = events.actor_of(session.get_one(Person, person_id))
        there, run = session.get_one(Machine, machine.id), session.get_one(Run, key)
        _carry_out(session, actor, there, run, form, bool(frame))
    flash(_("The laser traces the outline now, with the beam off.") if frame else armed_words(machine), "ok")
    return redirect(frame or back, 303)


def _carry_out(session: WritingSession, actor: Any, machine: Machine, run: Run, form: Arm, frame: bool) -> None:
    rules = context().config.machines
    if frame:
        lasers.ask_frame(session, rules, actor, machine, run)
    else:
        arming.arm(session, rules, actor, machine, run, form.ticked())


def _identify(form: ArmWithPin, machine: Machine) -> str:
    """Who stands there. A wrong PIN is counted in a transaction of its own. Raises Refused."""
    with writing() as session:
        person = pins.whose(session, form.user_name.data or "", form.pin.data or "")
        found = person.id if person is not None else ""
        may = allowed(person, Permission.ARM_MACHINE, session.get_one(Machine, machine.id))
    if not found:
        raise Refused("pin_wrong", field="pin")
    if not may:
        raise Refused("arm_not_certified", {"machine": machine.name}, "user_name")
    return found


@blueprint.post("/wallboard/<secret>/lasers/<slug>/stop")
@limiter.limit(TRIES)
@open_to_all
def stop(secret: str, slug: str) -> Response:
    """Whoever stands there may stop a laser, and needs no PIN for it."""
    _screen(secret)
    machine = _machine(slug)

    def work(session: WritingSession) -> None:
        run = runs.active_on(session, session.get_one(Machine, machine.id))
        if run is None:
            raise Conflict("idle", "machine_not_at_it", {"machine": machine.name})
        runs.stop(session, events.SYSTEM, run, "run_stopped_at_screen")

    said = _("%(machine)s is asked to stop.", machine=machine.name)
    return acted(work, said, url_for("kiosk.index", secret=secret))


@blueprint.get("/wallboard/<secret>/lasers/<slug>/<key>/picture")
@open_to_all
def burns(secret: str, slug: str, key: str) -> Response:
    _screen(secret)
    return _private(files.burning(run_of(_machine(slug), key)))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
