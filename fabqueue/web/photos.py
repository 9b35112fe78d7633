"""Photos: their pictures, a project's page of them, and what their people and staff do with them."""

from typing import BinaryIO, cast

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Answer

from fabqueue.analysis.photo import EXTENSIONS
from fabqueue.calls import look_again
from fabqueue.db import WritingSession
from fabqueue.models import Photo, Project
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import photos
from fabqueue.services.errors import Refused
from fabqueue.services.photos import Pictures
from fabqueue.tasks import photos as taking
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.acting import Question, acted, asked, back_to
from fabqueue.web.errors import flash_problem, said
from fabqueue.web.forms import AtMost, Form, Text
from fabqueue.web.projectviews import visible_photos
from fabqueue.web.site import admits_guests, context, current_person, me, reading, writing

blueprint = Blueprint("photos", __name__)

ACCEPT = ",".join(("image/*", *EXTENSIONS))
"""For the file chooser: phones offer the camera and what they took before."""


class Withdraw(Form):
    reason = Text(_("Reason"), [AtMost(photos.LONGEST_REASON)], description=_("For those who look after the project."))


# pictures


@blueprint.get("/photos/<key>")
@admits_guests
@open_to_all
def large(key: str) -> Response:
    photo = _shown(key)
    return _picture(photo, photo.large_sha256)


@blueprint.get("/photos/<key>/small")
@admits_guests
@open_to_all
def small(key: str) -> Response:
    photo = _shown(key)
    return _picture(photo, photo.small_sha256)


def _shown(key: str) -> Photo:
    photo = fetch(reading(), current_person(), Photo, key, Permission.READ_PHOTO)
    if not photo.is_shown:
        abort(404)
    return photo


def _picture(photo: Photo, sha256: str | None) -> Response:
    try:
        place = context().storage.path(sha256 or "0" * 64)
    except FileNotFoundError:
        abort(404)
    answer = send_file(place, mimetype="image/jpeg", etag=sha256 or True, last_modified=None)
    is_public = photo.is_for_everybody and photo.project.is_public
    answer.headers["Cache-Control"] = f"{'public' if is_public else 'private'}, no-cache"
    return answer


# a project's photos


@blueprint.get("/projects/<slug>/photos")
@open_to_all
def index(slug: str) -> Answer:
    return _page(fetch(reading(), current_person(), Project, slug, Permission.READ_PROJECT))


def _page(project: Project, status: int = 200) -> Answer:
    days = context().config.retention.deleted_days
    gone = photos.withdrawn_of(reading(), project, days)
    body = render_template(
        "photos/index.html", project=project, photos=visible_photos(project), days=days, accept=ACCEPT,
        withdrawn=[each for each in gone if _may(Permission.CHANGE_PHOTO, each)],
        may_add=allowed(current_person(), Permission.WRITE_PROJECT, project),
    )  # fmt: skip
    return make_response(body, status)


def _may(permission: Permission, photo: Photo) -> bool:
    return allowed(current_person(), permission, photo)


@blueprint.post("/projects/<slug>/photos")
@signed_in
def add(slug: str) -> Answer:
    """Add the photos of this request to a project."""
    project = fetch(reading(), current_person(), Project, slug, Permission.WRITE_PROJECT)
    taken, refused = take_sent(project)
    if taken:
        with writing() as session:
            found = fetch(session, me(session), Project, slug, Permission.WRITE_PROJECT)
            for each in taken:
                photos.keep(session, context().config.uploads, me(session), found, each,
                            alternative_text=request.form.get("alternative_text", ""))  # fmt: skip
        flash(ngettext("%(num)s photo added.", "%(num)s photos added.", len(taken)), "ok")
    if not taken and not refused:
        flash_problem(Refused("photo_missing"))
    return redirect(back_to(_place(slug)), 303)


def _place(slug: str) -> str:
    return url_for("photos.index", slug=slug)


def sent() -> list[FileStorage]:
    """The photos of this request: taken now, or chosen."""
    return [each for each in request.files.getlist("photo") if each.filename]


def take_sent(project: Project) -> tuple[list[Pictures], list[str]]:
    """Make every photo of this request small and clean; what was refused is said on the next page and returned.

    The project's limits are asked first, so that no work is done in vain. No transaction stays open meanwhile.
    """
    taken, refused, person = [], [], current_person()
    assert person is not None
    files = sent()
    look_again()
    for file in files:
        try:
            photos.check(reading(), context().config.uploads, person, project, 0)
            look_again()
            taken.append(taking.take(context(), cast(BinaryIO, file.stream)))
        except Refused as problem:
            refused.append(f"{file.filename}: {said(problem)}")
    for each in refused:
        flash(each, "bad")
    return taken, refused


# one photo


def _mine(session: WritingSession, key: str) -> Photo:
    return fetch(session, me(session), Photo, key, Permission.CHANGE_PHOTO)


def _known(key: str) -> Photo:
    return fetch(reading(), current_person(), Photo, key, Permission.CHANGE_PHOTO)


@blueprint.post("/photos/<key>/text")
@signed_in
def describe(key: str) -> Answer:
    """Say what it shows, for people who do not see it."""
    photo = _known(key)
    text = request.form.get("alternative_text", "")
    return acted(
        lambda session: photos.describe(session, _mine(session, key), me(session), text), gettext("Saved."),
        back_to(_place(photo.project.slug)),
    )  # fmt: skip


@blueprint.post("/photos/<key>/move")
@signed_in
def move(key: str) -> Answer:
    """One place earlier or later."""
    project = fetch(reading(), current_person(), Project, _known(key).project_id, Permission.WRITE_PROJECT)
    places = -1 if request.form.get("to") == "earlier" else 1
    return acted(
        lambda session: photos.move(session, _mine(session, key), me(session), places), gettext("The order is saved."),
        back_to(_place(project.slug)),
    )  # fmt: skip


@blueprint.route("/photos/<key>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(key: str) -> Answer:
    """Take it off all pages, after one question."""
    photo, form = _known(key), Withdraw()
    text = _("Nobody sees it any more; that it was there stays written. For %(days)s days it can be brought back.")
    question = Question(
        gettext("Withdraw this photo?"), str(text % {"days": context().config.retention.deleted_days}),
        gettext("Withdraw the photo"), gettext("The photo is withdrawn."), back_to(_place(photo.project.slug)),
        "danger solid", "explore",
    )  # fmt: skip
    return asked(
        question, form, lambda session: photos.withdraw(session, _mine(session, key), me(session), form.reason.data)
    )


@blueprint.post("/photos/<key>/restore")
@signed_in
def restore(key: str) -> Answer:
    photo = _known(key)
    return acted(
        lambda session: photos.restore(session, _mine(session, key), me(session)),
        gettext("The photo is shown again."), back_to(_place(photo.project.slug)),
    )  # fmt: skip
