"""A project's page for everybody who may see it; writing, publishing and deleting it for its authors."""

from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Project
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import archives, projects, texts
from fabqueue.web import projectviews, zips
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.explore import face
from fabqueue.web.forms import Form
from fabqueue.web.markdown import render
from fabqueue.web.security import shows_viewer
from fabqueue.web.site import context, current_person, me, reading
from fabqueue.web.text import reader

blueprint = Blueprint("projects", __name__, url_prefix="/projects")


@blueprint.get("/<slug>")
@open_to_all
def show(slug: str) -> Response:
    project = fetch(reading(), current_person(), Project, slug, Permission.READ_PROJECT)
    designs = projects.designs(reading(), project)
    may_write = allowed(current_person(), Permission.WRITE_PROJECT, project)
    photos = projectviews.visible_photos(project)
    shows_viewer()
    body = render_template(
        "projects/show.html", project=project, designs=designs, face=face(project), may_write=may_write,
        documentation=render(project.documentation, {each.id: each for each in photos}), photos=photos,
        log=projectviews.log(project, request.args.get("builds", ""), photos),
        licence=projectviews.terms(project.licence), written=texts.latest(reading(), project),
        names=projectviews.author_names(project), missing=_missing(project) if may_write else [],
        bytes=archives.size(designs),
    )  # fmt: skip
    return make_response(body)


def _missing(project: Project) -> list[tuple[str, str]]:
    """What a private project lacks for publishing: (sentence, advice)."""
    if project.is_public:
        return []
    faults = projects.publish_faults(reading(), project)
    return [(reader().say(each.code, each.values), reader().advice(each.code, each.values)) for each in faults]


@blueprint.get("/<slug>/files.zip")
@open_to_all
def archive(slug: str) -> Response:
    """Everything in one file, written while it is sent."""
    project = fetch(reading(), current_person(), Project, slug, Permission.READ_PROJECT)
    return zips.answer(project, projects.designs(reading(), project), projectviews.visible_photos(project))


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
    project = fetch(reading(), current_person(), Project, slug, Permission.OWN_PROJECT)
    days = context().config.retention.deleted_days
    text = _("Its page and files are gone for everybody. For %(days)s days you can restore it on your account page.")
    question = Question(
        gettext("Delete %(title)s?", title=project.title), str(text % {"days": days}), gettext("Delete the project"),
        gettext("The project is deleted."), url_for("account.index"), "danger solid", "account",
    )  # fmt: skip
    return asked(question, Form(), lambda session: projects.delete(
        session, fetch(session, me(session), Project, slug, Permission.OWN_PROJECT), me(session)
    ))  # fmt: skip


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
