"""How a drawing is to be read: what lab, machine model and owner say, as the sandbox is told and reports keep it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.analysis.findings import VERSION
from fabqueue.analysis.readings import IMAGE, Operation, merged
from fabqueue.config import Config
from fabqueue.models import DesignKind, Report, Revision


def asked(config: Config, revision: Revision, machine: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """How `revision` is read now, as `Reading.as_dict`; None for what is no drawing.

    machine: the colours of a machine model that has its own. Pictures that the report says are left out stay so.
    """
    if revision.design.kind is not DesignKind.DRAWING:
        return None
    said = dict(revision.reading)
    if _leaves_out_pictures(revision.report):
        said["operations"] = {IMAGE: str(Operation.IGNORED), **said.get("operations", {})}
    return merged(config.drawings.colour_map, machine, said, config.drawings.kerf_mm).as_dict()


def _leaves_out_pictures(report: Report | None) -> bool:
    """Whether a report is of the time when no picture made of pixels was engraved, and found one."""
    return report is not None and any(each["code"] == "drawing_image" for each in report.data["findings"])


def key(reading: Mapping[str, Any] | None) -> str:
    """What tells reports of one file apart that were read in different ways; "" for what is no drawing."""
    if reading is None:
        return ""
    return hashlib.sha256(json.dumps(reading, sort_keys=True).encode()).hexdigest()


def known(session: Session, revision: Revision, reading: Mapping[str, Any] | None) -> Report | None:
    """The report on the same bytes, in the same unit and read in the same way, if there is one."""
    same = select(Report).where(
        Report.sha256 == revision.sha256, Report.units == revision.units, Report.analyser == VERSION,
        Report.reading == key(reading),
    )  # fmt: skip
    return session.scalar(same)


def is_outdated(config: Config, revision: Revision) -> bool:
    """Whether the lab means something else by the colours now than when the drawing was read."""
    used = revision.report.data.get("reading") if revision.report else None
    return used is not None and dict(used["colours"]) != config.drawings.colour_map


def is_of_before(revision: Revision) -> bool:
    """Whether a drawing was read by another version than this, which may find more in it, such as pictures."""
    report = revision.report
    return report is not None and revision.design.kind is DesignKind.DRAWING and report.analyser != VERSION
