"""Writing a project's page: its words with pictures and a preview, and what authors add to builds of the log."""

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField

from fabqueue.db import WritingSession
from fabqueue.models import Build, Photo, Project
from fabqueue.permissions import Permission, fetch
from fabqueue.services import builds, licences, photos, projects, tags, texts
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.projects import FIELDS
from fabqueue.web import projectviews
from fabqueue.web.access import signed_in
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Form, LongText, Needed, Text, YesNo
from fabqueue.web.markdown import render
from fabqueue.web.photos import ACCEPT, take_sent
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("writing", __name__, url_prefix="/projects/<slug>")

MOST_DOCUMENTATION = 100_000


class Edit(Form):
    title = Text(_("Title"), [Needed(), AtMost(120)])
    summary = LongText(_("In one or two sentences"), [AtMost(400)])
    function = Text(_("What it is for"), [AtMost(400)], description=_("For example: holds a shelf of up to 30 cm."))
    documentation = LongText(
        _("Documentation"), [AtMost(MOST_DOCUMENTATION)],
        description=_("How to make it and put it together. Markdown: # heading, - list, **bold**, [text](https://…)."),
    )  # fmt: skip
    tags = Text(_("Tags"), [AtMost(500)], description=_("Words it is found by, with commas: repair, garden, 3d print."))
    licence = Text(
        _("Licence"), [AtMost(licences.LONGEST)],
        description=_("A name of the SPDX list, such as CERN-OHL-S-2.0; several are joined by OR, AND or WITH."),
    )  # fmt: skip
    licensor = Text(_("Who gives the licence"), [AtMost(200)])
    version = Text(_("Version"), [AtMost(40)])
    base = HiddenField()
    """The number of the version of the words that was read, so that nobody overwrites what somebody else saved."""


@blueprint.route("/edit", methods=["GET", "POST"])
@signed_in
def edit(slug: str) -> Response:
    project = _known(slug)
    form = Edit(obj=project)
    if not form.is_submitted():
        form.tags.data, form.base.data = ", ".join(project.tag_names), texts.last_number(reading(), project)
        return _page(project, form)
    if "add_pictures" in request.form:  # the same page again, with everything typed and the pictures behind it
        form.documentation.data = _with_pictures(form.documentation.data or "", _add_photos(project))
        return _page(project, form, is_look=True)
    if "look" in request.form:
        return _page(project, form, is_look=True)
    if form.validate() and _changed(slug, form):
        flash(gettext("Saved."), "ok")
        return _to(url_for("projects.show", slug=slug))
    return _page(project, form, 422)


def _page(project: Project, form: Edit, status: int = 200, *, is_look: bool = False) -> Response:
    shown = projectviews.visible_photos(project)
    preview = render(form.documentation.data or "", {each.id: each for each in shown}) if is_look else None
    common = [part for name in licences.COMMON for part in licences.plain(name)]
    body = render_template(
        "projects/edit.html", project=project, form=form, licences=common, tags=tags.known(reading()), preview=preview,
        photos=[(each, projectviews.as_markdown(each)) for each in shown], accept=ACCEPT,
    )  # fmt: skip
    return make_response(body, status)


def _changed(slug: str, form: Edit) -> bool:
    base = str(form.base.data or "")
    try:
        with writing() as session:
            fields = {name: form[name].data or "" for name in FIELDS}
            number = int(base) if base.isdecimal() and len(base) < 9 else None
            projects.change(session, _mine(session, slug), me(session), fields, number)
    except Refused as refused:
        form.refuse(refused)
        form.base.raw_data = None
        form.base.data = texts.last_number(reading(), _known(slug))  # who saves again has read that
        return False
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


@blueprint.post("/preview")
@signed_in
def preview(slug: str) -> str:
    """The documentation as it would stand on the page; nothing is saved."""
    project = _known(slug)
    text = request.form.get("documentation", "")[:MOST_DOCUMENTATION]
    return render(text, projectviews.photos_by_key(project))


def _with_pictures(text: str, added: list[Photo]) -> str:
    named = "\n\n".join(projectviews.as_markdown(each) for each in added)
    return f"{text.rstrip()}\n\n{named}\n".lstrip() if named else text


def _add_photos(project: Project, build: Build | None = None) -> list[Photo]:
    """Keep the photos of this request. What was refused is said on the next page."""
    taken, refused = take_sent(project)
    if not taken and not refused:
        flash_problem(Refused("photo_missing"))
    if not taken:
        return []
    words = request.form.get("alternative_text", "")
    try:
        with writing() as session:
            mine = _mine(session, project.slug)
            built = builds.numbered(session, mine, build.number) if build else None
            made = [photos.keep(session, context().config.uploads, me(session), mine, each, build=built,
                                alternative_text=words) for each in taken]  # fmt: skip
            keys = [each.id for each in made]
    except Refused as refusal:
        flash_problem(refusal)
        return []
    flash(ngettext("%(num)s photo added.", "%(num)s photos added.", len(keys)), "ok")
    return [reading().get_one(Photo, key) for key in keys]


# builds


class Note(Form):
    text = LongText(
        _("Your note"), [AtMost(builds.LONGEST_NOTE)],
        description=_("What others should know, for example why it failed. What the machines wrote stays as it is."),
    )  # fmt: skip
    pictures_shown = YesNo(_("Show its pictures"))


@blueprint.route("/builds/<int:number>", methods=["GET", "POST"])
@signed_in
def build(slug: str, number: int) -> Response:
    """What an author adds to a build of the log. What the machines wrote stays."""
    project = _known(slug)
    found = builds.numbered(reading(), project, number) or abort(404)
    form = Note(text=found.author_note, pictures_shown=found.pictures_shown)
    if form.validate_on_submit() and _noted(slug, number, form):
        flash(gettext("Saved."), "ok")
        return _to(url_for("projects.show", slug=slug, _anchor=f"build-{number}"))
    mine = [each for each in projectviews.visible_photos(project) if each.build_id == found.id]
    body = render_template("projects/build.html", project=project, build=found, form=form, photos=mine, accept=ACCEPT)
    return make_response(body, 422 if form.is_submitted() else 200)


def _noted(slug: str, number: int, form: Note) -> bool:
    try:
        with writing() as session:
            mine = _mine(session, slug)
            seen = builds.numbered(session, mine, number) or abort(404)
            builds.annotate(session, mine, me(session), seen, form.text.data or "", bool(form.pictures_shown.data))
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


@blueprint.post("/builds/<int:number>/photos")
@signed_in
def build_photos(slug: str, number: int) -> Response:
    """Photos of one build."""
    project = _known(slug)
    _add_photos(project, builds.numbered(reading(), project, number) or abort(404))
    return _to(url_for("writing.build", slug=slug, number=number))


def _to(place: str) -> Response:
    return make_response(redirect(place, 303))


def _mine(session: WritingSession, slug: str) -> Project:
    return fetch(session, me(session), Project, slug, Permission.WRITE_PROJECT)


def _known(slug: str) -> Project:
    return fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)
