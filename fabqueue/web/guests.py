"""Guests: asking without an account, following it by a code, and making an account of it later."""

from typing import Any

import segno
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from fabqueue.analysis import kinds
from fabqueue.db import WritingSession
from fabqueue.models import Person
from fabqueue.services import guests, jobs, projects, uploads
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Kept
from fabqueue.web import jobviews, uploading
from fabqueue.web.access import open_to_all, signed_in
from fabqueue.web.errors import page
from fabqueue.web.extensions import limiter, network
from fabqueue.web.forms import AtMost, Form, LongText, Needed, Secret, Text
from fabqueue.web.people import was_wrong
from fabqueue.web.site import (
    admits_guests,
    context,
    current_guest,
    current_person,
    me,
    reading,
    remember,
    writing,
)
from fabqueue.web.text import chosen_language, language_changed

blueprint = Blueprint("guests", __name__)

WRONG_CODES = "30 per 5 minutes"
"""Tries from one address: enough for a queue at the counter, nothing against 59 random bits."""


class GuestWish(Form):
    name = Text(
        _("Your name"), [Needed(), AtMost(80)], description=_("The workshop calls you so. Nobody else sees it.")
    )
    email = Text(_("E-mail"), [AtMost(254)], description=_("Only if you want a message when something happens."))
    wish = LongText(_("What do you want?"), [AtMost(2000)],
                    description=_("How many, what for, which colour or material, by when."))  # fmt: skip


class SecondWish(Form):
    """Of a guest who is known already."""

    wish = GuestWish.wish


class Code(Form):
    code = Text(_("Your code"), [Needed(), AtMost(40)],
                render_kw={"autocomplete": "off", "autocapitalize": "characters"})  # fmt: skip


class Join(Form):
    user_name = Text(_("User name"), [Needed(), AtMost(32)],
                     description=_("Small letters, digits, dots and hyphens. You sign in with it."))  # fmt: skip
    password = Secret(_("Password"), [Needed()])


# asking


def _was_taken(response: Response) -> bool:
    return response.status_code in {200, 303}


@blueprint.route("/guest", methods=["GET", "POST"])
@limiter.limit(lambda: f"{context().config.people.guests_per_hour} per hour", key_func=network, methods=["POST"],
               deduct_when=_was_taken)  # fmt: skip
@admits_guests
@open_to_all
def ask() -> Response:
    """Name, file and wish; answers the code, which is shown this once."""
    guest = current_guest()
    if context().config.people.guests != "on" and guest is None:
        return make_response(render_template("guests/closed.html"), 403 if request.method == "POST" else 200)
    form = SecondWish() if guest else GuestWish()
    if form.validate_on_submit():
        try:
            return _filed(form, guest)
        except (Refused, Invalid, Conflict) as problem:
            form.refuse(problem if not isinstance(problem, Conflict) else Refused(problem.code))
    body = render_template("guests/ask.html", form=form, accept=",".join(kinds.EXTENSIONS),
                           largest=context().config.uploads.largest_mb * 1_000_000)  # fmt: skip
    return make_response(body, 422 if form.is_submitted() else 200)


def _filed(form: Any, guest: Person | None) -> Response:
    """The file is kept first, and nothing is open meanwhile."""
    file = uploading.sent_files()[0]
    uploads.check_format(Kept("", uploading.size_of(file)), file.filename or "")
    kept = uploading.keep(file)
    with writing() as session:
        person, code = (session.get_one(Person, guest.id), "") if guest else _begun(session, form)
        revision = uploads.add_design(session, context().config.uploads, person, kept, file.filename or "")
        projects.change(session, revision.design.project, person, {"documentation": form.wish.data})
        design = revision.design_id
    place = url_for("designs.show", key=design)
    return code_page(code, place) if code else redirect(place, 303)


def _begun(session: WritingSession, form: GuestWish) -> tuple[Person, str]:
    person = guests.begin(session, form.name.data, form.email.data, language=chosen_language())
    code = guests.give_code(session, person)
    remember(session, person)
    return person, code


def code_page(code: str, place: str, subject: Person | None = None) -> Response:
    """The code, this once; to be written down, printed or scanned. `subject`: whose it is, when staff made it."""
    address = context().config.site.public_url.rstrip("/") + url_for("guests.opened", code=code)
    matrix = segno.make(address, error="m").matrix
    body = render_template("guests/code.html", code=code, address=address, matrix=matrix, place=place, subject=subject)
    return _secretly(make_response(body))


def _secretly(answer: Response) -> Response:
    """Neither kept by the browser nor told to another site."""
    answer.headers["Cache-Control"], answer.headers["Referrer-Policy"] = "no-store", "no-referrer"
    return answer


# following


@blueprint.route("/track", methods=["GET", "POST"])
@limiter.limit(WRONG_CODES, key_func=network, methods=["POST"], deduct_when=was_wrong)
@open_to_all
def track() -> Response:
    """The code opens what the guest asked for, in this browser, until it is closed."""
    form = Code()
    if form.validate_on_submit():
        try:
            guest = guests.by_code(reading(), form.code.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            with writing() as session:
                remember(session, session.get_one(Person, guest.id))
            language_changed()
            return redirect(url_for("guests.requests"), 303)
    return _secretly(
        make_response(render_template("guests/track.html", form=form), 422 if form.is_submitted() else 200)
    )


@blueprint.get("/track/<code>")
@open_to_all
def opened(code: str) -> Response:
    """Where the printed code leads: the same form, filled; nothing is told before the button is pressed."""
    return _secretly(make_response(render_template("guests/track.html", form=Code(formdata=None, code=code[:40]))))


@blueprint.get("/guest/requests")
@admits_guests
@signed_in
def requests() -> Response:
    person = _guest(reading())
    if person is None:
        return redirect(url_for("jobs.mine"), 303)
    made = jobs.of(reading(), person)
    asked = {each.revision.design_id for each in made}
    waiting = [design for project in projects.of(reading(), person) for design in projects.designs(reading(), project)
               if design.id not in asked]  # fmt: skip
    standings = jobviews.standings(reading(), made)
    body = render_template("guests/requests.html", standings=standings, waiting=waiting, label=jobviews.state_label)
    return make_response(body)


def _guest(session: Session) -> Person | None:
    person = current_person()
    return session.get(Person, person.id) if person and person.is_guest else None


# an account of it


@blueprint.route("/guest/account", methods=["GET", "POST"])
@admits_guests
@signed_in
def join() -> Response:
    """Make an account that keeps everything."""
    if _guest(reading()) is None:
        return redirect(url_for("account.index"), 303)
    if context().config.people.sign_up != "open":
        return page(403, str(_("Ask a technician for an account; your jobs come with you.")))
    form = Join()
    if form.validate_on_submit() and _joined(form):
        return redirect(url_for("jobs.mine"), 303)
    shortest = context().config.people.shortest_password
    body = render_template("guests/join.html", form=form, shortest=shortest)
    return make_response(body, 422 if form.is_submitted() else 200)


def _joined(form: Join) -> bool:
    try:
        with writing() as session:
            guest, rules = me(session), context().config.people
            guests.become_member(session, rules, guest, form.user_name.data, form.password.data, guest)
            remember(session, guest)
    except (Invalid, Conflict) as problem:
        form.refuse(problem if isinstance(problem, Invalid) else Refused(problem.code))
        return False
    return True
