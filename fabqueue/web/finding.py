"""Adding a machine: found in the network, by its address, or a tool that a person drives.

These pages never reach a machine: a worker does, and they show how far it is.
"""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.db import WritingSession
from fabqueue.dispatch.finding import plain_address
from fabqueue.models import Candidate, CandidateState, MachineKind
from fabqueue.permissions import Permission, fetch
from fabqueue.services import finding, profiles
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web.access import permitted
from fabqueue.web.acting import acted
from fabqueue.web.errors import flash_problem
from fabqueue.web.extensions import limiter
from fabqueue.web.forms import AtMost, Choice, Form, Needed, Text
from fabqueue.web.live import Part
from fabqueue.web.machine_models import profile_choice
from fabqueue.web.machines import KINDS
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("finding", __name__, url_prefix="/machines/find")

P = Permission.MANAGE_MACHINES
SEARCHES = "60 per hour"
"""Of one account: each makes the server ask around in the lab's network."""


_TYPED = {"autocomplete": "off", "inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}


class Address(Form):
    """Where an OctoPrint is."""

    address = Text(lazy_gettext("Address of the OctoPrint"), [Needed(), AtMost(300)],
                   description=lazy_gettext("As it opens in a browser, such as http://octopi.local or 192.168.1.20."),
                   render_kw=_TYPED)  # fmt: skip


class ByHand(Form):
    """A tool without a network."""

    name = Text(lazy_gettext("Name of the tool"), [Needed(), AtMost(40)], render_kw={"autocomplete": "off"})
    kind = Choice(lazy_gettext("What it is"), choices=KINDS, default="other")
    materials = Text(lazy_gettext("Materials it works"), [Needed(), AtMost(300)],
                     description=lazy_gettext("Commas between them: PLA, plywood 4 mm. New ones are free at first."),
                     render_kw={"autocomplete": "off"})  # fmt: skip


class Adding(Form):
    """What becomes of an OctoPrint that gave its key."""

    name = Text(lazy_gettext("Name of the machine"), [Needed(), AtMost(40)], render_kw={"autocomplete": "off"})
    choice = Choice(lazy_gettext("Machine model"), description=lazy_gettext(
        "Bed, nozzle and slicer settings. Those that match the printer's profile stand first."))  # fmt: skip


@blueprint.get("")
@permitted(P)
def index() -> Response:
    return _page(Address(formdata=None), ByHand(formdata=None))


def _page(address: Form, by_hand: Form, status: int = 200) -> Response:
    part = _part().html(**_shown())
    body = render_template("finding/index.html", part=part, address=address, by_hand=by_hand,
                           is_searching=finding.running_search(reading()) is not None)  # fmt: skip
    return make_response(body, status)


def _part() -> Part:
    return Part("found", "finding/_found.html", url_for("finding.part"), 2, "flow")


def _shown() -> dict[str, Any]:
    session = reading()
    search = finding.last_search(session)
    return {
        "found": finding.candidates(session), "search": search,
        "is_searching": finding.running_search(session) is not None,
        "ask_seconds": finding.ASK_SECONDS,
    }  # fmt: skip


@blueprint.get("/part")
@permitted(P)
def part() -> Response:
    return _part().response(**_shown())


@blueprint.post("/search")
@limiter.limit(SEARCHES)
@permitted(P)
def search() -> Response:
    with writing() as session:
        finding.search(session, me(session))
    return redirect(url_for("finding.index") + "#found", 303)


@blueprint.post("/address")
@limiter.limit(SEARCHES)
@permitted(P)
def typed() -> Response:
    form = Address()
    if form.validate():
        url = plain_address(form.address.data)
        try:
            if not url:
                raise Refused("machine_address_typed", field="address")  # noqa: TRY301  one place says what was refused
            with writing() as session:
                finding.typed(session, me(session), url)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("finding.index") + "#found", 303)
    return _page(form, ByHand(formdata=None), 422)


@blueprint.post("/by-hand")
@permitted(P)
def by_hand() -> Response:
    form = ByHand()
    if form.validate():
        try:
            with writing() as session:
                kind = MachineKind(form.kind.data)
                slug = finding.add_by_hand(session, me(session), form.name.data, kind, form.materials.data).slug
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            flash(_("Added. Print its sign and put it on the tool."), "ok")
            return redirect(url_for("machines.show", slug=slug), 303)
    return _page(Address(formdata=None), form, 422)


def _candidate(session: WritingSession, key: str) -> Candidate:
    return fetch(session, me(session), Candidate, key, P)


@blueprint.post("/<key>/ask")
@limiter.limit(SEARCHES)
@permitted(P)
def ask(key: str) -> Response:
    """Ask OctoPrint for a key: it shows the question on its own screen."""
    _known(key)
    said = _("Now press Allow on OctoPrint's own screen.")
    return acted(lambda session: finding.ask(session, me(session), _candidate(session, key)), said, _back())


@blueprint.post("/<key>/stop")
@permitted(P)
def stop(key: str) -> Response:
    _known(key)
    return acted(lambda session: finding.stop_asking(session, _candidate(session, key)),
                 _("Nobody waits for it any more."), _back())  # fmt: skip


@blueprint.post("/<key>/forget")
@permitted(P)
def forget(key: str) -> Response:
    _known(key)
    return acted(lambda session: finding.forget(session, _candidate(session, key)),
                 _("Taken off the list. A search finds it again."), _back())  # fmt: skip


@blueprint.route("/<key>/add", methods=["GET", "POST"])
@permitted(P)
def add(key: str) -> Response:
    """Name it, say what model it is, and it is a machine of the lab."""
    found = _known(key)
    if found.state is not CandidateState.ALLOWED:
        return redirect(_back(), 303)
    known = profiles.available(context().config, reading())
    fits = finding.fits(reading(), known, found.facts)
    form = Adding(data={"name": found.name[:40], "choice": fits[0].choice if fits else ""})
    form.choice.choices = [_choice(each) for each in fits]
    if form.validate_on_submit():
        try:
            with writing() as session:
                candidate = _candidate(session, key)
                slug = finding.add(session, me(session), candidate, form.name.data, form.choice.data, known).slug
        except Invalid as invalid:
            form.refuse(invalid)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(_back(), 303)
        else:
            flash(_("Added. Load material and say that its bed is clear; then it takes work."), "ok")
            return redirect(url_for("machines.show", slug=slug), 303)
    body = render_template("finding/add.html", form=form, found=found, fits=[each.is_exact for each in fits])
    return make_response(body, 422 if form.is_submitted() else 200)


def _choice(fit: finding.Fit) -> SelectChoice:
    """A model by its own title, a shipped profile in the reader's words; what matches says so."""
    known = fit.choice.startswith("profile:")
    shown = profile_choice(fit.profile, fit.title) if known else SelectChoice(fit.choice, fit.title)
    text = _("%(model)s (matches)", model=shown.label) if fit.is_exact else shown.label
    return SelectChoice(fit.choice, text, render_kw=shown.render_kw)


def _known(key: str) -> Candidate:
    """The candidate, for whoever may know of it. Raises NotFound."""
    return fetch(reading(), current_person(), Candidate, key, P)


def _back() -> str:
    return url_for("finding.index") + "#found"
