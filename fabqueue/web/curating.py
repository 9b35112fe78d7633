"""Making a showcase: its words, its slides and their order, who may write it, when it is shown."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from htmx_flask import request as htmx_request
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.models import Person, Project, Showcase, ShowcaseItem
from fabqueue.permissions import Permission, fetch
from fabqueue.services import gallery, showcases
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.gallery import Wish
from fabqueue.web.access import signed_in
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.errors import flash_problem, said
from fabqueue.web.explore import face
from fabqueue.web.forms import AtMost, Form, LongText, Needed, Text
from fabqueue.web.showcases import About
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("curating", __name__, url_prefix="/showcases")

MOST_FOUND = 12
FURTHEST = 10_000
"""No slide is moved beyond this place."""


class Caption(Form):
    title = Text(_("Heading"), [AtMost(showcases.LONGEST["title"])])
    words = LongText(
        _("Words"), [AtMost(showcases.LONGEST["words"])], render_kw={"rows": 4}, description=_("Markdown works.")
    )
    question = Text(
        _("Ask the room"), [AtMost(showcases.LONGEST["question"])],
        description=_("A question for those who watch. It stands at the end of the slide."),
    )  # fmt: skip


class Helper(Form):
    name = Text(_("User name"), [Needed(), AtMost(64)])


def _showcase(slug: str, session: Any = None, permission: Permission = Permission.WRITE_SHOWCASE) -> Showcase:
    """The showcase in the reading session, or in `session`."""
    if session is None:
        return fetch(reading(), current_person(), Showcase, slug, permission)
    return fetch(session, me(session), Showcase, slug, permission)


def _item(showcase: Showcase, key: str) -> ShowcaseItem:
    found = next((each for each in showcase.items if each.id == key), None)
    return found or abort(404)


@blueprint.route("/<slug>/edit", methods=["GET", "POST"])
@signed_in
def edit(slug: str) -> Response:
    showcase = _showcase(slug)
    form = About(obj=showcase)
    if form.validate_on_submit():
        try:
            with writing() as session:
                title, introduction = form.title.data or "", form.introduction.data or ""
                showcases.change(session, _showcase(slug, session), me(session), title, introduction)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("curating.edit", slug=slug), 303)
    return _edit_page(showcase, form)


def _edit_page(showcase: Showcase, form: Form, words: Caption | None = None, helper: Helper | None = None) -> Response:
    query = request.args.get("q", "").strip()[:200]
    given = [form, *(each for each in (words, helper) if each)]
    body = render_template(
        "showcases/edit.html", showcase=showcase, form=form, words=words or Caption(formdata=None, prefix="new-"),
        helper=helper or Helper(formdata=None), query=query, found=_found(showcase, query), faces=_faces(showcase),
    )  # fmt: skip
    return make_response(body, 422 if any(each.errors for each in given) else 200)


def _faces(showcase: Showcase) -> dict[str, Any]:
    return {each.id: face(each.project) for each in showcase.shown if each.project}


def _found(showcase: Showcase, query: str) -> Sequence[tuple[Project, Any, bool]]:
    """Public projects to add: (project, picture, is in it already). Without words: the latest."""
    present = {each.project_id for each in showcase.items}
    found = gallery.find(reading(), Wish(words=query), limit=MOST_FOUND)
    return [(each, face(each), each.id in present) for each in found]


@blueprint.get("/<slug>/projects")
@signed_in
def find(slug: str) -> Response:
    """Projects that can be added; also a part of the page that htmx brings while somebody types."""
    showcase = _showcase(slug)
    if not htmx_request.htmx:
        return _edit_page(showcase, About(formdata=None, obj=showcase))
    query = request.args.get("q", "").strip()[:200]
    body = render_template("showcases/_found.html", showcase=showcase, query=query, found=_found(showcase, query))
    return make_response(body)


def _slides_changed(slug: str, work: Callable[[WritingSession, Showcase, Person], Any], focus: str = "") -> Response:
    """Do it and show the slides: as a part for htmx, else the whole page."""
    _showcase(slug)
    problem: Refused | Conflict | Invalid | None = None
    try:
        with writing() as session:
            work(session, _showcase(slug, session), me(session))
    except (Refused, Conflict, Invalid) as refused:
        problem = refused
    if not htmx_request.htmx:
        if problem:
            flash_problem(problem)
        return redirect(url_for("curating.edit", slug=slug, _anchor=focus or "slides"), 303)
    reading().expire_all()
    showcase = _showcase(slug)
    told = said(problem) if isinstance(problem, Refused | Conflict) else ""
    return make_response(
        render_template("showcases/_items.html", showcase=showcase, faces=_faces(showcase), problem=told)
    )


@blueprint.post("/<slug>/projects")
@signed_in
def add_project(slug: str) -> Response:
    def work(session: WritingSession, showcase: Showcase, by: Person) -> None:
        project = fetch(session, by, Project, request.form.get("project", ""), Permission.READ_PROJECT)
        showcases.add_project(session, showcase, by, project)

    return _slides_changed(slug, work)


@blueprint.post("/<slug>/words")
@signed_in
def add_words(slug: str) -> Response:
    showcase, form = _showcase(slug), Caption(prefix="new-")
    if form.validate():
        try:
            with writing() as session:
                showcases.add_words(session, _showcase(slug, session), me(session), form.title.data or "",
                                    form.words.data or "", form.question.data or "")  # fmt: skip
        except (Invalid, Refused) as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("curating.edit", slug=slug, _anchor="slides"), 303)
    return _edit_page(showcase, About(formdata=None, obj=showcase), words=form)


@blueprint.route("/<slug>/slides/<key>", methods=["GET", "POST"])
@signed_in
def slide(slug: str, key: str) -> Response:
    """The caption of one slide."""
    showcase = _showcase(slug)
    item = _item(showcase, key)
    form = Caption(obj=item)
    if form.validate_on_submit():
        try:
            with writing() as session:
                mine = _item(_showcase(slug, session), key)
                showcases.change_item(session, mine, me(session), form.title.data or "", form.words.data or "",
                                      form.question.data or "")  # fmt: skip
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return redirect(url_for("curating.edit", slug=slug, _anchor=f"slide-{key}"), 303)
    body = render_template("showcases/slide.html", showcase=showcase, item=item, form=form)
    return make_response(body, 422 if form.is_submitted() else 200)


@blueprint.post("/<slug>/slides/<key>/move")
@signed_in
def move(slug: str, key: str) -> Response:
    """Put a slide at the place `to`, counted from 0."""
    to = request.form.get("to", type=int)
    if to is None or not -FURTHEST <= to <= FURTHEST:
        abort(400)
    return _slides_changed(
        slug, lambda session, showcase, by: showcases.move(session, _item(showcase, key), by, to), f"slide-{key}"
    )


@blueprint.post("/<slug>/slides/<key>/remove")
@signed_in
def remove(slug: str, key: str) -> Response:
    return _slides_changed(slug, lambda session, showcase, by: showcases.remove(session, _item(showcase, key), by))


@blueprint.post("/<slug>/publish")
@signed_in
def publish(slug: str) -> Response:
    _showcase(slug)
    return acted(
        lambda session: showcases.publish(session, _showcase(slug, session), me(session)),
        gettext("It is public now. Everybody can see and present it."), url_for("showcases.show", slug=slug),
    )  # fmt: skip


@blueprint.post("/<slug>/unpublish")
@signed_in
def unpublish(slug: str) -> Response:
    _showcase(slug)
    return acted(
        lambda session: showcases.unpublish(session, _showcase(slug, session), me(session)),
        gettext("It is private again."), url_for("showcases.show", slug=slug),
    )  # fmt: skip


@blueprint.route("/<slug>/delete", methods=["GET", "POST"])
@signed_in
def delete(slug: str) -> Response:
    showcase = _showcase(slug, permission=Permission.LEND_SHOWCASE)
    days = context().config.retention.deleted_days
    text = gettext("Its projects stay as they are. For %(days)s days you can bring it back from the list of showcases.",
                   days=days)  # fmt: skip
    question = Question(
        gettext("Delete %(title)s?", title=showcase.title), text, gettext("Delete the showcase"),
        gettext("The showcase is deleted."), url_for("showcases.index"), "danger solid", "showcases",
    )  # fmt: skip
    return asked(
        question, Form(),
        lambda session: showcases.delete(
            session, _showcase(slug, session, Permission.LEND_SHOWCASE), me(session)
        ),
    )  # fmt: skip


@blueprint.post("/restore/<key>")
@signed_in
def restore(key: str) -> Response:
    """Bring back a showcase of one's own that was deleted not long ago."""

    def work(session: WritingSession) -> Any:
        days = context().config.retention.deleted_days
        found = [each for each in showcases.deleted_of(session, me(session), days) if each.id == key]
        if not found:
            abort(404)
        showcases.restore(session, found[0], me(session))

    return acted(work, gettext("The showcase is back, and private."), url_for("showcases.index"))


