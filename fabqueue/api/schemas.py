"""What answers look like. The document is made from these, and every answer passes through them."""

from typing import Any

from marshmallow import fields

from fabqueue.api.base import Schema
from fabqueue.models import Condition, Connection, DesignKind, JobState, MachineKind, Role, RunState, Visibility
from fabqueue.models.designs import RevisionState


def _text(**options: Any) -> fields.String:
    return fields.String(**options)


def _moment() -> fields.String:
    return fields.String(allow_none=True, metadata={"format": "date-time"})


def _one_of(kind: Any, **options: Any) -> fields.String:
    return fields.String(metadata={"enum": [each.value for each in kind]}, **options)


class Money(Schema):
    """An amount as decimal text, so that no float ever touches it."""

    amount = _text(required=True, metadata={"examples": ["4.20"]})
    currency = _text(required=True, metadata={"examples": ["EUR"]})


class Span(Schema):
    """A prediction is always a range."""

    low = fields.Float(required=True)
    expected = fields.Float(required=True)
    high = fields.Float(required=True)


class Said(Schema):
    """A text for people in the caller's language, with the code and values it was made from."""

    code = _text(required=True)
    message = _text(required=True)
    values = fields.Dict()


class Finding(Said):
    """What the analysis has to say about a file."""

    severity = _text(required=True, metadata={"enum": ["ok", "warning", "blocker"]})
    advice = _text()


class PriceLine(Schema):
    """One item of a price."""

    label = _text(required=True)
    code = _text(required=True)
    values = fields.Dict()
    amount = fields.Nested(Money, required=True)


class Price(Schema):
    """An itemised price; the lines add up to the total."""

    total = fields.Nested(Money, required=True)
    lines = fields.List(fields.Nested(PriceLine), required=True)


class Quote(Price):
    """What a member agreed to, or is asked to agree to; the most a job costs. For all copies, like an option."""

    price = fields.Nested(Price, required=True)
    machine_model = _text(required=True)
    material = _text(required=True)
    quantity = fields.Integer(required=True)
    settings = fields.Dict()
    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    source = _text(metadata={"enum": ["geometry", "slicer", "measured"]})
    created_at = _moment()
    accepted_at = _moment()


class Estimate(Schema):
    """Predicted time (seconds) and material (grams) of all copies."""

    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    source = _text(metadata={"enum": ["geometry", "slicer", "measured"]})


# people


class Certification(Schema):
    """For one machine model, or for every machine of a kind."""

    machine_model = _text(allow_none=True)
    kind = _one_of(MachineKind, allow_none=True)
    granted_at = _moment()
    expires_at = _moment()


class Account(Schema):
    """Who pays. `available` is the balance without what is held for approved jobs."""

    id = _text(required=True)
    kind = _text(required=True)
    name = _text(required=True)
    balance = fields.Nested(Money, required=True)
    held = fields.Nested(Money, required=True)
    available = fields.Nested(Money, required=True)


class Me(Schema):
    """The person whose token it is."""

    id = _text(required=True)
    user_name = _text(required=True)
    name = _text(required=True)
    email = _text(allow_none=True)
    language = _text()
    roles = fields.List(_one_of(Role), required=True)
    certifications = fields.List(fields.Nested(Certification), required=True)
    accounts = fields.List(fields.Nested(Account), required=True)


# designs


class ProjectLink(Schema):
    """A project, in short."""

    id = _text(required=True)
    slug = _text(required=True)
    title = _text(required=True)


class RevisionSummary(Schema):
    """One uploaded file of a design."""

    id = _text(required=True)
    number = fields.Integer(required=True)
    sha256 = _text(required=True)
    state = _one_of(RevisionState, required=True)
    kind = _one_of(DesignKind, required=True)
    filename = _text()
    size = fields.Integer(metadata={"description": "Bytes."})
    uploaded_at = _moment()


