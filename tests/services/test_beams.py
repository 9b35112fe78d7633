"""A forbidden material is offered on no laser, approved for none, and allowed only by a technician with a reason."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Event, JobState, MachineKind, MachineModel, Material
from fabqueue.services import beams, jobs, quotes, reviews, supplies
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.jobs import Wish
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab


@pytest.fixture
def laser(session: WritingSession) -> MachineModel:
    """A laser driven by hand."""
    return factories.manual_model(session, "hand-laser", kind=MachineKind.LASER)


@pytest.fixture
def pvc(session: WritingSession, laser: MachineModel) -> Material:
    made = factories.sheet_material(session, "sign", name="Sign foil PVC")
    factories.offer(session, laser, made)
    session.refresh(laser)
    return made


def test_it_is_offered_on_no_laser_until_somebody_says_why_it_may(
    session: WritingSession, storage: Storage, config: Config, here: Lab, laser: MachineModel, pvc: Material
) -> None:
    revision = factories.analysed_box(session, storage, here.alice)
    option = quotes.options(session, config, revision, model_slug=laser.slug)[0]
    assert (option.fits, option.price, option.reasons[0]["code"]) == (False, None, "beam_chlorine")
    beams.allow(session, here.tara, pvc, "it is a polyolefin, the name is old")
    assert quotes.options(session, config, revision, model_slug=laser.slug)[0].fits
    event = session.scalars(select(Event).where(Event.verb == "allow_beam")).one()
    assert (event.actor_id, event.values["text"]) == (here.tara.id, "it is a polyolefin, the name is old")
    beams.withdraw(session, here.tara, pvc)
    assert not quotes.options(session, config, revision, model_slug=laser.slug)[0].fits
    with pytest.raises(Conflict):
        beams.withdraw(session, here.tara, pvc)


def test_it_is_refused_at_submission_and_again_at_approval(
    session: WritingSession, storage: Storage, config: Config, here: Lab, laser: MachineModel, pvc: Material
) -> None:
    revision = factories.analysed_box(session, storage, here.alice)
    job = jobs.create(session, config, here.alice, revision, Wish(laser.slug, pvc.slug), filed_by=here.alice)
    with pytest.raises(Refused) as refused:
        jobs.submit(session, config, job, here.alice)
    assert refused.value.code == "beam_chlorine"
    beams.allow(session, here.tara, pvc, "tested with a copper wire")
    jobs.submit(session, config, job, here.alice)
    beams.withdraw(session, here.tara, pvc)
    with pytest.raises(Refused) as refused:
        reviews.approve(session, config, job, here.tara)
    assert (refused.value.code, job.state) == ("beam_chlorine", JobState.SUBMITTED)


def test_allowing_asks_for_a_reason_and_holds_for_the_name(
    session: WritingSession, config: Config, here: Lab, laser: MachineModel, pvc: Material
) -> None:
    for reason in (" ", "x" * 501):
        with pytest.raises(Refused):
            beams.allow(session, here.tara, pvc, reason)
    beams.allow(session, here.tara, pvc, "no chlorine by the Beilstein test")
    supplies.save_material(session, here.tara, "Soft PVC", 0, pvc)
    assert pvc.beam_reason == ""
    assert beams.refusal(config, laser, pvc) is not None


def test_the_list_of_the_lab_counts_and_printers_are_not_asked(
    session: WritingSession, config: Config, here: Lab, laser: MachineModel
) -> None:
    balsa = factories.sheet_material(session, "balsa", name="Balsa")
    strict = replace(config, lasers=replace(config.lasers, refused="balsa"))
    found = beams.refusal(strict, laser, balsa)
    assert found is not None
    assert found.code == "beam_lab"
    assert beams.refusal(config, laser, balsa) is None
    assert beams.refusal(config, here.model, here.pla) is None
