"""Machines, models, slots and prices: what is used does not vanish, and what was quoted stays."""

import pytest
from sqlalchemy import select

from fabqueue.db import WritingSession
from fabqueue.models import Event, JobState, Machine, MachineModel
from fabqueue.services import equipment, floor, supplies, walking, workshop
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.events import actor_of
from fabqueue.services.workshop import ModelFacts
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import approved_job


def facts(model: MachineModel, **changes: object) -> ModelFacts:
    kept: dict[str, object] = {"title": model.title, "kind": model.kind, "profile": model.profile}
    return ModelFacts(**(kept | changes))  # type: ignore[arg-type]


def test_slots_are_added_and_only_empty_ones_taken_away(session: WritingSession, here: Lab) -> None:
    added = equipment.add_slot(session, here.tara, here.machine)
    assert [each.position for each in here.machine.slots] == [0, 1]
    other = factories.stock(session, here.site, here.pla, "blue")
    floor.load(session, actor_of(here.tara), here.machine, other, added.position)
    with pytest.raises(Refused, match="slot_loaded"):
        equipment.remove_slot(session, here.tara, here.machine, 1)
    floor.load(session, actor_of(here.tara), here.machine, None, 1)
    equipment.remove_slot(session, here.tara, here.machine, 1)
    assert [each.position for each in here.machine.slots] == [0]
    with pytest.raises(Refused, match="slot_unknown"):
        equipment.remove_slot(session, here.tara, here.machine, 7)


def test_a_machine_has_so_many_slots_at_most(session: WritingSession, here: Lab) -> None:
    for _ in range(equipment.MOST_SLOTS - 1):
        equipment.add_slot(session, here.tara, here.machine)
    with pytest.raises(Refused, match="slots_too_many"):
        equipment.add_slot(session, here.tara, here.machine)


def test_a_machine_comes_back_with_a_bed_to_clear(session: WritingSession, here: Lab) -> None:
    workshop.retire_machine(session, here.tara, here.machine)
    assert here.machine not in workshop.machines(session)
    equipment.bring_back_machine(session, here.tara, here.machine)
    assert here.machine in workshop.machines(session)
    assert here.machine.bed_cleared_at is None
    with pytest.raises(Conflict):
        equipment.bring_back_machine(session, here.tara, here.machine)


def test_a_model_in_use_cannot_vanish(session: WritingSession, storage: Storage, here: Lab) -> None:
    with pytest.raises(Refused, match="model_has_machines"):
        equipment.retire_model(session, here.tara, here.model)
    workshop.retire_machine(session, here.tara, here.machine)
    job = approved_job(session, storage, here)
    with pytest.raises(Refused, match="model_has_jobs"):
        equipment.retire_model(session, here.tara, here.model)
    job.state = JobState.CANCELLED
    session.flush()
    equipment.retire_model(session, here.tara, here.model)
    assert here.model not in workshop.models(session)
    with pytest.raises(Refused, match="model_retired"):
        equipment.bring_back_machine(session, here.tara, here.machine)
    equipment.bring_back_model(session, here.tara, here.model)
    assert here.model in workshop.models(session)


def test_an_offer_that_open_jobs_are_made_by_stays(session: WritingSession, storage: Storage, here: Lab) -> None:
    job = approved_job(session, storage, here)
    with pytest.raises(Invalid, match="offer_in_use"):
        workshop.save_model(session, here.tara, facts(here.model, offers={}), here.model)
    job.state = JobState.CANCELLED
    session.flush()
    workshop.save_model(session, here.tara, facts(here.model, offers={}), here.model)
    assert here.model.offers == []


def test_a_new_price_touches_no_frozen_quote(session: WritingSession, storage: Storage, here: Lab) -> None:
    job = approved_job(session, storage, here)
    before = (job.quote.total_minor, list(job.quote.lines)) if job.quote else None
    offers = {"pla": "pla"}
    dearer = facts(here.model, per_hour_minor=99_999, setup_minor=99_999, offers=offers)
    workshop.save_model(session, here.tara, dearer, here.model)
    supplies.save_material(session, here.tara, "PLA", 99_999, here.pla)
    session.refresh(job)
    assert job.quote is not None
    assert (job.quote.total_minor, list(job.quote.lines)) == before
    verbs = set(session.scalars(select(Event.verb).where(Event.subject_id == here.site.id)))
    assert {"save_model", "save_material"} <= verbs


def test_stock_that_was_called_used_up_comes_back(session: WritingSession, here: Lab) -> None:
    supplies.retire_stock(session, here.tara, here.grey)
    assert here.grey in equipment.retired_stocks(session)
    equipment.bring_back_stock(session, here.tara, here.grey)
    assert here.grey in supplies.stocks(session)


def test_the_walking_order_is_kept_whole(session: WritingSession, here: Lab) -> None:
    others = [factories.machine(session, here.site, here.model, position=place) for place in (1, 2)]
    every: list[Machine] = [here.machine, *others]
    walking.move(session, here.tara, others[1], -1)
    assert list(workshop.machines(session)) == [every[0], every[2], every[1]]
    walking.move(session, here.tara, every[0], -1)
    assert workshop.machines(session)[0] is every[0]
    with pytest.raises(Conflict, match="walking_order_changed"):
        walking.arrange(session, here.tara, [every[0].slug])
