"""The people who write a project: seen by its authors, brought in and taken out by its owner."""

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Person, Project
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import authors
from fabqueue.services.errors import Refused
from fabqueue.web.access import signed_in
from fabqueue.web.acting import Question, asked
from fabqueue.web.forms import AtMost, Form, Needed, Text
from fabqueue.web.site import current_person, me, reading, writing

blueprint = Blueprint("authors", __name__, url_prefix="/projects/<slug>/authors")


class Invite(Form):
    user_name = Text(_("User name"), [Needed(), AtMost(64)], description=_("As they sign in. They are told."))


@blueprint.route("", methods=["GET", "POST"])
@signed_in
def index(slug: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.READ_AUTHORS)
    form = Invite()
    if form.is_submitted():
        fetch(reading(), current_person(), Project, slug, Permission.OWN_PROJECT)
        if form.validate() and _added(slug, form):
            return redirect(url_for("authors.index", slug=slug), 303)
    rows = sorted(project.authors, key=lambda each: (each.person_id != project.owner_id, each.since))
    body = render_template("projects/authors.html", project=project, form=form, rows=rows,
                           owns=allowed(current_person(), Permission.OWN_PROJECT, project))  # fmt: skip
    return make_response(body, 422 if form.is_submitted() else 200)


def _added(slug: str, form: Invite) -> bool:
    try:
        with writing() as session:
            authors.add(session, _owned(session, slug), me(session), form.user_name.data or "")
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


@blueprint.route("/leave", methods=["GET", "POST"])
@signed_in
def leave(slug: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)
    question = Question(
        gettext("Leave %(title)s?", title=project.title),
        gettext("You can no longer write its page. Its owner can bring you in again."),
        gettext("Leave the project"), gettext("You are no longer an author."), url_for("explore.index"), "danger solid",
        "explore",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        mine = fetch(session, me(session), Project, slug, Permission.WRITE_PROJECT)
        authors.remove(session, mine, me(session), me(session))

    return asked(question, Form(), work)


@blueprint.route("/<user_name>/remove", methods=["GET", "POST"])
@signed_in
def remove(slug: str, user_name: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.OWN_PROJECT)
    person = _author(project, user_name)
    question = Question(
        gettext("Take %(name)s out?", name=person.display_name),
        gettext("They can no longer write its page, and are told. What they wrote stays in the history."),
        gettext("Take out"), gettext("%(name)s is no longer an author.", name=person.display_name),
        url_for("authors.index", slug=slug), "danger solid", "explore",
    )  # fmt: skip
    return asked(question, Form(), lambda session: authors.remove(
        session, _owned(session, slug), me(session), session.get_one(Person, person.id)
    ))  # fmt: skip


@blueprint.route("/<user_name>/hand-over", methods=["GET", "POST"])
@signed_in
def hand_over(slug: str, user_name: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.OWN_PROJECT)
    person = _author(project, user_name)
    question = Question(
        gettext("Hand %(title)s over to %(name)s?", title=project.title, name=person.display_name),
        gettext("They own it then: they bring authors in and may delete it. You stay an author."),
        gettext("Hand it over"), gettext("%(name)s owns it now.", name=person.display_name),
        url_for("projects.show", slug=slug), "danger solid", "explore",
    )  # fmt: skip
    return asked(question, Form(), lambda session: authors.hand_over(
        session, _owned(session, slug), me(session), session.get_one(Person, person.id)
    ))  # fmt: skip


def _owned(session: WritingSession, slug: str) -> Project:
    return fetch(session, me(session), Project, slug, Permission.OWN_PROJECT)


def _author(project: Project, user_name: str) -> Person:
    found = [each.person for each in project.authors if each.person.user_name == user_name]
    return found[0] if found else abort(404)