@blueprint.post("/<slug>/helpers")
@signed_in
def lend(slug: str) -> Response:
    showcase, form = _showcase(slug, permission=Permission.LEND_SHOWCASE), Helper()
    if form.validate():
        try:
            with writing() as session:
                mine = _showcase(slug, session, Permission.LEND_SHOWCASE)
                showcases.lend(session, mine, me(session), form.name.data or "")
        except Refused as refused:
            form.refuse(refused)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(url_for("curating.edit", slug=slug, _anchor="helpers"), 303)
        else:
            return redirect(url_for("curating.edit", slug=slug, _anchor="helpers"), 303)
    return _edit_page(showcase, About(formdata=None, obj=showcase), helper=form)


@blueprint.post("/<slug>/helpers/<name>/remove")
@signed_in
def take_back(slug: str, name: str) -> Response:
    showcase = _showcase(slug, permission=Permission.LEND_SHOWCASE)
    found = next((each.person for each in showcase.helpers if each.person.user_name == name), None)
    person = found or abort(404)

    def work(session: WritingSession) -> None:
        mine = _showcase(slug, session, Permission.LEND_SHOWCASE)
        showcases.take_back(session, mine, me(session), person.id)

    back = url_for("curating.edit", slug=slug, _anchor="helpers")
    return acted(work, gettext("They write it no longer."), back)