class Report(Schema):
    """What the analysis found; which members there are depends on `kind`. Lengths in millimetres."""

    kind = _one_of(DesignKind, required=True)
    findings = fields.List(fields.Nested(Finding), required=True)
    units = _text(allow_none=True)
    extents_mm = fields.List(fields.Float(), allow_none=True)
    volume_mm3 = fields.Float(allow_none=True)
    area_mm2 = fields.Float(allow_none=True)
    watertight = fields.Boolean(allow_none=True)
    bodies = fields.Integer(allow_none=True)
    triangles = fields.Integer(allow_none=True)
    page_mm = fields.List(fields.Float(), allow_none=True)
    size_mm = fields.List(fields.Float(), allow_none=True)
    operations = fields.List(fields.Dict())
    slicer = _text(allow_none=True)
    seconds = fields.Float(allow_none=True)
    filament_mm = fields.Float(allow_none=True)
    grams = fields.Float(allow_none=True)
    bounds_mm = fields.List(fields.List(fields.Float()), allow_none=True)


class Revision(RevisionSummary):
    """A revision with its report when it is ready, or the reason there is none when it failed."""

    report = fields.Nested(Report, allow_none=True)
    problem = fields.Nested(Said, allow_none=True)


class Design(Schema):
    """One part or drawing; `revision` is the latest one."""

    id = _text(required=True)
    name = _text(required=True)
    project = fields.Nested(ProjectLink, required=True)
    revision = fields.Nested(Revision, required=True)
    revisions = fields.List(fields.Nested(RevisionSummary))


# quotes


class Option(Schema):
    """One machine model and material for a revision. `price` is null where it does not fit."""

    machine_model = _text(required=True)
    machine_model_title = _text()
    material = _text(required=True)
    material_name = _text()
    fits = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(Said), required=True)
    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    price = fields.Nested(Price, allow_none=True)
    source = _text(metadata={"enum": ["geometry", "slicer", "measured"]})


class Options(Schema):
    """Every option for a revision, fitting ones first, cheapest first."""

    options = fields.List(fields.Nested(Option), required=True)


# jobs


class Actor(Schema):
    """Who did it."""

    kind = _text(required=True, metadata={"enum": ["person", "machine", "system"]})
    name = _text(allow_none=True)


class Event(Schema):
    """What happened to a job or one of its runs."""

    at = _moment()
    actor = fields.Nested(Actor, required=True)
    about = _text(metadata={"enum": ["job", "run"]})
    verb = _text(required=True)
    old = _text()
    new = _text()
    reason = fields.Nested(Said, allow_none=True)


class JobRun(Schema):
    """One physical attempt; copies are those of this job. `progress` is 0 to 100."""

    id = _text(required=True)
    machine = _text(allow_none=True)
    state = _one_of(RunState, required=True)
    progress = fields.Float()
    seconds_left = fields.Integer(allow_none=True)
    copies = fields.Integer()
    good_copies = fields.Integer(allow_none=True)
    started_at = _moment()
    ended_at = _moment()
    seconds = fields.Integer(allow_none=True)
    grams = fields.Float(allow_none=True)
    reason = fields.Nested(Said, allow_none=True)


class DesignLink(Schema):
    """A design and which revision of it, in short."""

    id = _text(required=True)
    name = _text(required=True)
    kind = _one_of(DesignKind)
    revision_number = fields.Integer()


