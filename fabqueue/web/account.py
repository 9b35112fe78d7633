"""The person's own account: profile, password, keys for programs, money, certificates."""

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import now
from fabqueue.models import Certification, Entry, Job, MachineModel, Person, Token
from fabqueue.permissions import Permission, fetch
from fabqueue.services import guarding, ledger, notices, people, projects, sign_ins, tokens
from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.access import signed_in
from fabqueue.web.browsers import known_as
from fabqueue.web.extensions import limiter
from fabqueue.web.forms import AtMost, Choice, Form, Needed, Secret, Text, YesNo
from fabqueue.web.people import WRONG_TRIES, say_new_password
from fabqueue.web.site import context, current_person, current_sign_in, me, reading, remember, writing
from fabqueue.web.text import language_changed
from fabqueue.wording import LANGUAGES

blueprint = Blueprint("account", __name__)


class Profile(Form):
    display_name = Text(
        _("Name others see"), [Needed(), AtMost(80)],
        description=_("It may be an alias. Where it stands as licensor of your projects, it changes with it."),
    )  # fmt: skip
    private_name = Text(
        _("Your own name"), [AtMost(80)], description=_("Only staff see it, so that they find you at the counter.")
    )
    email = Text(_("E-mail"), [AtMost(254)], description=_("Only for messages about your jobs and for a new password."))
    language = Choice(_("Language"))
    mail_notices = YesNo(
        _("Send me mail"), description=_("You choose below what comes by mail. Switched off, nothing does.")
    )
    named_on_builds = YesNo(
        _("Show my name on public build logs"),
        description=_("Otherwise what you made is shown as made by a member."),
    )
    named_on_projects = YesNo(
        _("Show my name on projects I publish"),
        description=_("Otherwise they have no author's name, and the lab's name stands as licensor in place of yours."),
    )


class ChangePassword(Form):
    old_password = Secret(_("Password now"), [Needed()])
    password = Secret(_("New password"), [Needed()])
    end_tokens = YesNo(
        default=True, description=_("Do so if somebody else may know your password. Programs then need a new key.")
    )


class NewToken(Form):
    name = Text(_("What it is for"), [Needed(), AtMost(80)], description=_("For example: PrusaSlicer at home."))


def _person() -> Person:
    person = current_person()
    assert person is not None
    return person


def _profile(**given: Any) -> Profile:
    """The profile as it was sent; `formdata=None`: as it is stored."""
    form = Profile(obj=_person(), **given)
    named = [SelectChoice(code, name, render_kw={"translate": "no"}) for code, name in LANGUAGES.items()]
    form.language.choices = [SelectChoice("", _("As the browser asks")), *named]
    return form


@blueprint.get("/account")
@signed_in
def index() -> Response:
    return _page(_profile(), ChangePassword(), NewToken())


def _page(profile: Profile, password: ChangePassword, token: NewToken, status: int = 200, **more: object) -> Response:
    session, person = reading(), _person()
    account = ledger.account_of(session, person)
    entries = ledger.entries(session, account)
    held = tokens.of(session, person)
    password.end_tokens.label.text = ngettext("Also end my %(num)s key for programs",
                                              "Also end my %(num)s keys for programs", len(held))  # fmt: skip
    body = render_template(
        "account/index.html", profile=profile, password=password, token=token, tokens=held,
        balance=ledger.balance(session, account), entries=entries, jobs=_jobs(session, entries),
        certificates=_certificates(session, person), projects=projects.of(session, person),
        deleted=projects.deleted_of(session, person, context().config.retention.deleted_days),
        wards=guarding.wards(session, person), sign_ins=sign_ins.of(session, person),
        here=current_sign_in(), known_as=known_as,
        ways=[(kind, _ways(person, kind)) for kind in notices.kinds_for(person)],
        shortest=context().config.people.shortest_password, has_mail=bool(context().config.mail.host), **more,
    )  # fmt: skip
    return make_response(body, status)


