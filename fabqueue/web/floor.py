"""What people do at machines, from the desk or by the QR code on the tool: one button or one question."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import by_hand
from fabqueue.models import Machine, Outcome, Run, RunItem, RunState, Stock
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import failures, floor, occupancy, photos, spools, supplies
from fabqueue.services.errors import Conflict
from fabqueue.services.events import Actor, actor_of
from fabqueue.services.failures import AtFault, Cause, Verdict
from fabqueue.services.floor import Resolution
from fabqueue.services.shelf import LONGEST as LONGEST_PLACE
from fabqueue.web import board
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.acting import Question, acted, asked, back_to
from fabqueue.web.desk import Why
from fabqueue.web.forms import AtMost, Choice, Form, LongText, MaybeEmpty, Needed, Text, Whole, YesNo
from fabqueue.web.site import context, current_person, me, reading
from fabqueue.web.snapshot import Snapshot
from fabqueue.web.text import reader

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
    cause = Choice(lazy_gettext("Why it failed"), default="")
    reason = LongText(lazy_gettext("What happened"), [AtMost(500)], render_kw={"rows": 2},
                      description=lazy_gettext("Only if something went wrong."))  # fmt: skip
    photo = Snapshot(
        lazy_gettext("Take a photo"),
        description=lazy_gettext("Of what went wrong. The maker sees it; where it was taken is removed."),
    )  # fmt: skip
    repeat = YesNo(lazy_gettext("Make the missing copies again"))
    at_fault = RadioField(lazy_gettext("Whose fault it was"), default="machine")


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
    photo = Snapshot(
        lazy_gettext("Take a photo"),
        description=lazy_gettext("Of what lies there. The maker sees it; where it was taken is removed."),
    )  # fmt: skip


class Load(Form):
    stock = Choice(lazy_gettext("Stock"))
    position = HiddenField()


class Spool(Form):
    """What goes on with a run; only what fits may be chosen."""

    stock = Choice(lazy_gettext("Spool"), [Needed()])


def machine_of(slug: str, permission: Permission = Permission.RUN_MACHINES) -> Machine:
    return fetch(reading(), current_person(), Machine, slug, permission)


def on(slug: str, deed: Deed, permission: Permission = Permission.RUN_MACHINES) -> Callable[[WritingSession], object]:
    """`deed` with the actor and the machine of a writing session."""

    def work(session: WritingSession) -> object:
        person = me(session)
        return deed(session, actor_of(person), fetch(session, person, Machine, slug, permission))

    return work


def back_of(slug: str) -> str:
    return back_to(url_for("tools.show", slug=slug))


@blueprint.route("/machines/<slug>/clear", methods=["GET", "POST"])
@signed_in
def clear(slug: str) -> Response:
    """The bed is empty. One tap says that all is good; the question takes copies, place and what went wrong."""
    machine = machine_of(slug, Permission.CLEAR_MACHINE)
    form = _clear_form(machine)
    question = Question(
        title=_("What came off %(machine)s?", machine=machine.name), yes=_("Bed is clear"), css="primary big", text="",
        done=_("The bed of %(machine)s is clear.", machine=machine.name), back=back_of(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        _clear(session, actor, found, form)

    return asked(question, form, on(slug, work, Permission.CLEAR_MACHINE))


def _clear_form(machine: Machine) -> Clear:
    """What may be said about what lies on the bed. Who pays for a failure is the technicians' to say."""
    shown = board.card(reading(), machine)
    likely = "good" if shown.copies > 1 else "failed"  # the one button says that all is good
    form = _clear_kind(shown)(
        data={"outcome": likely, "run": shown.last.id if shown.last else "", "at_fault": "machine"}
    )
    causes = [SelectChoice(each.value, reader().say(each.code)) for each in Cause]
    form.cause.choices = [SelectChoice("", _("nobody knows yet")), *causes]
    if shown.copies < 2 or _of_several_jobs(shown):
        del form.good_copies
    if not shown.copies:
        del form.outcome, form.place
    if shown.last is None:
        del form.cause
    if shown.last is None or photos.project_of(shown.last) is None:
        del form.photo
    if shown.last is None or not allowed(current_person(), Permission.RUN_MACHINES, machine):
        del form.repeat, form.at_fault
    else:
        form.at_fault.choices = _faults(shown.last)
    return form


def _of_several_jobs(shown: board.Card) -> bool:
    return bool(shown.copies and shown.last and shown.last.is_plate)


