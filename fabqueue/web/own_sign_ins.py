"""A person's own sign-ins and notices: browsers signed out one by one or all, what comes by which way."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from fabqueue.models import SignIn
from fabqueue.permissions import Permission, fetch
from fabqueue.services import notices, sign_ins
from fabqueue.web.access import signed_in
from fabqueue.web.site import current_sign_in, me, writing

blueprint = Blueprint("own_sign_ins", __name__, url_prefix="/account")


@blueprint.post("/sign-ins/<key>/end")
@signed_in
def end(key: str) -> Response:
    """Sign one browser out; it may be this one."""
    with writing() as session:
        by = me(session)
        sign_ins.end(session, fetch(session, by, SignIn, key, Permission.OWN_SIGN_IN), by)
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for("account.index", _anchor="sign-ins"), 303)


@blueprint.post("/sign-ins/end")
@signed_in
def end_others() -> Response:
    """Sign every other browser out."""
    here = current_sign_in()
    with writing() as session:
        ended = sign_ins.end_all(session, me(session), me(session), but=here.id if here else "")
    said = ngettext("%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", ended)
    flash(said if ended else _("No other browser was signed in."), "ok")
    return redirect(url_for("account.index", _anchor="sign-ins"), 303)


@blueprint.post("/notices")
@signed_in
def choose_notices() -> Response:
    """Keep which notices come by which way."""
    with writing() as session:
        notices.choose(session, me(session), request.form.getlist("ways"))
    flash(_("Saved."), "ok")
    return redirect(url_for("account.index", _anchor="notices"), 303)
