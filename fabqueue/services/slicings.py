"""Slicing: a model sliced once for a machine model, material, settings and number of copies; found again after a crash.

A toolpath that a member brought takes the same way: its "slicing" checks the file and keeps it as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import (
    DesignKind,
    Job,
    MachineModel,
    MaterialOffer,
    Run,
    RunState,
    Slicing,
    SlicingState,
    StoredFile,
)
from fabqueue.services import claims, estimates, laserwork, profiles, settings
from fabqueue.services.errors import Refused
from fabqueue.storage import Kept

MOST_ATTEMPTS = 3
READING = "reading"
"""Among a laser's settings: how its drawing is read, which no row would say otherwise once another revision is."""
_IDENTITY = ("model_sha256", "units", "profile_digest", "settings_digest", "copies")


@dataclass(frozen=True)
class Work:
    """What slicing one model takes. `toolpath`: the file is G-code already. `laser`: what one is to do instead."""

    slicing_id: str
    attempt: int
    model_sha256: str
    filename: str
    units: str
    profile: str
    profile_digest: str
    """What the profile held when the run was planned."""
    preset: str
    settings: dict[str, Any]
    copies: int
    toolpath: bool
    parts: list[dict[str, Any]]
    """As in `Slicing.parts`."""
    laser: dict[str, Any] | None = None
    """As `services.laserwork.wanted` has it now; None also where its settings are not what they were."""


@dataclass(frozen=True)
class Sliced:
    """The G-code that was made: its SHA-1 as machines report it, time and material of all copies; a laser's plan."""

    kept: Kept
    sha1: str
    seconds: int
    milligrams: int | None
    mm2: int | None = None
    plan: dict[str, Any] | None = None
    picture: Kept | None = None


def for_job(session: WritingSession, config: Config, job: Job, copies: int) -> Slicing:
    """The slicing for `copies` of a job's design, found or made. Raises Refused when its machine cannot take it."""
    toolpath = job.revision.design.kind is DesignKind.TOOLPATH
    profile_digest, settings_digest, chosen = _digests(session, config, job, toolpath)
    return _find_or_make(
        session,
        Slicing(
            model_sha256=job.revision.sha256, filename=job.revision.filename, units=job.revision.units,
            profile_digest=profile_digest, settings_digest=settings_digest, copies=copies,
            machine_model_id=job.machine_model_id, material_id=job.material_id, settings=chosen,
        ),
    )  # fmt: skip


def for_copies(session: WritingSession, like: Slicing, copies: int) -> Slicing:
    """The slicing that differs from `like` in nothing but the number of copies."""
    columns = ("model_sha256", "filename", "units", "profile_digest", "settings_digest", "machine_model_id",
               "material_id")  # fmt: skip
    values = {name: getattr(like, name) for name in columns}
    return _find_or_make(session, Slicing(**values, settings=dict(like.settings), copies=copies))


def for_plate(session: WritingSession, alone: Sequence[Slicing]) -> Slicing:
    """The slicing of several ready ones together on one bed; they agree in all but model, pose and copies."""
    first = alone[0]
    parts = [part_of(each) for each in alone]
    digest = profiles.settings_digest({"plate": parts, "settings": settings.for_slicer(first.settings)})
    return _find_or_make(
        session,
        Slicing(
            model_sha256=first.model_sha256, filename=first.filename, units=first.units,
            profile_digest=first.profile_digest, settings_digest=digest, machine_model_id=first.machine_model_id,
            material_id=first.material_id, settings=settings.for_slicer(first.settings), parts=parts,
            copies=sum(each.copies for each in alone),
        ),
    )  # fmt: skip


def part_of(slicing: Slicing) -> dict[str, Any]:
    """The model of a slicing as one among several on a bed."""
    return {
        "sha256": slicing.model_sha256, "filename": slicing.filename, "units": slicing.units,
        "pose": slicing.settings.get("pose"), "copies": slicing.copies,
    }  # fmt: skip


def _digests(session: Session, config: Config, job: Job, toolpath: bool) -> tuple[str, str, dict[str, Any]]:
    """What tells apart the files of one model and number of copies, and the settings that are kept with them."""
    offer = offer_of(session, job.machine_model_id, job.material_id)
    if offer is None:
        raise Refused("fit_material_unknown", {"material": job.material.name}, "material")
    drawing = job.revision if job.revision.design.kind is DesignKind.DRAWING else None
    wanted = estimates.want(config, job.machine_model, offer, job.settings, drawing)
    chosen = settings.of_file(job.settings)
    if toolpath:  # the file decides; only the machine it is for matters
        return wanted.profile_digest, _toolpath_digest(), chosen
    burnt = wanted.request.laser
    if burnt is not None:
        return wanted.profile_digest, _burnt_digest(burnt), {**chosen, READING: burnt.get("reading", {})}
    return wanted.profile_digest, wanted.settings_digest, chosen


def _burnt_digest(job: Mapping[str, Any]) -> str:
    return profiles.settings_digest({"laser": job})


def offer_of(session: Session, model_id: str, material_id: str) -> MaterialOffer | None:
    offers = select(MaterialOffer).where(MaterialOffer.machine_model_id == model_id)
    return session.scalar(offers.where(MaterialOffer.material_id == material_id))


def _find_or_make(session: WritingSession, wanted: Slicing) -> Slicing:
    """The row of `wanted`'s identity, locked, so that nobody ends it unseen before our commit."""
    found = _find(session, wanted)
    if found is None:
        try:
            with session.begin_nested():
                session.add(wanted)
        except IntegrityError:  # another process made it since we looked
            found = _find(session, wanted)
            assert found is not None
    row = found or wanted
    if row.state is SlicingState.FAILED or (row.state is SlicingState.READY and row.gcode_sha256 is None):
        _try_again(row)
    if row.state is SlicingState.PENDING:
        session.flush()
        session.wake("slice", row.id)
    return row


