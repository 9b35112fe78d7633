"""Staff help people in front of them: jobs in their name, guests without an account, a lost code."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Person, Revision
from fabqueue.permissions import Permission
from fabqueue.services import guests, people, uploads
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Kept
from fabqueue.web import uploading
from fabqueue.web.access import permitted
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Form, Needed, Text
from fabqueue.web.guests import code_page
from fabqueue.web.site import context, me, reading, writing
from fabqueue.web.staff_people import link_page, person_of

blueprint = Blueprint("staff_helping", __name__, url_prefix="/people")


class NewGuest(Form):
    name = Text(lazy_gettext("Name"), [Needed(), AtMost(80)], render_kw={"autocomplete": "off"})
    email = Text(lazy_gettext("E-mail"), [AtMost(254)], render_kw={"type": "email", "autocomplete": "off"},
                 description=lazy_gettext("Only if they want messages."))  # fmt: skip


class Account(Form):
    user_name = Text(lazy_gettext("User name"), [Needed(), AtMost(32)],
                     render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
                     description=lazy_gettext("For signing in: small letters, digits, hyphens. It stays."))  # fmt: skip


@blueprint.post("/<name>/designs")
@permitted(Permission.FILE_FOR_OTHERS)
def upload(name: str) -> Response:
    """A file that somebody brought: it becomes a design in a private project of theirs."""
    owner = person_of(reading(), name)
    try:
        key = _taken(uploading.sent_files()[0], owner)
    except (Refused, Conflict) as problem:
        if uploading.is_script():
            return uploading.refused(problem)
        flash_problem(problem)
        return redirect(url_for("staff_people.show", name=name, _anchor="file-for"), 303)
    return uploading.taken(url_for("designs.show", key=key))


def _taken(file: FileStorage, owner: Person) -> str:
    def make(session: WritingSession, by: Person, kept: Kept) -> Revision:
        theirs = session.get_one(Person, owner.id)
        return uploads.add_design(session, context().config.uploads, by, kept, file.filename or "", owner=theirs)

    return uploading.take(file, f"design for {owner.id}", "", make)


@blueprint.route("/guests/new", methods=["GET", "POST"])
@permitted(Permission.FILE_FOR_OTHERS)
def new_guest() -> Response:
    """Write down somebody who is here without an account; answers the code to hand over."""
    form = NewGuest()
    if form.validate_on_submit():
        try:
            with writing() as session:
                guest = guests.begin(session, form.name.data, form.email.data, by=me(session))
                code, name = guests.give_code(session, guest, me(session)), guest.user_name
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return code_page(code, url_for("staff_people.show", name=name), person_of(reading(), name))
    return make_response(render_template("staff/guest.html", form=form), 422 if form.is_submitted() else 200)


@blueprint.post("/<name>/code")
@permitted(Permission.FILE_FOR_OTHERS)
def give_code(name: str) -> Response:
    """Another code for a guest who lost it; the old one opens nothing any more."""
    with writing() as session:
        code = guests.give_code(session, person_of(session, name), me(session))
    return code_page(code, url_for("staff_people.show", name=name), person_of(reading(), name))


@blueprint.route("/<name>/account", methods=["GET", "POST"])
@permitted(Permission.MANAGE_PEOPLE)
def make_account(name: str) -> Response:
    """Turn a guest into an account that keeps everything; answers a link to choose a password."""
    guest, form = person_of(reading(), name), Account()
    if not guest.is_guest:
        return redirect(url_for("staff_people.show", name=name), 303)
    if form.validate_on_submit():
        try:
            with writing() as session:
                by, rules = me(session), context().config.people
                person = person_of(session, name)
                guests.become_member(session, rules, person, form.user_name.data, people.nobodys_password(), by)
                secret, expires = people.issue_link(session, rules, person, by)
                user_name = person.user_name
        except (Invalid, Conflict) as problem:
            form.refuse(problem if isinstance(problem, Invalid) else Refused(problem.code))
        else:
            return link_page(user_name, secret, expires)
    body = render_template("staff/account.html", form=form, subject=guest, title=_("Make an account"))
    return make_response(body, 422 if form.is_submitted() else 200)
