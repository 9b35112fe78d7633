"""A job's way: quoted, submitted, reviewed, changed, accepted, cancelled; the price is held and released with it."""

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Event, Job, JobState, Notice, Revision, Run, RunState
from fabqueue.services import jobs, ledger, quotes, reviews, runs, settings
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.jobs import Wish
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

WISH = Wish("marlin-250", "pla")


@pytest.fixture
def revision(session: WritingSession, here: Lab, storage: Storage, config: Config) -> Revision:
    made = factories.analysed_box(session, storage, here.alice)
    factories.estimate(session, config, made)
    return made


@pytest.fixture
def draft(session: WritingSession, config: Config, here: Lab, revision: Revision) -> Job:
    return jobs.create(session, config, here.alice, revision, WISH, filed_by=here.alice)


@pytest.fixture
def submitted(session: WritingSession, config: Config, here: Lab, draft: Job) -> Job:
    jobs.submit(session, config, draft, here.alice)
    return draft


@pytest.fixture
def approved(session: WritingSession, config: Config, here: Lab, submitted: Job) -> Job:
    reviews.approve(session, config, submitted, here.tara)
    return submitted


def notices_of(session: WritingSession, job: Job) -> list[str]:
    return list(session.scalars(select(Notice.code).where(Notice.job_id == job.id)))