def _clear_kind(shown: board.Card) -> type[Clear]:
    """The form, with a field for the good copies of each job where several lie on the bed."""
    if not _of_several_jobs(shown) or shown.last is None:
        return Clear
    items = sorted(shown.last.items, key=lambda each: each.job.number)
    fields = {f"good_{each.job_id}": _good_of(each) for each in items}
    for number, each in enumerate(fields.values()):  # they stand where the one number for all stands
        each.creation_counter = Clear.good_copies.creation_counter + number / len(fields)
    return type("ClearPlate", (Clear,), fields)


def _good_of(item: RunItem) -> Any:
    label = _("Good of %(code)s %(title)s", code=item.job.code, title=item.job.title)
    rules = {"min": 0, "max": item.copies, "inputmode": "numeric", "placeholder": str(item.copies)}
    hint = ngettext("Of %(num)s. Empty: it is good.", "Of %(num)s. Empty: all are good.", item.copies)
    return Whole(label, [MaybeEmpty()], render_kw=rules, description=hint)


def _faults(run: Run) -> list[SelectChoice]:
    """Whose fault it may be, and what a maker would pay for all that failed."""
    config = context().config
    most = sum(failures.price_of(config, item.job, item.copies, run.progress) for item in run.items)
    maker = _("the maker's fault: the failed copies cost up to %(price)s", price=reader().money(most))
    return [
        SelectChoice("machine", _("the machine's or ours: free")),
        SelectChoice("maker", maker if most else _("the maker's fault: free here")),
    ]


def _clear(session: WritingSession, actor: Actor, machine: Machine, form: Clear) -> None:
    """Raises Conflict when another run lies on the bed than the one that was seen."""
    last = occupancy.at(session, machine).last
    if form.run.data and form.run.data != (last.id if last else ""):
        raise Conflict("changed", "machine_already_so", {"machine": machine.name})
    run = failures.clear(session, context().config, actor, machine, _verdict(form))
    if run is not None and "photo" in form and form.photo.pictures is not None:
        photos.keep_of_run(session, context().config.uploads, me(session), run, form.photo.pictures)


def _verdict(form: Clear) -> Verdict:
    """What the form says; copies count only for a good outcome."""
    said = {each.short_name: each.data or "" for each in form}
    outcome = Outcome(said.get("outcome") or Outcome.GOOD)
    return Verdict(
        outcome, Cause(said["cause"]) if said.get("cause") else None, said.get("reason", ""),
        AtFault(said.get("at_fault") or AtFault.MACHINE), bool(said.get("repeat")),
        _good_copies(form) if outcome is Outcome.GOOD else None, said.get("place", ""),
    )  # fmt: skip


def _good_copies(form: Clear) -> int | floor.Good | None:
    """Of the whole bed, or of each job that a number was given for."""
    if "good_copies" in form:
        return form.good_copies.data
    given = {each.short_name: each.data for each in form if each.short_name.startswith("good_")}
    return {name.removeprefix("good_"): count for name, count in given.items() if count is not None} or None


@blueprint.post("/machines/<slug>/pause")
@permitted(Permission.RUN_MACHINES)
def pause(slug: str) -> Response:
    return acted(on(slug, floor.pause), _("The machine is asked to pause."), back_of(slug))


@blueprint.post("/machines/<slug>/resume")
@permitted(Permission.RUN_MACHINES)
def resume(slug: str) -> Response:
    return acted(on(slug, floor.resume), _("The machine is asked to go on."), back_of(slug))


