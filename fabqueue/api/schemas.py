"""What answers look like. The document is made from these, and every answer passes through them."""

from typing import Any

from marshmallow import fields

from fabqueue.analysis.readings import Operation
from fabqueue.api.base import Schema
from fabqueue.api.present_photos import PhotoView
from fabqueue.models import DesignKind, JobState, MachineKind, Means, Role, RunState, Visibility
from fabqueue.models.designs import RevisionState


def text(**options: Any) -> fields.String:
    return fields.String(**options)


def moment() -> fields.String:
    return fields.String(allow_none=True, metadata={"format": "date-time"})


def one_of(kind: Any, **options: Any) -> fields.String:
    return fields.String(metadata={"enum": [each.value for each in kind]}, **options)


class Money(Schema):
    """An amount as decimal text, so that no float ever touches it."""

    amount = text(required=True, metadata={"examples": ["4.20"]})
    currency = text(required=True, metadata={"examples": ["EUR"]})


class Span(Schema):
    """A prediction is always a range."""

    low = fields.Float(required=True)
    expected = fields.Float(required=True)
    high = fields.Float(required=True)


class Said(Schema):
    """A text for people in the caller's language, with the code and values it was made from."""

    code = text(required=True)
    message = text(required=True)
    values = fields.Dict()


class Finding(Said):
    """What the analysis has to say about a file."""

    severity = text(required=True, metadata={"enum": ["ok", "warning", "blocker"]})
    advice = text()


class PriceLine(Schema):
    """One item of a price."""

    label = text(required=True)
    code = text(required=True)
    values = fields.Dict()
    amount = fields.Nested(Money, required=True)


class Price(Schema):
    """An itemised price; the lines add up to the total."""

    total = fields.Nested(Money, required=True)
    lines = fields.List(fields.Nested(PriceLine), required=True)


class Quote(Price):
    """What a member agreed to, or is asked to agree to; the most a job costs. For all copies, like an option."""

    price = fields.Nested(Price, required=True)
    machine_model = text(required=True)
    material = text(required=True)
    quantity = fields.Integer(required=True)
    settings = fields.Dict()
    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    sheet_mm2 = fields.Integer(allow_none=True, metadata={"description": "Sheet area of all copies, on a laser."})
    source = text(metadata={"enum": ["geometry", "slicer", "measured"]})
    created_at = moment()
    accepted_at = moment()


class Estimate(Schema):
    """Predicted time (seconds) and material (grams) of all copies."""

    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    sheet_mm2 = fields.Integer(allow_none=True, metadata={"description": "Sheet area of all copies, on a laser."})
    source = text(metadata={"enum": ["geometry", "slicer", "measured"]})


# people


class Certification(Schema):
    """For one machine model, or for every machine of a kind."""

    machine_model = text(allow_none=True)
    kind = one_of(MachineKind, allow_none=True)
    granted_at = moment()
    expires_at = moment()


class Account(Schema):
    """Who pays. `available` is the balance without what is held for approved jobs."""

    id = text(required=True)
    kind = text(required=True)
    name = text(required=True)
    balance = fields.Nested(Money, required=True)
    held = fields.Nested(Money, required=True)
    available = fields.Nested(Money, required=True)


class Me(Schema):
    """The person whose token it is."""

    id = text(required=True)
    user_name = text(required=True)
    name = text(required=True)
    email = text(allow_none=True)
    language = text()
    roles = fields.List(one_of(Role), required=True)
    certifications = fields.List(fields.Nested(Certification), required=True)
    accounts = fields.List(fields.Nested(Account), required=True)


# designs


class ProjectLink(Schema):
    """A project, in short."""

    id = text(required=True)
    slug = text(required=True)
    title = text(required=True)


class RevisionSummary(Schema):
    """One uploaded file of a design."""

    id = text(required=True)
    number = fields.Integer(required=True)
    sha256 = text(required=True)
    state = one_of(RevisionState, required=True)
    kind = one_of(DesignKind, required=True)
    filename = text()
    size = fields.Integer(metadata={"description": "Bytes."})
    uploaded_at = moment()


class UnitChoice(Schema):
    """A unit that may be meant, to be sent as `units`, and the size the drawing has in it."""

    units = text(required=True)
    size_mm = fields.List(fields.Float(), required=True)


class LayerOfDrawing(Schema):
    """All that has one colour in a drawing, or its pictures ("image"); `meant` is what lab and machine mean by it."""

    operation = one_of(Operation, required=True)
    colour = text(required=True)
    meant = one_of(Operation)
    paths = fields.Integer(required=True)
    length_mm = fields.Float(required=True)
    area_mm2 = fields.Float(required=True)


