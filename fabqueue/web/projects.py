"""A project's page for everybody who may see it; writing, publishing and deleting it for its authors."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.models import Build, Outcome, Project, Run
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import projects
from fabqueue.services.errors import Invalid
from fabqueue.services.projects import FIELDS, LICENCES
from fabqueue.web import jobviews
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.explore import face
from fabqueue.web.forms import AtMost, Choice, Form, LongText, Needed, Text
from fabqueue.web.markdown import render
from fabqueue.web.security import shows_viewer
from fabqueue.web.site import context, current_person, me, reading, writing
from fabqueue.web.text import reader

blueprint = Blueprint("projects", __name__, url_prefix="/projects")


class Edit(Form):
    title = Text(_("Title"), [Needed(), AtMost(120)])
    summary = LongText(_("In one or two sentences"), [AtMost(400)])
    function = Text(_("What it is for"), [AtMost(400)], description=_("For example: holds a shelf of up to 30 cm."))
    documentation = LongText(
        _("Documentation"), [AtMost(100_000)],
        description=_("How to make it and put it together. Markdown: # heading, - list, **bold**, [text](https://…)."),
    )  # fmt: skip
    licence = Choice(_("Licence"))
    licensor = Text(_("Who gives the licence"), [AtMost(200)])
    version = Text(_("Version"), [AtMost(40)])


@dataclass(frozen=True)
class BuildView:
    """A build as the page shows it. `actual` and `predicted` of its runs together; None where one is unknown."""

    build: Build
    runs: list[Run]
    seconds: jobviews.Compared | None
    milligrams: jobviews.Compared | None
    is_own: bool
    """Whether the reader may see its job."""

    @property
    def is_good(self) -> bool:
        return self.build.outcome is Outcome.GOOD

    @property
    def reasons(self) -> list[str]:
        """Why runs failed; what staff typed and machines sent is for those who may see the job."""
        say = reader().say if self.is_own else reader().say_in_public
        said = [say(each.reason_code, each.reason_values) for each in self.runs if each.reason_code]
        return [each for each in said if each]


@blueprint.get("/<slug>")
@open_to_all
def show(slug: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.READ_PROJECT)
    designs = projects.designs(reading(), project)
    may_write = allowed(current_person(), Permission.WRITE_PROJECT, project)
    shows_viewer()
    body = render_template(
        "projects/show.html", project=project, designs=designs, face=face(project), may_write=may_write,
        documentation=render(project.documentation),
        builds=[_view(each) for each in projects.builds(reading(), project)],
        licence=LICENCES.get(project.licence, ""), missing=_missing(project) if may_write else [],
    )  # fmt: skip
    return make_response(body)


def _missing(project: Project) -> list[tuple[str, str]]:
    """What a private project lacks for publishing: (sentence, advice)."""
    if project.is_public:
        return []
    faults = projects.publish_faults(reading(), project)
    return [(reader().say(each.code, each.values), reader().advice(each.code, each.values)) for each in faults]


def _view(build: Build) -> BuildView:
    items = [each.run_item for each in build.parts]
    return BuildView(
        build, [each.run for each in items], jobviews.compare_seconds(items), jobviews.compare_milligrams(items),
        is_own=any(allowed(current_person(), Permission.READ_JOB, each.job) for each in items),
    )  # fmt: skip


@blueprint.route("/<slug>/edit", methods=["GET", "POST"])
@signed_in
def edit(slug: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)
    form = Edit(obj=project)
    named = [SelectChoice(each, render_kw={"translate": "no"}) for each in LICENCES]
    form.licence.choices = [SelectChoice("", _("not chosen yet")), *named]
    if form.validate_on_submit() and _changed(slug, form):
        flash(gettext("Saved."), "ok")
        return redirect(url_for("projects.show", slug=slug), 303)
    body = render_template("projects/edit.html", project=project, form=form, licences=LICENCES)
    return make_response(body, 422 if form.is_submitted() else 200)


def _changed(slug: str, form: Edit) -> bool:
    try:
        with writing() as session:
            fields = {name: form[name].data or "" for name in FIELDS}
            projects.change(session, _mine(session, slug), me(session), fields)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


def _mine(session: WritingSession, slug: str) -> Project:
    return fetch(session, me(session), Project, slug, Permission.WRITE_PROJECT)


def _known(slug: str) -> Project:
    return fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)


@blueprint.post("/<slug>/publish")
@signed_in
def publish(slug: str) -> Response:
    _known(slug)
    return acted(
        lambda session: projects.publish(session, _mine(session, slug), me(session)),
        gettext("It is public now: everybody can read and rebuild it."), url_for("projects.show", slug=slug),
    )  # fmt: skip


@blueprint.post("/<slug>/unpublish")
@signed_in
def unpublish(slug: str) -> Response:
    _known(slug)
    return acted(
        lambda session: projects.unpublish(session, _mine(session, slug), me(session)),
        gettext("It is private again."), url_for("projects.show", slug=slug),
    )  # fmt: skip


@blueprint.route("/<slug>/delete", methods=["GET", "POST"])
@signed_in
def delete(slug: str) -> Response:
    project = _known(slug)
    days = context().config.retention.deleted_days
    text = _("Its page and files are gone for everybody. For %(days)s days you can restore it on your account page.")
    question = Question(
        gettext("Delete %(title)s?", title=project.title), str(text % {"days": days}), gettext("Delete the project"),
        gettext("The project is deleted."), url_for("account.index"), "danger solid", "account",
    )  # fmt: skip
    return asked(question, Form(), lambda session: projects.delete(session, _mine(session, slug), me(session)))


@blueprint.post("/restore/<key>")
@signed_in
def restore(key: str) -> Response:
    """Bring back a project of one's own that was deleted not long ago."""

    def work(session: WritingSession) -> Any:
        days = context().config.retention.deleted_days
        found = [each for each in projects.deleted_of(session, me(session), days) if each.id == key]
        if not found:
            abort(404)
        projects.restore(session, found[0], me(session))

    return acted(work, gettext("The project is back, and private."), url_for("account.index"))
