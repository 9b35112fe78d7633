"""Choosing a language: for the account, or for this browser."""

from flask import Blueprint, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from fabqueue.web.access import open_to_all
from fabqueue.web.back import own_path
from fabqueue.web.site import admits_guests, current_person, me, writing
from fabqueue.web.text import language_changed
from fabqueue.wording import LANGUAGES

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
@admits_guests
@open_to_all
def choose() -> Response:
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        abort(400)
    session["language"] = chosen
    if current_person() is not None:
        with writing() as opened:
            me(opened).language = chosen
    language_changed()
    return redirect(own_path(request.form.get("next"), url_for("explore.index")), 303)