class ImageOfDrawing(Schema):
    """A picture made of pixels; where it is not read, `problem` is the code of the finding about it."""

    pixels = fields.List(fields.Integer(), allow_none=True, metadata={"description": "Width and height in the file."})
    size_mm = fields.List(fields.Float(), allow_none=True, metadata={"description": "Length of its sides as it lies."})
    dpi = fields.Integer(allow_none=True, metadata={"description": "Dots to the inch in the coarser direction."})
    problem = text(allow_none=True)


class ReadingOfDrawing(Schema):
    """The colours that held, and what was said of this drawing alone."""

    colours = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    operations = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    without_doubles = fields.Boolean(required=True)
    kerf_mm = fields.Float(required=True)


class LinesRemoved(Schema):
    """Lines that lay on others and are left out because somebody said so."""

    count = fields.Integer(required=True)
    length_mm = fields.Float(required=True)


class Report(Schema):
    """What the analysis found; which members there are depends on `kind`. Lengths in millimetres."""

    kind = one_of(DesignKind, required=True)
    findings = fields.List(fields.Nested(Finding), required=True)
    units = text(allow_none=True)
    extents_mm = fields.List(fields.Float(), allow_none=True)
    volume_mm3 = fields.Float(allow_none=True)
    area_mm2 = fields.Float(allow_none=True)
    watertight = fields.Boolean(allow_none=True)
    bodies = fields.Integer(allow_none=True)
    triangles = fields.Integer(allow_none=True)
    unit_choices = fields.List(fields.Nested(UnitChoice), metadata={"description": "Of a drawing that names no unit."})
    page_mm = fields.List(fields.Float(), allow_none=True)
    size_mm = fields.List(fields.Float(), allow_none=True)
    whole_mm = fields.List(fields.Float(), metadata={"description": "`size_mm` with pictures that are read."})
    operations = fields.List(fields.Nested(LayerOfDrawing))
    images = fields.List(fields.Nested(ImageOfDrawing), metadata={"description": "Pictures made of pixels."})
    removed = fields.Nested(LinesRemoved, allow_none=True)
    view_mm = fields.List(
        fields.Float(), metadata={"description": "What the picture of a drawing shows: left, top, width, height."}
    )
    reading = fields.Nested(ReadingOfDrawing, metadata={"description": "How a drawing was read."})
    slicer = text(allow_none=True)
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

    id = text(required=True)
    name = text(required=True)
    project = fields.Nested(ProjectLink, required=True)
    revision = fields.Nested(Revision, required=True)
    revisions = fields.List(fields.Nested(RevisionSummary))


# quotes


class Finish(Schema):
    """When something is expected to be finished."""

    low = fields.String(required=True, metadata={"format": "date-time"})
    expected = fields.String(required=True, metadata={"format": "date-time"})
    high = fields.String(required=True, metadata={"format": "date-time"})


class Promise(Said):
    """Whether it would be done by the end of the day that it is needed, were it approved now. `reason`: what keeps it.

    `by_person`: somebody has to start it, and how long that usually takes here is counted.
    """

    code = text(
        required=True,
        metadata={"enum": ["promise_likely", "promise_perhaps", "promise_hardly", "promise_unknown"]},
    )
    finish = fields.Nested(Finish, allow_none=True)
    by_person = fields.Boolean(required=True)
    reason = fields.Nested(Said, allow_none=True)


class Option(Schema):
    """One machine model and material for a revision. `price` is null where it does not fit."""

    machine_model = text(required=True)
    machine_model_title = text()
    material = text(required=True)
    material_name = text()
    fits = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(Said), required=True)
    notes = fields.List(
        fields.Nested(Said), metadata={"description": "Of a laser: what could not be planned as wished."}
    )
    seconds = fields.Nested(Span, allow_none=True)
    grams = fields.Nested(Span, allow_none=True)
    sheet_mm2 = fields.Integer(allow_none=True, metadata={"description": "Sheet area of all copies, on a laser."})
    price = fields.Nested(Price, allow_none=True)
    source = text(metadata={"enum": ["geometry", "slicer", "measured"]})
    promise = fields.Nested(
        Promise,
        allow_none=True,
        metadata={"description": "Null unless `needed_by` was asked for, and where it does not fit."},
    )


class Options(Schema):
    """Every option for a revision, fitting ones first, cheapest first."""

    options = fields.List(fields.Nested(Option), required=True)


# jobs


class Actor(Schema):
    """Who did it."""

    kind = text(required=True, metadata={"enum": ["person", "machine", "system"]})
    name = text(allow_none=True)


class Event(Schema):
    """What happened to a job or one of its runs."""

    at = moment()
    actor = fields.Nested(Actor, required=True)
    about = text(metadata={"enum": ["job", "run"]})
    verb = text(required=True)
    old = text()
    new = text()
    reason = fields.Nested(Said, allow_none=True)


