"""The round: every machine in walking order on a phone, what happened there, and one tap for each bed; the handover."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from fabqueue.db import WritingSession
from fabqueue.models import Event, HandoverNote, Run
from fabqueue.permissions import Permission, fetch
from fabqueue.services import events, handover, undoing
from fabqueue.services.errors import Refused
from fabqueue.web import board
from fabqueue.web.access import permitted
from fabqueue.web.acting import acted, back_to
from fabqueue.web.board import Card
from fabqueue.web.files import camera_picture
from fabqueue.web.floor import machine_of
from fabqueue.web.forms import AtMost, Form, LongText, Needed
from fabqueue.web.live import Part
from fabqueue.web.site import current_person, me, reading, writing
from fabqueue.web.stops import for_staff

blueprint = Blueprint("rounds", __name__)

SECONDS = 10
"""How often a card looks whether something changed."""
NEEDY = frozenset({"in_doubt", "fault", "needs_clearing", "staged"})


class Note(Form):
    text = LongText(lazy_gettext("For the next shift"), [Needed(), AtMost(handover.LONGEST)], render_kw={"rows": 3})


@dataclass(frozen=True)
class Stop:
    """A machine on the way: its card, what happened there, and where one goes from here."""

    card: Card
    happened: Sequence[Event]
    next: str
    """Anchor of the next card that needs somebody, else of the next card."""
    number: int
    total: int

    @property
    def anchor(self) -> str:
        return anchor(self.card)

    @property
    def needs_someone(self) -> bool:
        return needs_someone(self.card)


def anchor(card: Card) -> str:
    return f"stop-{card.machine.slug}"


def needs_someone(card: Card) -> bool:
    return card.state in NEEDY or card.is_clearable or card.next is not None or card.unasked


def stops(session: Session) -> list[Stop]:
    """Every machine in walking order."""
    cards = board.cards(session)
    return [
        Stop(card, _happened(session, card.shown), _following(cards, index), index + 1, len(cards))
        for index, card in enumerate(cards)
    ]  # fmt: skip


def _following(cards: Sequence[Card], index: int) -> str:
    """The next machine that needs somebody; from the last one on, the end of the round."""
    later = cards[index + 1 :]
    needy = next((each for each in later if needs_someone(each)), None)
    found = needy or next(iter(later), None)
    return anchor(found) if found else "round-end"


def _happened(session: Session, run: Run | None) -> list[Event]:
    """What happened to the run that lies there or is at work, newest last."""
    return events.of_run(session, run)[-5:] if run else []


@blueprint.get("/round")
@permitted(Permission.RUN_MACHINES)
def index() -> Answer:
    return _page(Note(formdata=None))


def _page(form: Note, status: int = 200) -> Answer:
    session, person = reading(), current_person()
    assert person is not None
    every = stops(session)
    body = render_template(
        "round/index.html", parts=[(stop, _part(stop).html(**_shown(stop))) for stop in every], form=form,
        needy=[stop for stop in every if stop.needs_someone], notes=handover.current(session),
        undo=undoing.last(session, person), stops=for_staff(),
    )  # fmt: skip
    return make_response(body, status)


def _part(stop: Stop) -> Part:
    slug = stop.card.machine.slug
    return Part(stop.anchor, "round/_stop.html", url_for("rounds.stop", slug=slug), SECONDS, "stop", f"mc-{slug}")


def _shown(stop: Stop) -> dict[str, Any]:
    """The names that the card needs: who did what happened, and where its buttons lead."""
    names = events.actor_names(reading(), stop.happened)
    return {"stop": stop, "card": stop.card, "names": names, "back": url_for("rounds.index", _anchor=stop.next)}


@blueprint.get("/round/<slug>")
@permitted(Permission.RUN_MACHINES)
def stop(slug: str) -> Answer:
    """One card alone, while it is looked at."""
    machine = machine_of(slug)
    found = next((each for each in stops(reading()) if each.card.machine.id == machine.id), None) or abort(404)
    return _part(found).response(**_shown(found))


@blueprint.get("/round/<slug>/picture")
@permitted(Permission.RUN_MACHINES)
def picture(slug: str) -> Answer:
    """What the machine's camera saw last, also after the run has ended; for technicians."""
    machine = machine_of(slug)
    return camera_picture(machine.id if machine.picture_at else None)


@blueprint.post("/runs/<key>/undo")
@permitted(Permission.RUN_MACHINES)
def undo(key: str) -> Answer:
    """Take back that a bed is clear and all on it good."""
    run = fetch(reading(), current_person(), Run, key, Permission.RUN_MACHINES)
    place = f"stop-{run.machine.slug}" if run.machine else "round-end"

    def work(session: WritingSession) -> None:
        person = me(session)
        found = fetch(session, person, Run, key, Permission.RUN_MACHINES)
        undoing.take_back(session, events.actor_of(person), found)

    return acted(work, _("Taken back. Say again what came off the bed."), url_for("rounds.index", _anchor=place))


# the handover note


@blueprint.get("/handover")
@permitted(Permission.RUN_MACHINES)
def notes() -> Answer:
    """What counts now, and what was done."""
    session = reading()
    body = render_template("round/handover.html", notes=handover.current(session), past=handover.past(session),
                           form=Note(formdata=None))  # fmt: skip
    return make_response(body)


@blueprint.post("/handover")
@permitted(Permission.RUN_MACHINES)
def leave_note() -> Answer:
    form = Note()
    if form.validate() and _noted(form):
        flash(_("Noted for the next shift."), "ok")
        return redirect(back_to(url_for("rounds.notes")), 303)
    session = reading()
    body = render_template("round/handover.html", notes=handover.current(session), past=handover.past(session),
                           form=form)  # fmt: skip
    return make_response(body, 422)


def _noted(form: Note) -> bool:
    """False when the service refused, which the form says then."""
    try:
        with writing() as session:
            handover.write(session, me(session), form.text.data or "")
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


@blueprint.post("/handover/<key>/done")
@permitted(Permission.RUN_MACHINES)
def note_done(key: str) -> Answer:
    _note(key)
    work = lambda session: handover.done(session, me(session), session.get_one(HandoverNote, key))  # noqa: E731
    return acted(work, _("Done, and kept in the history."), back_to(url_for("rounds.notes")))


@blueprint.post("/handover/<key>/open")
@permitted(Permission.RUN_MACHINES)
def note_open(key: str) -> Answer:
    _note(key)
    work = lambda session: handover.open_again(session, me(session), session.get_one(HandoverNote, key))  # noqa: E731
    return acted(work, _("The note is open again."), back_to(url_for("rounds.notes")))


def _note(key: str) -> HandoverNote:
    return reading().get(HandoverNote, key) or abort(404)
