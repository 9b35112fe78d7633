"""Slicing with the real slicer, and what it means for runs and jobs."""

import io
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trimesh

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Design,
    DesignKind,
    Job,
    JobState,
    MachineModel,
    Person,
    Quote,
    Revision,
    Run,
    RunState,
    Slicing,
    SlicingState,
    StoredFile,
)
from fabqueue.services import events, ledger, plates, profiles, reviews, runs, sharing, slicings
from fabqueue.tasks import ticker, work
from printers import gcode
from tests.support.factories import Lab
from tests.support.making import approved_job

pytestmark = [
    pytest.mark.slicer,
    pytest.mark.skipif(not shutil.which("prusa-slicer"), reason="no PrusaSlicer is installed"),
]


def planned(context: Context, lab: Lab, **more: object) -> str:
    """The id of an approved job with its run planned."""
    with context.db.writing() as session:
        job = approved_job(session, context.storage, lab, **more)  # type: ignore[arg-type]
        runs.plan(session, context.config, events.SYSTEM, job)
        session.commit()
        return job.id


def bring(context: Context, job_id: str, content: bytes, name: str, kind: DesignKind = DesignKind.MESH) -> None:
    """Let the job be about another file, and plan anew."""
    kept = context.storage.keep(io.BytesIO(content), len(content))
    with context.db.writing() as session:
        session.merge(StoredFile(sha256=kept.sha256, size=kept.size))
        job = session.get_one(Job, job_id)
        revision = session.get_one(Revision, job.revision_id)
        revision.sha256, revision.filename = kept.sha256, name
        session.get_one(Design, revision.design_id).kind = kind
        for run in runs.of_job(session, job):
            for item in run.items:
                session.delete(item)
            session.flush()
            session.delete(run)
        session.flush()
        session.refresh(job)
        runs.plan(session, context.config, events.SYSTEM, job)
        session.commit()


def slice_all(context: Context) -> None:
    """What workers do until nothing is left to slice."""
    while True:
        with context.db.reading() as session:
            pending = slicings.pending(session)
        if not pending:
            return
        for slicing_id in pending:
            work.find("slice")(context, slicing_id)


def state(context: Context, job_id: str) -> tuple[Job, list[Run]]:
    with context.db.reading() as session:
        job = session.get_one(Job, job_id)
        return job, runs.of_job(session, job)


def test_a_box_is_sliced_and_its_run_waits_for_a_machine(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab, total_minor=10_000)
    slice_all(context)
    job, (run,) = state(context, job_id)
    assert (job.state, run.state) == (JobState.QUEUED, RunState.WAITING)
    assert run.slicing is not None
    assert run.predicted_seconds == run.slicing.seconds
    assert 300 < (run.predicted_seconds or 0) < 3600
    assert 2_000 < (run.predicted_milligrams or 0) < 10_000
    made = gcode.read(context.storage.path(run.slicing.gcode_sha256 or ""))
    assert made.usable
    assert made.slicer is not None


def test_a_part_that_is_too_large_goes_back_to_its_member(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab)
    bring(context, job_id, trimesh.creation.box((400, 20, 20)).export(file_type="stl"), "long.stl")
    slice_all(context)
    job, made = state(context, job_id)
    assert (job.state, job.reason_code) == (JobState.CHANGES_REQUESTED, "slicing_does_not_fit")
    assert [each.state for each in made] == [RunState.FAILED]
    with context.db.reading() as session:
        assert ledger.held_for(session, job) == 0


def test_more_copies_than_a_bed_holds_become_several_runs(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab, quantity=3, total_minor=100_000)
    bring(context, job_id, trimesh.creation.box((150, 110, 2)).export(file_type="stl"), "plate.stl")
    slice_all(context)
    job, made = state(context, job_id)
    waiting = [each for each in made if each.state is RunState.WAITING]
    assert job.state is JobState.QUEUED
    assert sum(item.copies for each in waiting for item in each.items) == 3
    assert len(waiting) > 1
    assert [each.reason_code for each in made if each.state is RunState.CANCELLED] == ["run_split"]


def test_a_dearer_price_is_offered_to_the_member_and_the_run_waits_for_the_yes(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab, total_minor=10)
    slice_all(context)
    job, (run,) = state(context, job_id)
    assert (job.state, job.reason_code, run.state) == (
        JobState.AWAITING_MEMBER, "price_dearer_by_slicing", RunState.WAITING)  # fmt: skip
    with context.db.reading() as session:
        offer = session.get_one(Quote, job.offer_id or "")
        assert (offer.source, offer.total_minor > 10) == ("slicer", True)


def test_a_toolpath_is_taken_as_it_is(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab, total_minor=10_000, quantity=2)
    content = b"G21\nG90\nM104 S200\nG1 X10 Y10 Z0.2 F3000\nG1 X60 Y10 E5 F1200\nG1 X60 Y60 E10\nM104 S0\n"
    bring(context, job_id, content, "part.gcode", DesignKind.TOOLPATH)
    slice_all(context)
    _, made = state(context, job_id)
    assert [each.state for each in made] == [RunState.WAITING] * 2
    assert made[0].slicing is not None
    assert context.storage.path(made[0].slicing.gcode_sha256 or "").read_bytes() == content
    assert (made[0].predicted_milligrams or 0) > 0


def test_a_toolpath_that_leaves_the_bed_goes_back_to_its_member(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab)
    content = b"G21\nG90\nG1 X10 Y10 Z0.2 F3000\nG1 X600 Y10 E5 F1200\n"
    bring(context, job_id, content, "part.gcode", DesignKind.TOOLPATH)
    slice_all(context)
    job, _ = state(context, job_id)
    assert (job.state, job.reason_code) == (JobState.CHANGES_REQUESTED, "toolpath_outside_bed")


