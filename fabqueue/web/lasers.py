"""What people do at a laser: trace the outline, go through the checklist and arm, take it back, say they are there."""

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.dispatch import health
from fabqueue.models import Chore, Machine, Run, RunState
from fabqueue.permissions import Permission, fetch
from fabqueue.services import arming, chores, lasers
from fabqueue.services.arming import CHECKLIST
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.events import Actor, actor_of
from fabqueue.web import files
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.acting import acted
from fabqueue.web.errors import flash_problem
from fabqueue.web.floor import back_of, machine_of, on
from fabqueue.web.forms import Form, YesNo
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.text import reader

blueprint = Blueprint("lasers", __name__)
P = Permission
AT_HAND = frozenset({RunState.STAGED, RunState.ARMED, RunState.STARTING})
"""Runs that whoever is certified for their laser may look at there."""


class Arm(Form):
    """The checklist of a laser; its sentences are those of the wording catalogue."""

    material = YesNo()
    focus = YesNo()
    exhaust = YesNo()
    air = YesNo()
    framed = YesNo()
    staying = YesNo()

    def ticked(self) -> set[str]:
        return {each for each in CHECKLIST if self[each].data}


def worded(form: Arm) -> Arm:
    """With the sentences in the reader's language."""
    for each in CHECKLIST:
        form[each].label.text = reader().say(each.code)
    return form


def refuse(form: Arm, problem: Refused | Invalid) -> None:
    """Put what is missing on its tick, whose label says what it is."""
    refusals = problem.refusals if isinstance(problem, Invalid) else [problem]
    form.refuse(Invalid([_on_its_tick(each) for each in refusals]))


def _on_its_tick(refused: Refused) -> Refused:
    if not refused.field.startswith("checklist."):
        return refused
    return Refused("arm_not_ticked", field=refused.field.removeprefix("checklist."))


def run_of(machine: Machine, key: str) -> Run:
    """A run that waits at this laser or is being started there; 404 for any other, whoever made it."""
    run = reading().get(Run, key)
    if run is None or run.machine_id != machine.id or not machine.is_armed_by_people or run.state not in AT_HAND:
        abort(404)
    return run


@blueprint.route("/machines/<slug>/arm/<key>", methods=["GET", "POST"])
@signed_in
def arm(slug: str, key: str) -> Response:
    """The page that somebody stands at the laser with."""
    machine = machine_of(slug, P.ARM_MACHINE)
    run, form = run_of(machine, key), worded(Arm())
    if run.state is not RunState.STAGED and not form.is_submitted():
        return redirect(url_for("tools.show", slug=slug), 303)

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Machine, slug, P.ARM_MACHINE)
        rules = context().config.machines
        arming.arm(session, rules, actor_of(person), found, session.get_one(Run, key), form.ticked())

    if form.validate_on_submit():
        try:
            with writing() as session:
                work(session)
        except (Refused, Invalid) as problem:
            refuse(form, problem)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(url_for("lasers.arm", slug=slug, key=key), 303)
        else:
            flash(armed_words(machine), "ok")
            return redirect(url_for("tools.show", slug=slug), 303)
    return page(
        machine, run, form, frame=url_for("lasers.frame", slug=slug, key=key), back=url_for("tools.show", slug=slug),
        picture=url_for("lasers.burns", slug=slug, key=key),
    )  # fmt: skip


def armed_words(machine: Machine) -> str:
    return str(_("Armed. %(machine)s starts within seconds; stay beside it.", machine=machine.name))


def page(machine: Machine, run: Run, form: Arm, **addresses: Any) -> Response:
    """The checklist. Addresses: `frame` asks for the outline, `picture` shows what will burn, `back` leads away."""
    seconds = context().config.machines.arm_seconds
    body = render_template("lasers/arm.html", machine=machine, run=run, form=form, seconds=seconds, **addresses)
    return make_response(body, 422 if form.is_submitted() else 200)


@blueprint.get("/machines/<slug>/burns/<key>")
@signed_in
def burns(slug: str, key: str) -> Response:
    """The picture of what a staged run burns."""
    return files.burning(run_of(machine_of(slug, P.ARM_MACHINE), key))


@blueprint.post("/machines/<slug>/frame/<key>")
@signed_in
def frame(slug: str, key: str) -> Response:
    """Trace the outline with the beam off."""
    run_of(machine_of(slug, P.ARM_MACHINE), key)

    def work(session: WritingSession, actor: Actor, machine: Machine) -> None:
        lasers.ask_frame(session, context().config.machines, actor, machine, session.get_one(Run, key))

    said = _("The laser traces the outline now, with the beam off. Look whether it lies on the material.")
    return acted(on(slug, work, P.ARM_MACHINE), said, url_for("lasers.arm", slug=slug, key=key))


@blueprint.post("/machines/<slug>/disarm/<key>")
@signed_in
def disarm(slug: str, key: str) -> Response:
    """Take the arming back before it starts."""
    run_of(machine_of(slug, P.ARM_MACHINE), key)

    def work(session: WritingSession, actor: Actor, _machine: Machine) -> None:
        arming.disarm(session, actor, session.get_one(Run, key), "run_disarmed")

    return acted(on(slug, work, P.ARM_MACHINE), _("Taken back. It waits at the laser."), back_of(slug))


@blueprint.post("/machines/<slug>/present")
@signed_in
def present(slug: str) -> Response:
    """Somebody is beside the laser."""
    machine_of(slug, P.ARM_MACHINE)
    return acted(on(slug, lasers.present, P.ARM_MACHINE), _("Noted. Thank you for staying."), back_of(slug))


@blueprint.post("/machines/<slug>/unstage/<key>")
@permitted(P.RUN_MACHINES)
def unstage(slug: str, key: str) -> Response:
    """Take a staged file from the laser."""
    run_of(machine_of(slug), key)

    def work(session: WritingSession, actor: Actor, _machine: Machine) -> None:
        arming.send_back(session, actor, session.get_one(Run, key))

    return acted(on(slug, work), _("Its file is taken from the laser; it waits in the queue again."), back_of(slug))


@blueprint.post("/machines/<slug>/chore")
@permitted(P.RUN_MACHINES)
def chore(slug: str) -> Response:
    """Home, unlock or reset the laser's controller."""
    machine_of(slug)
    asked = request.form.get("chore", "")
    if asked not in set(Chore):
        abort(400)

    def work(session: WritingSession, actor: Actor, machine: Machine) -> None:
        chores.ask(session, context().config.machines, actor, machine, Chore(asked))

    back = url_for("machines.show", slug=slug, _anchor="chores")
    return acted(on(slug, work), _("The laser does it now; this page says what its controller answered."), back)


@blueprint.post("/machines/<slug>/scripts")
@permitted(P.MANAGE_MACHINES)
def scripts(slug: str) -> Response:
    """Write into OctoPrint what turns the beam off when work is broken off there, and switch off what hinders it."""
    machine = machine_of(slug, P.MANAGE_MACHINES)
    problem = health.set_up(machine)
    if problem is None:
        flash(_("OctoPrint turns the beam off now when it cancels, pauses or disconnects."), "ok")
    else:
        flash(reader().say(problem["code"], problem["values"]), "bad")
    return redirect(url_for("machines.show", slug=slug, _anchor="connection"), 303)
