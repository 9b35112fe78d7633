"""Setting up an empty lab in a browser: a code that only its operator knows, a few questions, the first admin.

Afterwards none of these addresses exists. The answers wait in the browser's own signed cookie until they are applied,
so that an interrupted set-up goes on where it was.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue import config
from fabqueue.calls import is_for_machines
from fabqueue.models import ImportedProfile, Machine, Person, Stock
from fabqueue.permissions import Permission
from fabqueue.services import events, policy, setup
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.setup import LabKind, Pays
from fabqueue.web import choosing
from fabqueue.web.access import guarded, permitted
from fabqueue.web.errors import flash_problem
from fabqueue.web.extensions import limiter, network
from fabqueue.web.forms import AtMost, Form, Needed, OneOf, Secret, Text
from fabqueue.web.policy import answers as answered
from fabqueue.web.policy import in_words, settings_form
from fabqueue.web.site import context, reading, remember, the_site, writing
from fabqueue.web.text import chosen_language, language_changed, reader

blueprint = Blueprint("setup", __name__)

WRONG_CODES = "10 per 5 minutes"
STEPS = ("lab", "rules", "review", "account")
LAB = ("site.name", "site.public_url", "site.language", "site.time_zone", "site.currency")
_PROVEN, _ANSWERS = "setup", "setup_answers"
_OVER = "fabqueue_is_set_up"


class Code(Form):
    code = Text(lazy_gettext("Code"), [Needed(), AtMost(60)])


class FirstAdmin(Form):
    """The account of whoever sets the lab up."""

    user_name = Text(
        lazy_gettext("User name"), [Needed(), AtMost(80)],
        description=lazy_gettext("Small letters, digits, dots and hyphens. You sign in with it."),
    )  # fmt: skip
    password = Secret(lazy_gettext("Password"), [Needed()])
    display_name = Text(lazy_gettext("Name others see"), [AtMost(80)],
                        description=lazy_gettext("Left empty, your user name is shown."))  # fmt: skip
    email = Text(lazy_gettext("E-mail"), [AtMost(254)],
                 description=lazy_gettext("Only for messages and for a new password. You can do without."))  # fmt: skip


# who may be here


def is_set_up() -> bool:
    """Whether somebody has an account; once so, always so."""
    if not current_app.extensions.get(_OVER):
        current_app.extensions[_OVER] = not setup.is_open(reading())
    return bool(current_app.extensions[_OVER])


def _while_open() -> Response | None:
    if is_set_up():
        abort(404)
    return None


def _proven() -> Response | None:
    """For whoever showed the code; others are asked for it."""
    _while_open()
    return None if hmac.compare_digest(str(session.get(_PROVEN, "")), _proof()) else redirect(url_for("setup.index"))


def _proof() -> str:
    return hashlib.sha256(context().storage.setup_code().encode()).hexdigest()


def _is_code(typed: str) -> bool:
    """Whether that is the code; hyphens, blanks and large letters do not matter."""
    plain = "".join(each for each in typed.lower() if each.isalnum())
    return hmac.compare_digest(plain.encode(), context().storage.setup_code().replace("-", "").encode())


def _was_wrong(response: Response) -> bool:
    return response.status_code == 422


def send_to_setup() -> Response | None:
    """On an empty lab every page leads to its set-up; nobody makes an account before."""
    pages = request.blueprint not in {None, "setup", "language", "guides", "watch"} and not is_for_machines()
    if not pages or request.endpoint == "static" or is_set_up():
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(404)
    return redirect(url_for("setup.index"))


@blueprint.route("/setup", methods=["GET", "POST"])
@limiter.limit(WRONG_CODES, key_func=network, deduct_when=_was_wrong)
@guarded(_while_open)
def index() -> Response:
    """Asks for the code, or takes it from the link; then goes on where the set-up was."""
    form = Code(data={"code": request.args.get("code", "")})
    tried = form.code.data if form.is_submitted() else request.args.get("code", "")
    if not tried and _proven() is None:
        return redirect(url_for(f"setup.{_next_step()}"), 303)
    if tried and (request.method == "GET" or form.validate()):
        if _is_code(tried):
            session[_PROVEN] = _proof()
            return redirect(url_for(f"setup.{_next_step()}"), 303)
        form.refuse(Refused("setup_code_wrong", field="code"))
    answer = _page("setup/code.html", form, 422 if tried or form.is_submitted() else 200)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _next_step() -> str:
    given = _given()
    return next((step for step in STEPS if step not in given.get("done", [])), "account")


# the questions


@blueprint.route("/setup/lab", methods=["GET", "POST"])
@guarded(_proven)
def lab() -> Response:
    """What kind of lab it is, and what it is called."""
    names = _asked(LAB)
    kind = OneOf(lazy_gettext("What kind of lab is it?"),
                 choices=[SelectChoice(each.value, reader().say(f"lab_{each}")) for each in LabKind])  # fmt: skip
    form = settings_form(names, _guesses() | _given().get("lab", {}), hours=False, kind=kind)
    if form.is_submitted() and form.validate():
        sent = {"kind": form.kind.data, **answered(form, names)}
        if _would_do(form, {name: sent[name] for name in names}):
            return _answered("lab", sent)
    return _step("lab", form)


def _guesses() -> dict[str, str]:
    """What the lab's answers probably are, where nothing was decided."""
    holds, default = context().config.site, config.Config().site
    guessed = {
        "kind": "club", "site.name": "" if holds.name == default.name else holds.name,
        "site.public_url": request.url_root.rstrip("/"), "site.language": chosen_language(),
        "site.time_zone": choosing.zone_of_this_computer(),
    }  # fmt: skip
    if holds.public_url != default.public_url:
        guessed["site.public_url"] = holds.public_url
    if holds.time_zone != default.time_zone:
        guessed["site.time_zone"] = holds.time_zone
    return guessed


