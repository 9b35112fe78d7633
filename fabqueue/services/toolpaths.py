"""What a laser does for a job, as far as it is known: by the file that was made, else by the estimate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.models import DesignKind, Job
from fabqueue.services import estimates, planning, slicings
from fabqueue.services.errors import Refused


@dataclass(frozen=True)
class Toolpath:
    """plan: as `Slicing.plan` or `Estimate.plan`. picture, file: digests of SVG and G-code; "" while there is no file.

    tag: tells apart what may be drawn of it. copies: how many the picture shows.
    """

    plan: Mapping[str, Any]
    picture: str
    tag: str
    file: str = ""

    @property
    def copies(self) -> int:
        return int(self.plan["copies"])


def of_job(session: Session, config: Config, job: Job) -> Toolpath | None:
    """The toolpath of a job's last file, else of its estimate; None for what no laser makes, or nobody planned yet."""
    if job.revision.design.kind is not DesignKind.DRAWING:
        return None
    for run in reversed(planning.of_job(session, job)):
        if run.slicing and run.slicing.plan and run.slicing.picture_sha256:
            picture = run.slicing.picture_sha256
            return Toolpath(run.slicing.plan, picture, picture, run.slicing.gcode_sha256 or "")
    return _estimated(session, config, job)


def _estimated(session: Session, config: Config, job: Job) -> Toolpath | None:
    wanted = _wanted(session, config, job)
    if wanted is None or job.revision.report is None:
        return None
    row = estimates.known(session, job.revision.report, [wanted]).get(wanted.key)
    return Toolpath(row.plan, "", f"{wanted.key}-{row.plan['copies']}") if row and row.plan else None


def laser_job(session: Session, config: Config, job: Job) -> Mapping[str, Any] | None:
    """What a laser is to do for one sheet of a job (`services.laserwork.wanted`); None where none can."""
    wanted = _wanted(session, config, job)
    return wanted.request.laser if wanted else None


def _wanted(session: Session, config: Config, job: Job) -> estimates.Wanted | None:
    offer = slicings.offer_of(session, job.machine_model_id, job.material_id)
    if offer is None:
        return None
    try:
        return estimates.want(config, job.machine_model, offer, job.settings, job.revision, job.quantity)
    except Refused:
        return None
