"""The wallboard: for staff who are signed in, and for a screen that knows its secret address."""

from flask import Blueprint, abort, make_response, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.models import Screen
from fabqueue.permissions import Permission, fetch
from fabqueue.services import screens
from fabqueue.services.errors import Refused
from fabqueue.web import tv
from fabqueue.web.access import open_to_all, permitted
from fabqueue.web.acting import Question, asked
from fabqueue.web.forms import AtMost, Form, Needed, Text, YesNo
from fabqueue.web.live import Part
from fabqueue.web.site import context, current_person, me, reading, the_site, writing
from fabqueue.web.slides import qr

blueprint = Blueprint("wallboard", __name__)

SECONDS = 5


class NewScreen(Form):
    name = Text(_("Where it hangs"), [Needed(), AtMost(screens.LONGEST)], description=_("For example: by the door."))
    arms = YesNo(
        _("It stands beside the lasers"),
        description=_("Whoever is certified arms them there with a name and a PIN, without signing in."),
    )


def _part(url: str) -> Part:
    return Part("board", "wallboard/_board.html", url, SECONDS, "board")


def _gathered() -> dict[str, object]:
    home = context().config.site.public_url.rstrip("/")
    return {**tv.gather(reading(), the_site()), "home": home, "matrix": qr(home)}


def _page(url: str) -> Response:
    answer = make_response(render_template("wallboard/show.html", board=_part(url).html(**_gathered())))
    return _kept_to_itself(answer)


def _kept_to_itself(answer: Response) -> Response:
    """Neither stored nor found by search engines; the address is given to no other site."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/wallboard")
@permitted(Permission.SEE_WALLBOARD)
def show() -> Response:
    return _page(url_for("wallboard.part"))


@blueprint.get("/wallboard/part")
@permitted(Permission.SEE_WALLBOARD)
def part() -> Response:
    return _kept_to_itself(_part(url_for("wallboard.part")).response(**_gathered()))


@blueprint.get("/wallboard/<secret>")
@open_to_all
def on_screen(secret: str) -> Response:
    """For whoever knows the address; it shows nothing that a visitor could not read, but for codes and states."""
    if screens.with_secret(reading(), secret) is None:
        abort(404)
    return _page(url_for("wallboard.screen_part", secret=secret))


@blueprint.get("/wallboard/<secret>/part")
@open_to_all
def screen_part(secret: str) -> Response:
    """404 once the address was revoked, and the screen then loads the page again, which says so."""
    if screens.with_secret(reading(), secret) is None:
        gone = make_response("", 404)
        gone.headers["HX-Refresh"] = "true"
        return gone
    return _kept_to_itself(_part(url_for("wallboard.screen_part", secret=secret)).response(**_gathered()))


@blueprint.route("/screens", methods=["GET", "POST"])
@permitted(Permission.MANAGE_SCREENS)
def manage() -> Response:
    """The screens that have an address; a new one's is shown once."""
    form, address, made = NewScreen(), "", ""
    if form.validate_on_submit():
        try:
            with writing() as session:
                screen, secret = screens.make(session, me(session), form.name.data or "", bool(form.arms.data))
                made, page = screen.name, "kiosk.index" if screen.arms else "wallboard.on_screen"
        except Refused as refused:
            form.refuse(refused)
        else:
            home = context().config.site.public_url.rstrip("/")
            address = home + url_for(page, secret=secret)
            form = NewScreen(formdata=None)
    body = render_template(
        "wallboard/screens.html", form=form, address=address, made=made, found=screens.every(reading()),
        matrix=qr(address) if address else None,
    )  # fmt: skip
    return make_response(body, 422 if form.errors else 200)


@blueprint.route("/screens/<key>/revoke", methods=["GET", "POST"])
@permitted(Permission.MANAGE_SCREENS)
def revoke(key: str) -> Response:
    screen = fetch(reading(), current_person(), Screen, key, Permission.MANAGE_SCREENS)
    question = Question(
        gettext("Revoke the address of “%(name)s”?", name=screen.name),
        gettext("The screen stops showing the wallboard within seconds. A new address can be made at any time."),
        gettext("Revoke it"), gettext("The address is revoked."), url_for("wallboard.manage"), "danger solid", "desk",
    )  # fmt: skip
    return asked(
        question, Form(),
        lambda session: screens.revoke(
            session, fetch(session, me(session), Screen, key, Permission.MANAGE_SCREENS), me(session)
        ),
    )  # fmt: skip