def test_an_option_is_priced_by_the_rates(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    (option,) = quotes.options(session, config, revision, here.alice, quantity=2)
    assert option.fits
    assert option.seconds == {"low": 6000, "expected": 7200, "high": 8400}
    assert option.price is not None
    assert {each.code: each.minor for each in option.price.lines} == {
        "price_material": 50, "price_machine": 240, "price_setup": 50
    }  # fmt: skip
    assert option.source == "geometry"


def test_an_option_without_its_estimate_is_pending(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    (option,) = quotes.options(session, config, revision, here.alice, chosen={"infill_percent": 50})
    assert option.pending
    assert option.price is None


def test_a_tool_driven_by_hand_takes_it_without_an_estimate(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    tool = factories.manual_model(session, setup_minor=300)
    factories.offer(session, tool, here.pla)
    found = {each.machine_model.slug: each for each in quotes.options(session, config, revision, here.alice)}
    by_hand = found["sewing-machine"]
    assert by_hand.fits
    assert by_hand.seconds is None
    assert by_hand.price is not None
    assert by_hand.price.total_minor == 120 * 0 + 300


def test_a_missing_certification_is_a_reason(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    here.model.needs_certification = True
    session.flush()
    (option,) = quotes.options(session, config, revision, here.alice)
    assert [each["code"] for each in option.reasons] == ["fit_needs_certification"]


def test_a_draft_gets_a_code_people_can_say(draft: Job, here: Lab) -> None:
    assert draft.code == f"J-{draft.number}"
    assert draft.state is JobState.DRAFT
    assert draft.request.owner is here.alice


def test_every_fault_of_a_wish_is_named(session: WritingSession, config: Config, here: Lab, revision: Revision) -> None:
    wish = Wish("nowhere", "gold", quantity=0, settings={"walls": 0, "colour": "red"}, payer="")
    with pytest.raises(Invalid) as caught:
        jobs.create(session, config, here.alice, revision, wish, filed_by=here.alice)
    assert {each.field for each in caught.value.refusals} == {
        "machine_model", "material", "quantity", "settings.walls", "settings.colour"
    }  # fmt: skip


def test_somebody_elses_account_does_not_pay(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    wish = Wish("marlin-250", "pla", payer=ledger.account_of(session, here.bob).id)
    with pytest.raises(Invalid) as caught:
        jobs.create(session, config, here.alice, revision, wish, filed_by=here.alice)
    assert [each.code for each in caught.value.refusals] == ["payer_unknown"]


def test_submitting_freezes_the_quote(
    session: WritingSession, config: Config, here: Lab, submitted: Job, revision: Revision
) -> None:
    assert submitted.state is JobState.SUBMITTED
    assert submitted.quote is not None
    before = submitted.quote.total_minor
    here.model.per_hour_minor = 99_999
    session.flush()
    session.refresh(submitted)
    assert submitted.quote.total_minor == before == 195


def test_a_blocker_stops_submission_unless_staff_say_why(
    session: WritingSession, config: Config, here: Lab, draft: Job
) -> None:
    assert draft.revision.report is not None
    blocker = {"code": "mesh_no_volume", "severity": "blocker", "values": {}}
    draft.revision.report.data = {**draft.revision.report.data, "findings": [blocker]}
    session.flush()
    with pytest.raises(Invalid) as caught:
        jobs.submit(session, config, draft, here.alice, override="please")
    assert [each.code for each in caught.value.refusals] == ["mesh_no_volume"]
    with pytest.raises(Invalid):
        jobs.submit(session, config, draft, here.tara)
    jobs.submit(session, config, draft, here.tara, override="looked at it, it prints")
    assert draft.state is JobState.SUBMITTED


def test_nothing_is_submitted_before_its_report(
    session: WritingSession, config: Config, here: Lab, storage: Storage
) -> None:
    waiting = factories.uploaded_box(session, storage, here.alice)
    job = jobs.create(session, config, here.alice, waiting, WISH, filed_by=here.alice)
    with pytest.raises(Refused, match="revision_not_ready"):
        jobs.submit(session, config, job, here.alice)


def test_approval_holds_the_price_and_plans_a_run(session: WritingSession, here: Lab, approved: Job) -> None:
    assert approved.state is JobState.QUEUED
    assert approved.approved_by is here.tara
    assert ledger.held_for(session, approved) == 195
    (run,) = runs.of_job(session, approved)
    assert run.state is RunState.PREPARING
    assert [(each.job, each.copies) for each in run.items] == [(approved, 1)]


def test_approving_twice_is_a_conflict(session: WritingSession, config: Config, here: Lab, approved: Job) -> None:
    with pytest.raises(Conflict) as caught:
        reviews.approve(session, config, approved, here.tara)
    assert caught.value.state == JobState.QUEUED
    assert session.query(Run).count() == 1


def test_a_question_goes_to_the_member_and_back(
    session: WritingSession, config: Config, here: Lab, submitted: Job
) -> None:
    with pytest.raises(Refused, match="reason_missing"):
        reviews.request_changes(session, submitted, here.tara, "  ")
    reviews.request_changes(session, submitted, here.tara, "Which way up?")
    assert submitted.state is JobState.CHANGES_REQUESTED
    assert submitted.reason_values == {"text": "Which way up?"}
    assert notices_of(session, submitted) == ["notice_question"]
    jobs.submit(session, config, submitted, here.alice)
    assert (submitted.state, submitted.reason_code) == (JobState.SUBMITTED, "")


def test_declining_needs_a_reason_and_closes(session: WritingSession, here: Lab, submitted: Job) -> None:
    reviews.reject(session, submitted, here.tara, "We do not make weapons.")
    assert submitted.state.is_closed
    assert notices_of(session, submitted) == ["notice_rejected"]


def test_a_dearer_change_goes_back_to_the_member(
    session: WritingSession, config: Config, here: Lab, submitted: Job
) -> None:
    reviews.change(session, config, submitted, here.tara, quantity=3)
    assert submitted.state is JobState.AWAITING_MEMBER
    assert submitted.offer is not None
    assert submitted.quote is not None
    assert submitted.offer.total_minor > submitted.quote.total_minor
    assert notices_of(session, submitted) == ["notice_price_change"]
    jobs.accept(session, config, submitted, here.alice)
    assert submitted.state is JobState.SUBMITTED
    assert submitted.quote.quantity == 3
    assert submitted.offer is None


def test_a_cheaper_change_stays_in_review(session: WritingSession, config: Config, here: Lab, draft: Job) -> None:
    draft.quantity = 3
    session.flush()
    jobs.submit(session, config, draft, here.alice)
    reviews.change(session, config, draft, here.tara, quantity=1)
    assert draft.state is JobState.SUBMITTED
    assert draft.quote is not None
    assert draft.quote.total_minor == 195


def test_a_dearer_slicing_waits_for_a_yes_and_goes_on(
    session: WritingSession, config: Config, here: Lab, approved: Job
) -> None:
    from fabqueue.services import sites
    from fabqueue.services.events import SYSTEM

    site = sites.the_site(session)
    quote = quotes.write(
        session, site, approved, quotes.from_slicer(config, approved, 36_000, 50_000), None, None, "slicer"
    )
    jobs.offer_dearer(session, SYSTEM, approved, quote, "price_dearer_by_slicing")
    assert approved.state is JobState.AWAITING_MEMBER
    jobs.accept(session, config, approved, here.alice)
    assert approved.state is JobState.QUEUED
    assert ledger.held_for(session, approved) == quote.total_minor


@pytest.mark.parametrize("stage", ["draft", "submitted", "approved"])
def test_a_job_is_cancelled_at_every_stage(
    session: WritingSession, here: Lab, request: pytest.FixtureRequest, stage: str
) -> None:
    job: Job = request.getfixturevalue(stage)
    jobs.cancel(session, job, here.alice, "changed my mind")
    assert job.state is JobState.CANCELLED
    assert ledger.held_for(session, job) == 0
    assert all(each.state is RunState.CANCELLED for each in runs.of_job(session, job))
    with pytest.raises(Conflict):
        jobs.cancel(session, job, here.alice)


def test_collecting_before_ready_is_a_conflict(session: WritingSession, here: Lab, approved: Job) -> None:
    with pytest.raises(Conflict):
        jobs.collect(session, approved, here.alice)


def test_priority_moves_a_job_and_is_remembered(session: WritingSession, here: Lab, approved: Job) -> None:
    reviews.reprioritise(session, approved, here.tara, 5)
    assert approved.priority == 5
    with pytest.raises(Refused, match="priority_out_of_bounds"):
        reviews.reprioritise(session, approved, here.tara, 5000)


def test_every_change_has_an_event_with_old_and_new(session: WritingSession, here: Lab, approved: Job) -> None:
    rows = session.execute(
        select(Event.verb, Event.old, Event.new, Event.actor_id)
        .where(Event.subject_id == approved.id)
        .order_by(Event.seq)
    )
    assert [tuple(each) for each in rows] == [
        ("create", "", "draft", here.alice.id),
        ("submit", "draft", "submitted", here.alice.id),
        ("approve", "submitted", "queued", here.tara.id),
    ]


def test_nobody_is_told_of_what_they_did_themselves(
    session: WritingSession, config: Config, here: Lab, draft: Job
) -> None:
    jobs.submit(session, config, draft, here.alice)
    jobs.cancel(session, draft, here.alice)
    assert notices_of(session, draft) == []


def test_an_account_without_money_is_refused_at_approval(
    session: WritingSession, config: Config, here: Lab, submitted: Job
) -> None:
    from dataclasses import replace

    prepaid = replace(config, money=replace(config.money, minimum_balance="0.00"))
    with pytest.raises(Refused, match="balance_too_low"):
        reviews.approve(session, prepaid, submitted, here.tara)
    session.refresh(submitted)
    assert submitted.state is JobState.SUBMITTED


def test_a_setting_that_a_profile_cannot_have_is_a_reason(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    (option,) = quotes.options(session, config, revision, here.alice, chosen={"layer_height_mm": 0.6})
    assert not option.fits
    assert [each["code"] for each in option.reasons] == ["slicing_setting_out_of_range"]


@pytest.mark.parametrize(
    "pose", [[1e200, 0, 0, 0], [10**400, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0], ["1", 0, 0, 0], 7, [float("nan")] * 4]
)
def test_a_pose_that_is_no_rotation_is_refused(pose: object) -> None:
    with pytest.raises(Invalid) as caught:
        settings.read({"pose": pose})
    assert [each.code for each in caught.value.refusals] == ["settings_not_a_rotation"]


def test_a_pose_becomes_a_unit_quaternion() -> None:
    assert settings.read({"pose": [2, 0, 0, 0]}) == {"pose": [1.0, 0.0, 0.0, 0.0]}


def test_a_change_to_no_copies_is_refused(session: WritingSession, config: Config, here: Lab, submitted: Job) -> None:
    with pytest.raises(Invalid) as caught:
        reviews.change(session, config, submitted, here.tara, quantity=0)
    assert [each.code for each in caught.value.refusals] == ["quantity_out_of_bounds"]


def test_a_tool_for_drawings_does_not_take_a_solid(
    session: WritingSession, config: Config, here: Lab, revision: Revision
) -> None:
    cutter = factories.manual_model(session, "vinyl-cutter", drawings_only=True)
    factories.offer(session, cutter, here.pla)
    found = quotes.options(session, config, revision, here.alice)
    assert [(each.machine_model.slug, each.fits) for each in found] == [("marlin-250", True), ("vinyl-cutter", False)]
    assert found[1].reasons[0]["code"] == "fit_wrong_kind_of_machine"
