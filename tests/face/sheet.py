"""The sheet of all parts: what each macro is called with."""

from typing import Any

import segno
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from fabqueue.models import Condition, Connection, JobState, RevisionState, RunState
from tests.face.lab import Person, lab

STATES = tuple(
    dict.fromkeys(
        [*JobState, *RunState, *Condition, *Connection, *RevisionState, "low", "foreign"],
    )
)
LAMPS = (
    "busy",
    "running",
    "needs_clearing",
    "staged",
    "armed",
    "paused",
    "in_doubt",
    "fault",
    "available",
    "maintenance",
    "offline",
)
VIEW = {"right": (0.8480, 0.5299, 0.0), "up": (-0.2488, 0.3981, 0.8829), "fill": 0.72, "width": 880, "height": 660}


class MachineForm(Form):
    """One field of each kind, two of them wrong."""

    name = StringField("Name", [InputRequired()])
    rate = StringField("Rate")
    kind = SelectField("Kind", choices=[SelectChoice("printer", "3D printer"), SelectChoice("laser", "Laser cutter")])
    key = PasswordField("Key")
    note = TextAreaField("For the technician", description="Goes to the person at the desk.")
    who = RadioField("Who arms it", choices=["I will be there", "A technician, please"])
    needs = SelectMultipleField("Who may send jobs", choices=["printer basics", "laser"])
    unattended = BooleanField("May run unattended until closing")
    public = BooleanField("Add to the open project")

    def validate_rate(self, field: StringField) -> None:
        raise ValidationError("Write 0 or more.")


def form() -> MachineForm:
    filled = MachineForm(MultiDict({"rate": "-0.60", "who": "I will be there", "needs": "laser", "unattended": "y"}))
    filled.validate()
    return filled


def context(picture: str, model: str | None) -> dict[str, Any]:
    """Everything pages/sheet.html shows."""
    return {
        "states": STATES,
        "lamps": LAMPS,
        "form": form(),
        "picture": picture,
        "model": model,
        "extents": (81.7, 64.0, 96.0),
        "view": VIEW,
        "matrix": segno.make("https://fab.example/j/2419", error="m").matrix,
        "found": [
            {"severity": "blocker", "message": "The surface has a hole: 14 open edges", "advice": "Mend it."},
            {"severity": "warning", "message": "Four walls are only 0.6 mm thick", "advice": "Make them 0.8 mm."},
            {"severity": "ok", "message": "Fits the bed", "advice": ""},
        ],
        "events": [
            {"at": "2026-11-23T14:31:00Z", "when": "14:31", "text": "Picture", "icon": "camera", "state": "running"},
            {"at": "2026-11-23T12:09:00Z", "when": "12:09", "text": "Paused for 4 min", "state": "paused"},
            {"at": "2026-11-23T11:46:00Z", "when": "11:46", "text": "File sent to Prusa 2, 11.2 MB"},
        ],
        "flashes": [
            ("ok", "Saved. The next job uses the new price."),
            ("", "The lab closes at 21:00 today."),
            ("warn", "It would run past closing."),
            ("bad", "Not saved."),
            ("must", "Your cut waits for you at Laser A."),
        ],
    }


def app(person: Person | None = None) -> Flask:
    return lab(person or Person(is_staff=True, display_name="Tomás Reyes", initials="TR"), unread=2)