class JobRun(Schema):
    """One physical attempt; copies are those of this job. `progress` is 0 to 100."""

    id = text(required=True)
    machine = text(allow_none=True)
    elsewhere = fields.Nested(
        Said, allow_none=True, metadata={"description": "Why it is made there, where another machine was asked for."}
    )
    state = one_of(RunState, required=True)
    progress = fields.Float()
    seconds_left = fields.Integer(allow_none=True)
    copies = fields.Integer()
    good_copies = fields.Integer(allow_none=True)
    started_at = moment()
    ended_at = moment()
    seconds = fields.Integer(allow_none=True)
    grams = fields.Float(allow_none=True)
    sheet_mm2 = fields.Integer(allow_none=True, metadata={"description": "Sheet area it used up, on a laser."})
    reason = fields.Nested(Said, allow_none=True)


class DesignLink(Schema):
    """A design and which revision of it, in short."""

    id = text(required=True)
    name = text(required=True)
    kind = one_of(DesignKind)
    revision_number = fields.Integer()


class HandoverView(Schema):
    """How a job was collected. `paid`: how it was settled then, null: the account paid."""

    at = moment()
    taken_by = text(metadata={"description": "Empty: the owner."})
    place = text()
    grams = fields.Float(allow_none=True)
    paid = one_of(Means, allow_none=True)


class AskedBy(Schema):
    """Whose job it is, as technicians see it. guest: without an account; guarded: somebody looks after them."""

    name = text(required=True)
    user_name = text(required=True)
    guest = fields.Boolean(required=True)
    guarded = fields.Boolean(required=True)


class Job(Schema):
    """A fabrication job. `revision` is its id, `actions` are names of what the caller may do now."""

    id = text(required=True)
    code = text(required=True)
    request = text()
    state = one_of(JobState, required=True)
    revision = text(required=True)
    design = fields.Nested(DesignLink)
    project = fields.Nested(ProjectLink)
    owner = text(metadata={"description": "The name that others see."})
    asked_by = fields.Nested(
        AskedBy, allow_none=True, metadata={"description": "The owner, for those who review jobs alone."}
    )
    filed_by = text(allow_none=True, metadata={"description": "Who asked in the owner's name; null: the owner."})
    machine_model = text()
    material = text()
    colour = text()
    machine = fields.String(allow_none=True, metadata={"description": "The one that was asked for."})
    machine_required = fields.Boolean(metadata={"description": "No other machine will do."})
    quantity = fields.Integer(required=True)
    good_copies = fields.Integer(required=True)
    settings = fields.Dict()
    note = text()
    needed_by = fields.String(allow_none=True, metadata={"format": "date"})
    priority = fields.Integer()
    place = text()
    pin = fields.Integer(
        allow_none=True, metadata={"description": "Its place in the queue by hand, for those who review jobs alone."}
    )
    quote = fields.Nested(Quote, allow_none=True)
    offer = fields.Nested(Quote, allow_none=True)
    estimate = fields.Nested(Estimate, allow_none=True)
    position = fields.Integer(allow_none=True)
    expected_finish = moment()
    waiting_reason = fields.Nested(Said, allow_none=True)
    reason = fields.Nested(Said, allow_none=True)
    runs = fields.List(fields.Nested(JobRun))
    events = fields.List(fields.Nested(Event))
    actions = fields.List(fields.String())
    created_at = moment()
    submitted_at = moment()
    approved_at = moment()
    ready_at = moment()
    collected_at = moment()
    handover = fields.Nested(HandoverView, allow_none=True)


# projects


class BuildView(Schema):
    """One assembled instance. `builder` is null unless they chose to be named."""

    number = fields.Integer(required=True)
    version = text()
    outcome = text()
    made_at = moment()
    builder = text(allow_none=True)
    note = text(metadata={"description": "What an author of the project added."})


class ProjectSummary(ProjectLink):
    """A project in a list."""

    summary = text()
    function = text()
    licence = text()
    licensor = text()
    version = text()
    tags = fields.List(text())
    authors = fields.List(text(), metadata={"description": "Names of the authors who may be named."})
    good_builds = fields.Integer()
    visibility = one_of(Visibility)
    published_at = moment()
    changed_at = moment()
    url = text(metadata={"format": "uri"})


class ProjectDesign(Schema):
    """A design of a project and its latest revision."""

    id = text(required=True)
    name = text(required=True)
    revision = fields.Nested(RevisionSummary)


class Project(ProjectSummary):
    """A project page's content; `documentation` is Markdown."""

    function = text()
    documentation = text()
    designs = fields.List(fields.Nested(ProjectDesign))
    builds = fields.List(fields.Nested(BuildView))
    photos = fields.List(fields.Nested(PhotoView))


def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a list of `item`."""
    members = {
        "__doc__": "A page of a list; `next` is the address of the one that follows.",
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, metadata={"format": "uri"}),
    }
    return type(f"{item.__name__}Page", (Schema,), members)
