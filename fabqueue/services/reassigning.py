"""What an owner says of a drawing: what its colours mean, whether lines on others go. Then it is read anew."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from fabqueue.analysis.readings import IMAGE, IMAGE_MAY_BE, Operation, merged
from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import DesignKind, Job, Person, Revision, RevisionState
from fabqueue.services import analyses, events, locks, readings, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.storage import Kept


def change(
    session: WritingSession, config: Config, person: Person, revision: Revision,
    operations: Mapping[str, str] | None = None, without_doubles: bool | None = None,
) -> Revision:  # fmt: skip
    """Have a drawing read as its owner means it; returns the revision that it becomes.

    operations: what the colours of the drawing mean, "#rrggbb" (or "other") to "cut", "score", "engrave" or "ignored",
    and whether its pictures ("image") are "engrave" or "ignored"; those left out mean what the lab means by them, so {}
    takes everything back. without_doubles: whether lines that lie on others are left out. None leaves either as it is;
    the drawing is then read anew only if the lab, or this version, would read it in another way than before.
    A revision that nobody has asked for is read anew itself; what a job depends on stays as it is, and the same file
    becomes the next revision. Raises Refused, Conflict.
    """
    locks.lock(session, revision)
    _check(revision)
    wanted = dict(revision.reading)
    if operations is not None:
        wanted["operations"] = _chosen(config, revision, operations)
    if without_doubles is not None:
        wanted["without_doubles"] = without_doubles
    wanted = {name: value for name, value in wanted.items() if value}
    would_differ = readings.is_outdated(config, revision) or readings.is_of_before(revision)
    if wanted == revision.reading and not would_differ:
        return revision
    if session.scalar(select(Job.id).where(Job.revision_id == revision.id).limit(1)) is not None:
        kept = Kept(revision.sha256, revision.file.size)
        return uploads.add_revision(session, config.uploads, person, revision.design, kept, revision.filename,
                                    revision.units, wanted)  # fmt: skip
    return _read_anew(session, config, person, revision, wanted)


def _check(revision: Revision) -> None:
    if revision.design.kind is not DesignKind.DRAWING:
        raise Refused("reading_of_no_drawing")
    if revision.state in {RevisionState.PENDING, RevisionState.RUNNING}:
        raise Conflict(revision.state, "reading_under_way", {"state": revision.state})
    if revision.report is None:
        raise Refused(revision.problem_code or "revision_not_ready", revision.problem_values)


def _chosen(config: Config, revision: Revision, operations: Mapping[str, str]) -> dict[str, str]:
    """What differs from what the lab means. Raises Refused for colours and operations that do not exist."""
    assert revision.report is not None
    there = {each["colour"] for each in revision.report.data["operations"]}
    lab = merged(config.drawings.colour_map)
    for colour, operation in operations.items():
        if colour not in there:
            raise Refused("reading_colour_unknown", {"colour": colour[:40]}, "operations")
        if str(operation) not in set(Operation):
            raise Refused("reading_operation_unknown", {"operation": str(operation)[:40]}, "operations")
        if colour == IMAGE and operation not in IMAGE_MAY_BE:
            raise Refused("reading_image_not_followed", {}, "operations")
    return {colour: each for colour, each in sorted(operations.items()) if each != lab.meant(colour)}


def _read_anew(
    session: WritingSession, config: Config, person: Person, revision: Revision, wanted: Mapping[str, Any]
) -> Revision:
    events.move(session, events.actor_of(person), revision, {RevisionState.READY}, RevisionState.PENDING, "read_as",
                reading=dict(wanted), report_id=None, ready_at=None, attempts=0)  # fmt: skip
    session.refresh(revision)
    report = readings.known(session, revision, readings.asked(config, revision))
    if report is not None:
        analyses.serve(session, revision, report)
    else:
        session.wake("analyse", revision.id)
    return revision
