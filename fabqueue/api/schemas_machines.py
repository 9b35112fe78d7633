"""What answers about machines, stock and the queue look like."""

from marshmallow import fields

from fabqueue.api.base import Schema
from fabqueue.api.schemas import Said, moment, one_of, text
from fabqueue.models import Beam, Condition, Connection, MachineKind, RunState


class SlotView(Schema):
    """Where stock is loaded."""

    position = fields.Integer()
    stock = text(allow_none=True)
    label = text(allow_none=True)
    material = text(allow_none=True)
    colour = text(allow_none=True)
    left_grams = fields.Float(allow_none=True, metadata={"description": "Of a spool."})
    left_mm2 = fields.Integer(allow_none=True, metadata={"description": "Of a pile of sheets."})
    sheet_mm = fields.List(fields.Float(), allow_none=True, metadata={"description": "Width and height of one sheet."})
    thickness_mm = fields.Float(allow_none=True)


class MachineRun(Schema):
    """The run that holds a machine. `jobs` are those the caller may see. armed_until: of a laser, when it may start."""

    id = text(required=True)
    state = one_of(RunState, required=True)
    progress = fields.Float()
    seconds_left = fields.Integer(allow_none=True)
    started_at = moment()
    jobs = fields.List(fields.String())
    asked = text(allow_none=True, metadata={"description": "stop, pause or resume, not confirmed by the machine yet"})
    unconfirmed = fields.Boolean(metadata={"description": "The machine should have confirmed it by now."})
    paused_unasked = fields.Boolean(
        metadata={"description": "It stands paused, and nobody asked for that from here: somebody should look."}
    )
    armed_until = moment()
    asks_presence = fields.Boolean(metadata={"description": "Whoever is at the laser should say so: `present`."})


class StagedRun(Schema):
    """A run whose file waits at a laser. `jobs` are those the caller may see."""

    id = text(required=True)
    state = one_of(RunState, required=True)
    jobs = fields.List(fields.String())
    predicted_seconds = fields.Integer(allow_none=True)
    framed_at = moment()
    notes = fields.List(fields.Nested(Said), metadata={"description": "What could not be planned as wished."})


class BeamView(Schema):
    """Of a laser whose work was broken off: what is known of its beam. unconfirmed: somebody must look."""

    state = one_of(Beam, required=True)
    at = moment()


class Emergency(Schema):
    """An emergency stop that stands until somebody connects the machine again."""

    asked_at = moment()
    confirmed_at = moment()


class Machine(Schema):
    """One individual machine."""

    slug = text(required=True)
    name = text(required=True)
    kind = one_of(MachineKind, required=True)
    model = text(required=True)
    driver = text()
    connection = one_of(Connection, required=True)
    condition = one_of(Condition, required=True)
    slots = fields.List(fields.Nested(SlotView), required=True)
    run = fields.Nested(MachineRun, allow_none=True)
    staged = fields.List(fields.Nested(StagedRun), metadata={"description": "What waits at a laser to be armed."})
    to_clear = fields.Nested(MachineRun, allow_none=True)
    bed_cleared_at = moment()
    bed_cleared_by = text(allow_none=True, metadata={"description": "Like when, for those who run machines alone."})
    fault = fields.Nested(Said, allow_none=True)
    foreign_work = fields.Nested(
        Said, allow_none=True, metadata={"description": "What it is at work on that nobody started from here."}
    )
    beam = fields.Nested(BeamView, allow_none=True)
    emergency = fields.Nested(Emergency, allow_none=True)
    maintenance = text(allow_none=True)
    worked_seconds = fields.Integer(metadata={"description": "At work so far, in all its runs."})
    worked_runs = fields.Integer()
    last_seen_at = moment()


class Stock(Schema):
    """A spool or pile of one material and colour."""

    id = text(required=True)
    label = text(required=True)
    material = text(required=True)
    colour = text()
    left_grams = fields.Float(allow_none=True, metadata={"description": "Of a spool."})
    full_grams = fields.Float(allow_none=True)
    left_mm2 = fields.Integer(allow_none=True, metadata={"description": "Of a pile of sheets."})
    full_mm2 = fields.Integer(allow_none=True)
    sheet_mm = fields.List(fields.Float(), allow_none=True, metadata={"description": "Width and height of one sheet."})
    thickness_mm = fields.Float(allow_none=True)


class Run(Schema):
    """A run as technicians see it."""

    id = text(required=True)
    state = one_of(RunState, required=True)
    machine = text(allow_none=True)
    jobs = fields.List(fields.String())
    reason = fields.Nested(Said, allow_none=True)
    started_at = moment()
    ended_at = moment()


class Queue(Schema):
    """The lab-wide switch."""

    held = fields.Boolean(required=True)
    reason = text(allow_none=True)
    held_at = moment()