def _find(session: Session, wanted: Slicing) -> Slicing | None:
    same = [getattr(Slicing, name) == getattr(wanted, name) for name in _IDENTITY]
    return session.scalar(select(Slicing).where(*same).with_for_update(of=Slicing))


def _try_again(row: Slicing) -> None:
    """A failure may be of its day (memory, time, a missing program), and old G-code is thrown away."""
    row.state, row.attempts, row.running_until = SlicingState.PENDING, 0, None
    row.problem_code, row.problem_values = "", {}


def pending(session: Session, limit: int = 20) -> list[str]:
    """Ids of slicings that wait and that a run needs, also those whose worker was lost."""
    return list(session.scalars(_waiting().order_by(Slicing.created_at).limit(limit)))


def _waiting() -> Any:
    lost = (Slicing.state == SlicingState.RUNNING) & claims.is_over(Slicing.running_until)
    needed = select(Run.id).where(Run.slicing_id == Slicing.id, Run.state == RunState.PREPARING).exists()
    return select(Slicing.id).where(or_(Slicing.state == SlicingState.PENDING, lost), needed)


def begin(session: WritingSession, config: Config, slicing_id: str) -> Work | None:
    """Claim a slicing for one try; None when it is gone, done, given up, or somebody else is at it."""
    slicing = session.scalar(select(Slicing).where(Slicing.id == slicing_id, Slicing.id.in_(_waiting())))
    if slicing is None:
        return None
    if slicing.attempts >= MOST_ATTEMPTS:
        fail(session, slicing_id, slicing.attempts, "slicing_gave_up", {"attempts": slicing.attempts})
        return None
    attempts = slicing.attempts
    mine = update(Slicing).where(Slicing.id == slicing_id, Slicing.attempts == attempts, Slicing.id.in_(_waiting()))
    begun = mine.values(state=SlicingState.RUNNING, attempts=attempts + 1, running_until=claims.end())
    if not _changed(session, begun):
        return None
    session.refresh(slicing)
    return _work(session, config, slicing)


def _burnt(config: Config, model: MachineModel, offer: MaterialOffer | None, slicing: Slicing) -> dict[str, Any] | None:
    """What a laser is to do by what its model and material say now; None where that is not what was planned."""
    profile = profiles.of(config, model)
    if profile is None or profile.laser is None or offer is None or READING not in slicing.settings:
        return None
    job = laserwork.wanted(profile, offer, slicing.settings, slicing.settings[READING])
    return job if _burnt_digest(job) == slicing.settings_digest else None


def _work(session: Session, config: Config, slicing: Slicing) -> Work:
    model = session.get_one(MachineModel, slicing.machine_model_id)
    offer = offer_of(session, slicing.machine_model_id, slicing.material_id)
    return Work(
        slicing_id=slicing.id, attempt=slicing.attempts, model_sha256=slicing.model_sha256, filename=slicing.filename,
        units=slicing.units, profile=model.profile, profile_digest=slicing.profile_digest,
        preset=offer.preset if offer else "", settings=dict(slicing.settings), copies=slicing.copies,
        toolpath=is_toolpath(slicing), parts=list(slicing.parts),
        laser=_burnt(config, model, offer, slicing),
    )  # fmt: skip


def is_toolpath(slicing: Slicing) -> bool:
    return slicing.settings_digest == _toolpath_digest()


def _toolpath_digest() -> str:
    return profiles.settings_digest({"toolpath": True})


def finish(session: WritingSession, slicing_id: str, attempt: int, sliced: Sliced) -> bool:
    """Keep the G-code of try number `attempt`; False when the slicing is gone or another try has it.

    Draw the consequences for its runs in the same transaction: `preparation.slicing_ended`.
    """
    for kept in (sliced.kept, sliced.picture):
        if kept is not None and session.get(StoredFile, kept.sha256) is None:
            session.add(StoredFile(sha256=kept.sha256, size=kept.size))
            session.flush()
    return _end(
        session, slicing_id, attempt, state=SlicingState.READY, gcode_sha256=sliced.kept.sha256,
        gcode_sha1=sliced.sha1, seconds=sliced.seconds, milligrams=sliced.milligrams, ready_at=now(),
        mm2=sliced.mm2, plan=sliced.plan, picture_sha256=sliced.picture.sha256 if sliced.picture else None,
    )  # fmt: skip


def fail(session: WritingSession, slicing_id: str, attempt: int, code: str, values: Mapping[str, Any]) -> bool:
    """There will be no G-code: `code` says why. False when the slicing is gone or another try has it."""
    return _end(session, slicing_id, attempt, state=SlicingState.FAILED, problem_code=code, problem_values=dict(values))


def _end(session: WritingSession, slicing_id: str, attempt: int, **columns: Any) -> bool:
    """Compare-and-set: only the try that is running may end it."""
    running = update(Slicing).where(
        Slicing.id == slicing_id, Slicing.state == SlicingState.RUNNING, Slicing.attempts == attempt
    )
    ended = _changed(session, running.values(running_until=None, **columns))
    if row := session.get(Slicing, slicing_id):
        session.refresh(row)
    return ended


def _changed(session: Session, statement: Any) -> bool:
    session.flush()
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def unanswered(session: Session, limit: int = 50) -> list[str]:
    """Ids of ended slicings that a run still waits for: their consequences are yet to be drawn."""
    ended = Slicing.state.in_({SlicingState.READY, SlicingState.FAILED})
    rows = select(Slicing.id).join(Run, Run.slicing_id == Slicing.id)
    return list(session.scalars(rows.where(Run.state == RunState.PREPARING, ended).distinct().limit(limit)))
