"""Signing up, in and out; a new password."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from fabqueue.models import Person
from fabqueue.services import password_mails, people, tokens
from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.access import open_to_all
from fabqueue.web.back import own_path
from fabqueue.web.errors import page, said
from fabqueue.web.extensions import limiter, network
from fabqueue.web.forms import Form, Needed, Secret, Text
from fabqueue.web.site import admits_guests, context, current_person, forget, reading, remember, writing
from fabqueue.web.text import chosen_language, language_changed, reader

blueprint = Blueprint("people", __name__)

WRONG_TRIES = "10 per 5 minutes"
"""For one account from one address."""
WRONG_TRIES_OF_NETWORK = "300 per 5 minutes"
"""For all names together: a class of thirty who all use up their own tries, and not one guess a second for long."""
WRONG_LINKS = "60 per 5 minutes"
ASKED_LINKS = "5 per hour"


class SignIn(Form):
    name = Text(_("User name or e-mail"), [Needed()])
    password = Secret(_("Password"), [Needed()])
    next = Text()


class SignUp(Form):
    user_name = Text(
        _("User name"), [Needed()], description=_("Small letters, digits, dots and hyphens. You sign in with it.")
    )
    display_name = Text(_("Name others see"), description=_("Left empty, your user name is shown."))
    email = Text(
        _("E-mail"),
        description=_("Only for messages about your jobs and for a new password. You can do without."),
    )
    password = Secret(_("Password"), [Needed()])
    next = Text()


class Forgot(Form):
    name = Text(_("User name or e-mail"), [Needed()])


class NewPassword(Form):
    password = Secret(_("New password"), [Needed()])


def account_and_address() -> str:
    """Whom wrong tries count for: this account from this address; a class behind one address is never locked out."""
    name = request.form.get("name", "").strip().lower()
    person = people.by_name(reading(), name)
    return f"{person.id if person else name}@{network()}"


def was_wrong(response: Response) -> bool:
    """Only what did not fit counts against a limit."""
    return response.status_code == 422


def _was_made_up(response: Response) -> bool:
    return response.status_code == 404


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(WRONG_TRIES_OF_NETWORK, key_func=network, methods=["POST"], deduct_when=was_wrong)
@limiter.limit(WRONG_TRIES, key_func=account_and_address, methods=["POST"], deduct_when=was_wrong)
@open_to_all
def sign_in() -> Response:
    form = SignIn(data={"next": request.args.get("next", "")})
    target = own_path(form.next.data, url_for("make.index"))
    if current_person() is not None:
        return redirect(target, 303)
    if form.validate_on_submit():
        person = people.sign_in(reading(), form.name.data, form.password.data)
        if person is not None:
            with writing() as session:
                remember(session, session.get_one(Person, person.id))
            language_changed()
            return redirect(target, 303)
        form.refuse(Refused("sign_in_wrong"))
    return _answer("people/sign_in.html", form, is_open=_is_open())


@blueprint.route("/sign-up", methods=["GET", "POST"])
@limiter.limit("200 per hour", key_func=network, methods=["POST"])
@open_to_all
def sign_up() -> Response:
    form = SignUp(data={"next": request.args.get("next", "")})
    target = own_path(form.next.data, url_for("make.index"))
    if current_person() is not None:
        return redirect(target, 303)
    if not _is_open():
        return make_response(render_template("people/sign_up_closed.html"), 403 if form.is_submitted() else 200)
    if form.validate_on_submit() and _signed_up(form):
        return redirect(target, 303)
    return _answer("people/sign_up.html", form, shortest=context().config.people.shortest_password)


def _signed_up(form: SignUp) -> bool:
    rules, language = context().config.people, chosen_language()
    try:
        with writing() as session:
            person = people.sign_up(session, rules, form.user_name.data, form.password.data, language=language,
                                    display_name=form.display_name.data, email=form.email.data)  # fmt: skip
            session.flush()
            remember(session, person)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


def _is_open() -> bool:
    return context().config.people.sign_up == "open"


def _answer(template: str, form: Form, **more: object) -> Response:
    """The form's page: 422 when something was wrong with what was sent."""
    return make_response(render_template(template, form=form, **more), 422 if form.is_submitted() else 200)


@blueprint.post("/sign-out")
@admits_guests
@open_to_all
def sign_out() -> Response:
    with writing() as session:
        forget(session)
    language_changed()
    return redirect(url_for("explore.index"), 303)


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@limiter.limit(ASKED_LINKS, key_func=account_and_address, methods=["POST"])
@open_to_all
def forgot() -> Response:
    """Ask for a link by mail; the answer never tells whether an account exists."""
    form = Forgot()
    has_mail = bool(context().config.mail.host)
    if has_mail and form.validate_on_submit():
        _ask_for_mail(form.name.data)
        return redirect(url_for("people.forgot", sent=1), 303)
    return _answer("people/forgot.html", form, has_mail=has_mail, is_sent=has_mail and "sent" in request.args)


def _ask_for_mail(name: str) -> None:
    with writing() as session:
        person = people.by_name(session, name)
        if person is not None and person.email:
            password_mails.ask(session, person)


@blueprint.route("/new-password/<secret>", methods=["GET", "POST"])
@limiter.limit(WRONG_LINKS, key_func=network, deduct_when=_was_made_up)
@open_to_all
def new_password(secret: str) -> Response:
    """Choose a new password by a one-time link, and be signed in."""
    try:
        link = people.open_link(reading(), secret)
        form = NewPassword()
        if form.validate_on_submit() and _chose(secret, form):
            return redirect(url_for("make.index"), 303)
    except Refused as refused:
        return page(404, said(refused))
    shortest = context().config.people.shortest_password
    answer = _answer("people/new_password.html", form, name=link.person.user_name, shortest=shortest,
                     token_count=len(tokens.of(reading(), link.person)))  # fmt: skip
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _chose(secret: str, form: NewPassword) -> bool:
    try:
        with writing() as session:
            person, ended = people.use_link(session, context().config.people, secret, form.password.data)
            session.flush()
            remember(session, person)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    say_new_password(ended)
    return True


def say_new_password(ended_tokens: int) -> None:
    """Tell on the next page what else a new password has ended."""
    said = [str(_("Your new password is set, and every other sign-in has ended."))]
    if ended_tokens:
        said.append(ngettext("%(num)s key for programs works no more.", "%(num)s keys for programs work no more.",
                             ended_tokens))  # fmt: skip
    flash(reader().together(*said), "ok")