@blueprint.route("/machines/<slug>/cancel", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def cancel(slug: str) -> Response:
    machine, form = machine_of(slug), MaybeWhy()
    question = Question(
        title=_("Stop what %(machine)s is doing?", machine=machine.name), yes=_("Stop it"), css="danger solid",
        text=_("The job fails with your words and costs nothing. One tap on the desk puts it into the queue again."),
        done=_("%(machine)s is asked to stop.", machine=machine.name), back=back_of(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.cancel(session, actor, found, form.reason.data or "")

    return asked(question, form, on(slug, work))


@blueprint.route("/machines/<slug>/maintenance", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def maintenance(slug: str) -> Response:
    machine, form = machine_of(slug), Why()
    question = Question(
        title=_("Take %(machine)s out of service?", machine=machine.name), yes=_("Take out of service"),
        css="danger solid",
        text=_("What runs on it goes on. Nothing new starts there until it is back in service."),
        done=_("%(machine)s is out of service.", machine=machine.name), back=back_of(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.maintenance(session, actor, found, True, form.reason.data or "")

    return asked(question, form, on(slug, work))


@blueprint.post("/machines/<slug>/service")
@permitted(Permission.RUN_MACHINES)
def service(slug: str) -> Response:
    work = on(slug, lambda session, actor, found: floor.maintenance(session, actor, found, False))
    return acted(work, _("The machine is back in service."), back_of(slug))


@blueprint.post("/machines/<slug>/start")
@permitted(Permission.RUN_MACHINES)
def start(slug: str) -> Response:
    """Start the next run at a machine that is driven by hand."""
    work = lambda session, actor, found: by_hand.start(session, context().config, actor, found)  # noqa: E731
    return acted(on(slug, work), _("Started. Say so here when it is finished."), back_of(slug))


@blueprint.post("/machines/<slug>/finish")
@permitted(Permission.RUN_MACHINES)
def finish(slug: str) -> Response:
    return acted(on(slug, floor.finish), _("Finished. Now say what came out."), back_of(slug))


@blueprint.route("/machines/<slug>/load", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def load(slug: str) -> Response:
    """Put stock into a slot, or take it out. `position` names the slot, 0 where it is not given."""
    machine = machine_of(slug)
    form = load_form(machine)
    question = Question(
        title=_("What is in %(machine)s?", machine=machine.name), yes=_("Save"), text="",
        done=_("Noted what %(machine)s is loaded with.", machine=machine.name), back=back_of(slug),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        floor.load(session, actor, found, _stock(session, form), _position(form))

    return asked(question, form, on(slug, work))


def load_form(machine: Machine) -> Load:
    """The stock that the machine's model works; what is in the slot (`position`, 0 unless given) is chosen."""
    position = request.args.get("position", "0")
    slot = next((each for each in machine.slots if str(each.position) == position), None)
    form = Load(data={"stock": slot.stock_id or "" if slot else "", "position": position})
    works = {offer.material_id for offer in machine.machine_model.offers}
    fitting = [each for each in supplies.stocks(reading()) if each.material_id in works]
    form.stock.choices = [SelectChoice("", _("nothing")), *(SelectChoice(each.id, each.label) for each in fitting)]
    return form


def _position(form: Load) -> int:
    return int(form.position.data) if (form.position.data or "").isdecimal() else -1


def _stock(session: WritingSession, form: Load) -> Stock | None:
    return session.get(Stock, form.stock.data) if form.stock.data else None


@blueprint.route("/machines/<slug>/spool", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def change_spool(slug: str) -> Response:
    """Note that a run at work goes on with another spool."""
    machine, form = machine_of(slug), Spool()
    shown = board.card(reading(), machine)
    if shown.spool is None or shown.run is None:
        flash(_("Nothing is at work there whose spool could be changed."), "bad")
        return redirect(back_of(slug), 303)
    fitting = spools.choices(reading(), shown.run)
    form.stock.choices = [SelectChoice(each.id, _spool_label(each)) for each in fitting]
    old, share = shown.spool.stock, reader().value("_percent", shown.run.progress)
    question = Question(
        title=_("Which spool is in %(machine)s now?", machine=machine.name), yes=_("Save"), back=back_of(slug),
        text=_("The work is at %(share)s: so much of what it needs is counted on %(spool)s, the rest on the new one.",
               share=share, spool=old.label if old else ""),
        done=_("Noted. It goes on with the new spool."),
    )  # fmt: skip

    def work(session: WritingSession, actor: Actor, found: Machine) -> None:
        spools.change(session, actor, found, session.get_one(Stock, form.stock.data))

    return asked(question, form, on(slug, work))


def _spool_label(stock: Stock) -> str:
    return str(_("%(spool)s · %(grams)s left", spool=stock.label, grams=reader().mass(stock.left_mg / 1000)))


@blueprint.route("/runs/<key>/resolve", methods=["GET", "POST"])
@permitted(Permission.RESOLVE_RUN)
def resolve(key: str) -> Response:
    """Decide about a run in doubt, beside what is known of it. A notice may lead here long after that was done."""
    run = fetch(reading(), current_person(), Run, key, Permission.RESOLVE_RUN)
    if run.state is not RunState.IN_DOUBT and request.method == "GET":
        flash(_("What became of it was decided already."))
        return redirect(back_of(run.machine.slug) if run.machine else url_for("desk.index"), 303)
    form, name = Resolve(), run.machine.name if run.machine else ""
    if photos.project_of(run) is None:
        del form.photo
    question = Question(
        title=_("What happened on %(machine)s?", machine=name), yes=_("That is how it is"), css="must",
        text=_("Go there and look. Nothing is sent to it, and nothing is printed twice, until you have decided."),
        done=_("Decided. The machine goes on."), back=back_to(url_for("desk.index")),
        evidence="_asking/doubt.html", known={"run": run, "machine": run.machine, "now": now()},
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Run, key, Permission.RESOLVE_RUN)
        floor.resolve(session, actor_of(person), found, Resolution(form.outcome.data), form.reason.data or "")
        if "photo" in form and form.photo.pictures is not None:
            photos.keep_of_run(session, context().config.uploads, person, found, form.photo.pictures)

    return asked(question, form, work)
