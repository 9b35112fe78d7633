"""Leaving, and taking one's data along: by oneself with the password, or by staff because somebody asked."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, stream_with_context, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.models import Person
from fabqueue.permissions import Permission, require
from fabqueue.services import exporting, leaving, ledger, people, projects
from fabqueue.services.errors import Conflict, Refused
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.extensions import limiter
from fabqueue.web.forms import Choice, Form, Needed, Secret
from fabqueue.web.people import WRONG_TRIES
from fabqueue.web.site import context, current_person, forget, me, reading, writing
from fabqueue.web.staff_people import person_of

blueprint = Blueprint("leaving", __name__)

CHOICES = [
    SelectChoice("private", _("Take them away with me")),
    SelectChoice("keep", _("Leave them public, under the lab's name")),
]


class Leave(Form):
    public = Choice(_("Public projects"), choices=CHOICES, default="private")


class OwnLeave(Leave):
    password = Secret(_("Password"), [Needed()])


def _was_guessed(_response: Response) -> bool:
    return bool(g.get("was_guessed"))


@blueprint.route("/account/leave", methods=["GET", "POST"])
@limiter.limit(WRONG_TRIES, methods=["POST"], deduct_when=_was_guessed)
@signed_in
def own() -> Response:
    """Leave for good, after a clear warning and the password."""
    person, form = current_person(), OwnLeave()
    assert person is not None

    def find(session: Session) -> Person:
        found = me(session)
        try:
            people.check_password(found, form.password.data)
        except Refused:
            g.was_guessed = True
            raise
        return found

    if form.validate_on_submit() and _left(form, find, is_own=True):
        return make_response(render_template("account/left.html"))
    return _page(person, form, url_for("account.index"), is_own=True)


@blueprint.route("/people/<name>/leave", methods=["GET", "POST"])
@permitted(Permission.MANAGE_PEOPLE)
def other(name: str) -> Response:
    """Take somebody out because they asked for it."""
    person, form = person_of(reading(), name), Leave()
    require(current_person(), Permission.TAKE_LEAVE_FOR, person)
    if form.validate_on_submit() and _left(form, lambda session: person_of(session, name), is_own=False):
        return redirect(url_for("staff_people.index"), 303)
    return _page(person, form, url_for("staff_people.show", name=name), is_own=False)


def _left(form: Leave, find: Callable[[Session], Person], *, is_own: bool) -> bool:
    try:
        with writing() as session:
            by, person = me(session), find(session)
            require(by, Permission.TAKE_LEAVE_FOR, person) if not is_own else None
            leaving.leave(session, person, by, keep_public=form.public.data == "keep")
            if is_own:
                forget(session)
    except (Refused, Conflict) as problem:
        form.refuse(problem if isinstance(problem, Refused) else Refused(problem.code, problem.values))
        return False
    return True


def _page(person: Person, form: Leave, back: str, *, is_own: bool) -> Response:
    session = reading()
    theirs = projects.of(session, person)
    shown: dict[str, Any] = {
        "subject": person, "form": form, "back": back, "is_own": is_own,
        "hindrances": leaving.hindrances(session, person),
        "balance": ledger.balance(session, ledger.account_of(session, person)),
        "public": [each for each in theirs if each.is_public],
        "private": [each for each in theirs if not each.is_public],
    }  # fmt: skip
    return make_response(render_template("account/leave.html", **shown), 422 if form.is_submitted() else 200)


@blueprint.post("/account/export")
@limiter.limit("10 per hour")
@signed_in
def export() -> Response:
    """One's own data and files as a zip."""
    with writing() as session:
        exporting.note(session, me(session), me(session))
    person = current_person()
    assert person is not None
    return _sent(person)


@blueprint.post("/people/<name>/export")
@permitted(Permission.MANAGE_PEOPLE)
def export_other(name: str) -> Response:
    """Somebody's data, to hand over because they asked."""
    with writing() as session:
        by, subject = me(session), person_of(session, name)
        require(by, Permission.TAKE_LEAVE_FOR, subject)
        exporting.note(session, subject, by)
    return _sent(person_of(reading(), name))


def _sent(person: Person) -> Response:
    gathered, name = exporting.gather(reading(), person), person.user_name
    pieces = exporting.write(gathered, context().storage)
    answer = Response(stream_with_context(pieces), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="fabqueue-{name}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
