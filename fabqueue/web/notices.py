"""The bell: what a person should know, newest first."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from fabqueue.services import notices
from fabqueue.web.access import signed_in
from fabqueue.web.site import current_person, me, reading, writing

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
@signed_in
def index() -> str:
    person = current_person()
    assert person is not None
    return render_template("notices/index.html", notices=notices.latest(reading(), person))


@blueprint.post("/notices/read")
@signed_in
def read_all() -> Response:
    with writing() as session:
        notices.mark_read(session, me(session))
    return redirect(url_for("notices.index"), 303)