def test_without_a_slicer_the_job_fails_and_is_not_the_members_fault(
    context: Context, lab: Lab, tmp_path: Path
) -> None:
    job_id = planned(context, lab)
    broken = replace(context.config.slicer, program=str(tmp_path / "no-slicer"))
    slice_all(replace(context, config=replace(context.config, slicer=broken)))
    job, _ = state(context, job_id)
    assert (job.state, job.reason_code) == (JobState.FAILED, "slicing_no_slicer")


def test_nothing_is_sliced_with_another_profile_than_it_was_planned_for(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab)
    with context.db.writing() as session:  # past the service, which refuses it
        session.get_one(MachineModel, lab.model.id).profile = "mini-180"
        session.commit()
    slice_all(context)
    job, made = state(context, job_id)
    assert (job.state, job.reason_code) == (JobState.FAILED, "slicing_profile_changed")
    assert [each.state for each in made] == [RunState.FAILED]
    with context.db.writing() as session:
        again = session.get_one(Job, job_id)
        reviews.requeue(session, context.config, again, session.get_one(Person, lab.tara.id))
        session.commit()
    slice_all(context)
    _, (_failed, run) = state(context, job_id)
    assert run.state is RunState.WAITING
    assert run.slicing is not None
    assert run.slicing.profile_digest == profiles.available(context.config)["mini-180"].digest


def test_what_a_dead_worker_left_is_sliced_again_and_given_up_after_three_tries(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab)
    with context.db.reading() as session:
        (slicing_id,) = slicings.pending(session)
    for attempt in (1, 2, 3):
        with context.db.writing() as session:
            begun = slicings.begin(session, context.config, slicing_id)
            assert begun is not None
            assert begun.attempt == attempt
            assert slicings.begin(session, context.config, slicing_id) is None
            session.get_one(Slicing, slicing_id).running_until = now() - timedelta(seconds=1)
            session.commit()
    work.find("slice")(context, slicing_id)
    job, _ = state(context, job_id)
    assert (job.state, job.reason_code) == (JobState.FAILED, "slicing_gave_up")


def test_a_try_begun_while_the_clock_was_days_ahead_holds_nothing_up(context: Context, lab: Lab) -> None:
    planned(context, lab)
    with context.db.writing() as session:
        (slicing_id,) = slicings.pending(session)
        assert slicings.begin(session, context.config, slicing_id)
        assert slicings.pending(session) == []
        session.get_one(Slicing, slicing_id).running_until = now() + timedelta(days=2)
        session.flush()
        assert slicings.pending(session) == [slicing_id]


def test_a_try_that_was_overtaken_ends_nothing(context: Context, lab: Lab) -> None:
    planned(context, lab)
    with context.db.writing() as session:
        (slicing_id,) = slicings.pending(session)
        assert slicings.begin(session, context.config, slicing_id)
        session.get_one(Slicing, slicing_id).running_until = now() - timedelta(seconds=1)
        session.flush()
        assert slicings.begin(session, context.config, slicing_id)
        assert not slicings.fail(session, slicing_id, 1, "slicing_failed", {})
        assert session.get_one(Slicing, slicing_id).state is SlicingState.RUNNING


def test_a_slicing_whose_consequences_nobody_drew_is_found(context: Context, lab: Lab) -> None:
    job_id = planned(context, lab)
    with context.db.writing() as session:
        (slicing_id,) = slicings.pending(session)
        slicing = session.get_one(Slicing, slicing_id)
        slicing.state, slicing.seconds, slicing.milligrams = SlicingState.READY, 60, 1000
        session.commit()
    ticker.reconcile(context)
    _, (run,) = state(context, job_id)
    assert (run.state, run.predicted_seconds) == (RunState.WAITING, 60)


def test_jobs_that_share_a_bed_are_sliced_into_one_file(context: Context, lab: Lab) -> None:
    keys = [planned(context, lab, total_minor=10_000, quantity=copies) for copies in (1, 2, 1)]
    slice_all(context)
    with context.db.writing() as session:
        (offer,) = sharing.offers(session, context.config, session.get_one(MachineModel, lab.model.id))
        plates.put_together(session, events.SYSTEM, offer.runs)
        session.commit()
    slice_all(context)
    found = [state(context, key) for key in keys]
    assert {job.state for job, _ in found} == {JobState.QUEUED}
    (plate,) = {made[-1].id: made[-1] for _, made in found}.values()
    assert (plate.state, len(plate.items)) == (RunState.WAITING, 3)
    assert plate.slicing is not None
    assert gcode.read(context.storage.path(plate.slicing.gcode_sha256 or "")).usable
    alone = sum(item.alone_seconds or 0 for item in plate.items)
    assert 0.7 * alone < (plate.predicted_seconds or 0) < alone


def test_jobs_that_do_not_fit_after_all_are_made_with_those_that_do_or_alone(context: Context, lab: Lab) -> None:
    wide = trimesh.creation.box((150, 110, 2)).export(file_type="stl")
    keys = [planned(context, lab, total_minor=100_000) for _ in range(3)]
    bring(context, keys[0], wide, "wide.stl")
    bring(context, keys[2], wide, "wide.stl")
    slice_all(context)
    with context.db.writing() as session:
        alone = [runs.of_job(session, session.get_one(Job, key))[-1] for key in keys]
        plates.put_together(session, events.SYSTEM, alone)
        session.commit()
    slice_all(context)
    found = [state(context, key) for key in keys]
    assert [(job.state, made[-1].state) for job, made in found] == [(JobState.QUEUED, RunState.WAITING)] * 3
    assert [len(made[-1].items) for _, made in found] == [2, 2, 1]