@blueprint.route("/setup/rules", methods=["GET", "POST"])
@guarded(_proven)
def rules() -> Response:
    """Who may make an account, and who pays."""
    if "lab" not in _given():
        return redirect(url_for("setup.lab"), 303)
    kind = LabKind(_given()["lab"]["kind"])
    names = _asked(("people.sign_up",))
    usual = {"people.sign_up": setup.SIGN_UP[kind], "pays": setup.PAYS[kind].value}
    pays = OneOf(lazy_gettext("Who pays for what is made?"),
                 choices=[SelectChoice(each.value, reader().say(f"pays_{each}")) for each in Pays])  # fmt: skip
    form = settings_form(names, usual | _given().get("rules", {}), hours=False, pays=pays)
    if form.is_submitted() and form.validate():
        return _answered("rules", {"pays": form.pays.data, **answered(form, names)})
    return _step("rules", form)


@blueprint.route("/setup/review", methods=["GET", "POST"])
@guarded(_proven)
def review() -> Response:
    """Shows what will hold, before it does."""
    if not {"lab", "rules"} <= _given().keys():
        return redirect(url_for("setup.index"), 303)
    form, wanted = Form(), _wanted(_given())
    if form.validate_on_submit():
        try:
            with writing() as opened:
                policy.change(opened, context().settings, events.SYSTEM, wanted)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            context().policy_changed()
            return _answered("review", {})
    fixed = {name: text for name in context().settings.fixed if name in config.adjustable()
             and (text := config.text_of(context().settings, name)) is not None}  # fmt: skip
    return _step("review", form, rows=_rows(wanted), fixed=_rows(fixed), places=context().settings.fixed)


def _rows(values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, label, value in words), in the order of the settings page."""
    return [(name, reader().say(policy.words(name)), in_words(name, values[name]))
            for name in config.adjustable() if name in values]  # fmt: skip


def _wanted(given: Mapping[str, Any]) -> dict[str, str]:
    """Everything that the answers mean, but what the file or the environment says."""
    kind, pays = LabKind(given["lab"]["kind"]), Pays(given["rules"]["pays"])
    sign_up = given["rules"].get("people.sign_up", setup.SIGN_UP[kind])
    meant = {
        **setup.policy_of(kind, sign_up, pays),
        **{name: given["lab"][name] for name in LAB if name in given["lab"]},
    }
    return {name: text for name, text in meant.items() if name not in context().settings.fixed}


@blueprint.route("/setup/account", methods=["GET", "POST"])
@guarded(_proven)
def account() -> Response:
    """The first admin; with this the set-up is over."""
    form = FirstAdmin()
    if form.validate_on_submit():
        try:
            return _begin(form)
        except Invalid as invalid:
            form.refuse(invalid)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(url_for("people.sign_in"), 303)
    return _step("account", form, shortest=context().config.people.shortest_password)


def _begin(form: FirstAdmin) -> Response:
    given = {each: form[each].data for each in ("user_name", "password", "display_name", "email")}
    with writing() as opened:
        person = setup.make_admin(opened, context().config.people, given, chosen_language())
        opened.flush()
        remember(opened, person)
    context().storage.forget_setup_code()
    language_changed()
    flash(_("Your lab is set up, and you are its admin."), "ok")
    return redirect(url_for("setup.first_steps"), 303)


# the way through


def _asked(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name not in context().settings.fixed]


def _given() -> dict[str, Any]:
    found: dict[str, Any] = session.get(_ANSWERS, {})
    return found


def _would_do(form: Form, wanted: Mapping[str, str]) -> bool:
    try:
        policy.check(reading(), context().settings, wanted)
    except Invalid as invalid:
        form.refuse(invalid)
        return False
    return True


def _answered(step: str, sent: dict[str, Any]) -> Response:
    """Keep the answers of a step and go on; what was applied before is looked at again."""
    done = [each for each in _given().get("done", []) if each != "review"]
    session[_ANSWERS] = {**_given(), step: sent, "done": [*dict.fromkeys([*done, step])]}
    following = STEPS[STEPS.index(step) + 1]
    return redirect(url_for(f"setup.{following}"), 303)


def _step(step: str, form: Form, **more: Any) -> Response:
    status = 422 if form.is_submitted() else 200
    return _page(f"setup/{step}.html", form, status, step=step, steps=STEPS, done=_given().get("done", []), **more)


def _page(template: str, form: Form, status: int, **more: Any) -> Response:
    return make_response(render_template(template, form=form, **more), status)


# afterwards


@blueprint.get("/first-steps")
@permitted(Permission.MANAGE_POLICY)
def first_steps() -> Response:
    """What a new lab does next; each is done when it is there, whoever did it."""
    opened = reading()
    done = {
        "settings": opened.scalar(select(func.count(ImportedProfile.id))),
        "machine": opened.scalar(select(func.count(Machine.id)).where(Machine.retired_at.is_(None))),
        "stock": opened.scalar(select(func.count(Stock.id)).where(Stock.retired_at.is_(None))),
        "people": (opened.scalar(select(func.count(Person.id)).where(Person.left_at.is_(None))) or 0) > 1,
        "hours": bool(the_site().opening_hours),
    }  # fmt: skip
    return make_response(render_template("setup/first_steps.html", done=done))
