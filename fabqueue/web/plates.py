"""Small jobs on one bed: laying together what the desk's queue offers, and taking it apart again."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField

from fabqueue.db import WritingSession
from fabqueue.models import MachineModel, Run
from fabqueue.permissions import Permission, fetch
from fabqueue.services import plates, sharing
from fabqueue.services.errors import Conflict
from fabqueue.services.events import actor_of
from fabqueue.services.sharing import Offer
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.forms import Form
from fabqueue.web.site import context, current_person, me, reading
from fabqueue.web.text import reader

blueprint = Blueprint("plates", __name__, url_prefix="/desk/plates")


class Together(Form):
    runs = SelectMultipleField(
        lazy_gettext("What lies together"),
        description=lazy_gettext("If one part comes loose, the others may be lost with it."),
    )


@blueprint.route("/<key>", methods=["GET", "POST"])
@permitted(Permission.RUN_MACHINES)
def put(key: str) -> Response:
    """Lay together what is offered with the run `key`, or a part of it."""
    run = fetch(reading(), current_person(), Run, key, Permission.RUN_MACHINES)
    offer = _offer(run)
    if offer is None:
        flash(_("Nothing is left that could lie together with it."), "bad")
        return redirect(_queue(run.machine_model), 303)
    form = Together(data={"runs": [each.id for each in offer.runs]})
    form.runs.choices = [(each.id, _label(each)) for each in offer.runs]
    question = Question(
        title=_("Lay them on one bed?"), yes=_("Lay them together"), back=_queue(run.machine_model),
        text=_("One after the other they take about %(time)s. Together there is one bed to clear instead of %(num)s; "
               "each job keeps its price and its own outcome.", time=reader().duration(offer.seconds),
               num=len(offer.runs)),
        done=_("They are made together. The file for the machine is being prepared."),
    )  # fmt: skip
    return asked(question, form, lambda session: _put_together(session, form.runs.data or []))


def _offer(run: Run) -> Offer | None:
    found = sharing.offers(reading(), context().config, run.machine_model)
    return next((each for each in found if run in each.runs), None)


def _label(run: Run) -> str:
    item = run.items[0]
    time = reader().duration(run.predicted_seconds or 0)
    pieces = ngettext("%(num)s piece", "%(num)s pieces", item.copies)
    values = {"code": item.job.code, "title": item.job.title, "pieces": pieces, "time": time}
    return str(_("%(code)s %(title)s · %(pieces)s · %(time)s", **values))


def _put_together(session: WritingSession, keys: list[str]) -> None:
    """Raises Conflict when one of them is gone meanwhile."""
    person = me(session)
    plates.put_together(
        session, actor_of(person), [fetch(session, person, Run, key, Permission.RUN_MACHINES) for key in keys]
    )


@blueprint.post("/<key>/apart")
@permitted(Permission.RUN_MACHINES)
def apart(key: str) -> Response:
    """Give each job of a plate that waits a run of its own again."""
    run = fetch(reading(), current_person(), Run, key, Permission.RUN_MACHINES)

    def work(session: WritingSession) -> None:
        person = me(session)
        plate = fetch(session, person, Run, key, Permission.RUN_MACHINES)
        if not plate.is_plate:
            raise Conflict(plate.state)
        plates.take_apart(session, actor_of(person), plate)

    return acted(work, _("They are made one after the other again."), _queue(run.machine_model))


def _queue(model: MachineModel) -> str:
    return url_for("desk.index", queue=model.slug, _anchor="queue")
