"""Making two accounts of one person one: what would move is shown first."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from fabqueue.permissions import Permission
from fabqueue.services import merging, people
from fabqueue.services.errors import Conflict, Refused
from fabqueue.web.access import permitted
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Form, Needed, Text
from fabqueue.web.site import me, reading, writing
from fabqueue.web.staff_people import person_of

blueprint = Blueprint("merging", __name__, url_prefix="/people")


class Merge(Form):
    into = Text(
        lazy_gettext("Account that goes on"), [Needed(), AtMost(40)], description=lazy_gettext("Its user name."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip


@blueprint.route("/<name>/merge", methods=["GET", "POST"])
@permitted(Permission.MERGE_PEOPLE)
def merge(name: str) -> Response:
    """Ask for the other account, show what would move, and do it when that is confirmed."""
    gone, form = person_of(reading(), name), Merge(into=request.args.get("into", ""))
    shown: dict[str, Any] = {}
    if form.into.data and (request.method == "GET" or form.validate()):
        try:
            kept = people.named(reading(), form.into.data, "into")
            shown = {"kept": kept, "preview": merging.preview(reading(), kept, gone)}
            if request.form.get("confirmed") == kept.id:
                return _merged(name, kept.user_name, kept.display_name)
        except Refused as refused:
            form.refuse(refused)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(url_for("staff_people.index"), 303)
    found = [] if shown else [each for each in people.find(reading(), request.args.get("q", "")) if each.id != gone.id]
    body = render_template("staff/merge.html", gone=gone, form=form, found=found[:20], words=request.args.get("q", ""),
                           **shown)  # fmt: skip
    return make_response(body, 422 if form.errors else 200)


def _merged(name: str, into: str, shown: str) -> Response:
    with writing() as session:
        merging.merge(session, people.named(session, into, "into"), person_of(session, name), me(session))
    flash(_("Merged into %(name)s.", name=shown), "ok")
    return redirect(url_for("staff_people.show", name=into), 303)