def _ways(person: Person, kind: str) -> dict[str, bool]:
    """The ways that may be chosen for a kind of notice, and whether they are."""
    return {way: f"{kind}:{way}" not in person.muted for each, way in notices.choices(person) if each == kind}


def _jobs(session: Session, entries: list[Entry]) -> dict[str, Job]:
    found = {each.job_id: session.get(Job, each.job_id) for each in entries if each.job_id}
    return {key: job for key, job in found.items() if key and job}


def _certificates(session: Session, person: Person) -> list[tuple[Certification, MachineModel | None]]:
    """The certifications that hold now, each with the machine model it names, if it names one."""
    moment = now()
    held = [each for each in person.certifications if each.is_valid(moment)]
    named = {each.machine_model_id for each in held if each.machine_model_id}
    models = {key: session.get(MachineModel, key) for key in named}
    return [(each, models.get(each.machine_model_id or "")) for each in held]


@blueprint.post("/account/profile")
@signed_in
def change_profile() -> Response:
    form = _profile()
    if form.validate_on_submit() and _changed(form):
        language_changed()
        flash(str(_("Saved.")), "ok")
        return redirect(url_for("account.index"), 303)
    return _page(form, ChangePassword(formdata=None), NewToken(formdata=None), 422)


def _changed(form: Profile) -> bool:
    try:
        with writing() as session:
            people.update_profile(
                session, me(session), display_name=form.display_name.data, email=form.email.data,
                language=form.language.data, mail_notices=form.mail_notices.data,
                named_on_builds=form.named_on_builds.data, named_on_projects=form.named_on_projects.data,
                private_name=form.private_name.data,
            )  # fmt: skip
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


def _was_guessed(_response: Response) -> bool:
    return bool(g.get("was_guessed"))


@blueprint.post("/account/password")
@limiter.limit(WRONG_TRIES, deduct_when=_was_guessed)
@signed_in
def change_password() -> Response:
    form = ChangePassword()
    if form.validate_on_submit() and _has_new_password(form):
        return redirect(url_for("account.index"), 303)
    return _page(_profile(formdata=None), form, NewToken(formdata=None), 422)


def _has_new_password(form: ChangePassword) -> bool:
    try:
        with writing() as session:
            person, rules = me(session), context().config.people
            ended = people.change_password(session, rules, person, form.old_password.data, form.password.data,
                                           keep_tokens=not form.end_tokens.data)  # fmt: skip
            session.flush()
            remember(session, person)
    except (Refused, Invalid) as problem:
        g.was_guessed = isinstance(problem, Refused)
        form.refuse(problem)
        return False
    say_new_password(ended)
    return True


@blueprint.post("/account/tokens")
@signed_in
def create_token() -> Response:
    """Make a key and show it this once."""
    form = NewToken()
    secret = ""
    if form.validate_on_submit():
        with writing() as session:
            _token, secret = tokens.create(session, me(session), form.name.data)
    fresh = NewToken(formdata=None) if secret else form
    answer = _page(_profile(formdata=None), ChangePassword(formdata=None), fresh, 200 if secret else 422, secret=secret)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/account/tokens/<key>/revoke", methods=["GET", "POST"])
@signed_in
def revoke_token(key: str) -> Response:
    token = fetch(reading(), current_person(), Token, key, Permission.OWN_TOKEN)
    if request.method == "POST":
        with writing() as session:
            found = fetch(session, me(session), Token, key, Permission.OWN_TOKEN)
            tokens.revoke(session, found, me(session))
        flash(str(_("That key works no more.")), "ok")
        return redirect(url_for("account.index", _anchor="keys"), 303)
    text = _("Programs that use “%(name)s” cannot send anything any more.") % {"name": token.name}
    return make_response(
        render_template(
            "confirm.html", title=_("End this key?"), text=text,
            action=url_for("account.revoke_token", key=token.id), yes=_("End the key"),
            back=url_for("account.index", _anchor="keys"),
        )
    )  # fmt: skip