class Job(Schema):
    """A fabrication job. `revision` is its id, `actions` are names of what the caller may do now."""

    id = _text(required=True)
    code = _text(required=True)
    state = _one_of(JobState, required=True)
    revision = _text(required=True)
    design = fields.Nested(DesignLink)
    project = fields.Nested(ProjectLink)
    owner = _text()
    machine_model = _text()
    material = _text()
    colour = _text()
    quantity = fields.Integer(required=True)
    good_copies = fields.Integer(required=True)
    settings = fields.Dict()
    note = _text()
    needed_by = fields.String(allow_none=True, metadata={"format": "date"})
    priority = fields.Integer()
    place = _text()
    quote = fields.Nested(Quote, allow_none=True)
    offer = fields.Nested(Quote, allow_none=True)
    estimate = fields.Nested(Estimate, allow_none=True)
    position = fields.Integer(allow_none=True)
    expected_finish = _moment()
    waiting_reason = fields.Nested(Said, allow_none=True)
    reason = fields.Nested(Said, allow_none=True)
    runs = fields.List(fields.Nested(JobRun))
    events = fields.List(fields.Nested(Event))
    actions = fields.List(fields.String())
    created_at = _moment()
    submitted_at = _moment()
    approved_at = _moment()
    ready_at = _moment()
    collected_at = _moment()


# machines


class SlotView(Schema):
    """Where stock is loaded."""

    position = fields.Integer()
    stock = _text(allow_none=True)
    label = _text(allow_none=True)
    material = _text(allow_none=True)
    colour = _text(allow_none=True)
    left_grams = fields.Float(allow_none=True)


class MachineRun(Schema):
    """The run that holds a machine. `jobs` are those the caller may see."""

    id = _text(required=True)
    state = _one_of(RunState, required=True)
    progress = fields.Float()
    seconds_left = fields.Integer(allow_none=True)
    started_at = _moment()
    jobs = fields.List(fields.String())


class Machine(Schema):
    """One individual machine."""

    slug = _text(required=True)
    name = _text(required=True)
    kind = _one_of(MachineKind, required=True)
    model = _text(required=True)
    driver = _text()
    connection = _one_of(Connection, required=True)
    condition = _one_of(Condition, required=True)
    slots = fields.List(fields.Nested(SlotView), required=True)
    run = fields.Nested(MachineRun, allow_none=True)
    to_clear = fields.Nested(MachineRun, allow_none=True)
    fault = fields.Nested(Said, allow_none=True)
    maintenance = _text(allow_none=True)
    last_seen_at = _moment()


class Stock(Schema):
    """A spool or pile of one material and colour."""

    id = _text(required=True)
    label = _text(required=True)
    material = _text(required=True)
    colour = _text()
    left_grams = fields.Float()
    full_grams = fields.Float()


class Run(Schema):
    """A run as technicians see it."""

    id = _text(required=True)
    state = _one_of(RunState, required=True)
    machine = _text(allow_none=True)
    jobs = fields.List(fields.String())
    reason = fields.Nested(Said, allow_none=True)
    started_at = _moment()
    ended_at = _moment()


class Queue(Schema):
    """The lab-wide switch."""

    held = fields.Boolean(required=True)
    reason = _text(allow_none=True)
    held_at = _moment()


# projects


class BuildView(Schema):
    """One assembled instance. `builder` is null unless they chose to be named."""

    number = fields.Integer(required=True)
    version = _text()
    outcome = _text()
    made_at = _moment()
    builder = _text(allow_none=True)


class ProjectSummary(ProjectLink):
    """A project in a list."""

    summary = _text()
    function = _text()
    licence = _text()
    licensor = _text()
    version = _text()
    visibility = _one_of(Visibility)
    published_at = _moment()
    changed_at = _moment()
    url = _text(metadata={"format": "uri"})


class ProjectDesign(Schema):
    """A design of a project and its latest revision."""

    id = _text(required=True)
    name = _text(required=True)
    revision = fields.Nested(RevisionSummary)


class Project(ProjectSummary):
    """A project page's content; `documentation` is Markdown."""

    function = _text()
    documentation = _text()
    designs = fields.List(fields.Nested(ProjectDesign))
    builds = fields.List(fields.Nested(BuildView))


def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a list of `item`."""
    members = {
        "__doc__": "A page of a list; `next` is the address of the one that follows.",
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, metadata={"format": "uri"}),
    }
    return type(f"{item.__name__}Page", (Schema,), members)
