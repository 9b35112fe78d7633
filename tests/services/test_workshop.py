"""Machines, models, materials and stock: forms name every fault; a new machine waits for a clear bed."""

from dataclasses import replace

import pytest

from fabqueue.db import WritingSession, now
from fabqueue.models import OCTOPRINT, Condition, Machine, MachineKind, Run, RunState
from fabqueue.services import supplies, workshop
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.supplies import StockFacts
from fabqueue.services.workshop import MachineFacts, ModelFacts
from tests.support import factories
from tests.support.factories import Lab

OCTO = MachineFacts("Prusa 3", "marlin-250", OCTOPRINT, "http://10.0.4.18/", "key")


def faults(invalid: Invalid) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in invalid.refusals}


def test_a_new_machine_needs_its_bed_cleared_first(session: WritingSession, here: Lab) -> None:
    machine = workshop.save_machine(session, here.tara, OCTO)
    assert (machine.slug, machine.url) == ("prusa-3", "http://10.0.4.18")
    assert machine.condition(busy=False) is Condition.NEEDS_CLEARING
    assert len(machine.slots) == 1
    again = workshop.save_machine(session, here.tara, OCTO)
    assert again.slug == "prusa-3-2"


def test_every_fault_of_a_machine_is_named(session: WritingSession, here: Lab) -> None:
    with pytest.raises(Invalid) as caught:
        workshop.save_machine(session, here.tara, MachineFacts(" ", "nowhere", OCTOPRINT, "ftp://x"))
    assert faults(caught.value) == {
        ("name", "name_missing"), ("model", "machine_model_unknown"), ("url", "machine_address_shape"),
        ("key", "machine_key_missing"),
    }  # fmt: skip


def test_an_empty_key_keeps_the_one_there(session: WritingSession, here: Lab) -> None:
    machine = workshop.save_machine(session, here.tara, OCTO)
    changed = MachineFacts("Prusa three", "marlin-250", OCTOPRINT, "http://10.0.4.18/")
    workshop.save_machine(session, here.tara, changed, machine)
    assert (machine.name, machine.key, machine.slug) == ("Prusa three", "key", "prusa-3")


def test_a_busy_machine_is_not_retired(session: WritingSession, here: Lab) -> None:
    machine = session.get_one(Machine, here.machine.id)
    session.add(
        Run(site_id=here.site.id, machine_model_id=here.model.id, material_id=here.pla.id, machine_id=machine.id,
            state=RunState.RUNNING)
    )  # fmt: skip
    session.flush()
    with pytest.raises(Refused, match="machine_is_busy"):
        workshop.retire_machine(session, here.tara, machine)


def test_retiring_gives_the_stock_back(session: WritingSession, here: Lab) -> None:
    workshop.retire_machine(session, here.tara, here.machine)
    assert here.machine.slots[0].stock_id is None
    assert here.machine not in workshop.machines(session)


def test_a_model_offers_materials_with_presets(session: WritingSession, here: Lab) -> None:
    petg = supplies.save_material(session, here.tara, "PETG", 3000)
    facts = ModelFacts("Mini 180", MachineKind.PRINTER, "mini-180", 100, 0, offers={"pla": "pla", "petg": "petg"})
    model = workshop.save_model(session, here.tara, facts, known_profiles=["mini-180"])
    assert {each.material.slug: each.preset for each in model.offers} == {"pla": "pla", "petg": "petg"}
    fewer = ModelFacts("Mini 180", MachineKind.PRINTER, "mini-180", 100, 0, offers={"petg": "petg"})
    workshop.save_model(session, here.tara, fewer, model, known_profiles=["mini-180"])
    assert [each.material for each in model.offers] == [petg]


@pytest.mark.parametrize("state", [RunState.PREPARING, RunState.WAITING, RunState.RUNNING, RunState.DONE])
def test_a_profile_stays_while_files_made_for_it_may_be_printed(
    session: WritingSession, here: Lab, state: RunState
) -> None:
    run = Run(site_id=here.site.id, machine_model_id=here.model.id, material_id=here.pla.id, state=state)
    session.add(run)
    session.flush()
    facts = ModelFacts(here.model.title, MachineKind.PRINTER, "mini-180")
    with pytest.raises(Invalid) as caught:
        workshop.save_model(session, here.tara, facts, here.model)
    assert faults(caught.value) == {("profile", "profile_in_use")}
    workshop.save_model(session, here.tara, replace(facts, profile="marlin-250", setup_minor=70), here.model)
    assert (here.model.profile, here.model.setup_minor) == ("marlin-250", 70)
    run.state, run.cleared_at = RunState.DONE, now()
    assert workshop.save_model(session, here.tara, facts, here.model).profile == "mini-180"


def test_every_fault_of_a_model_is_named(session: WritingSession, here: Lab) -> None:
    facts = ModelFacts("", MachineKind.PRINTER, "gone", -1, -1)
    with pytest.raises(Invalid) as caught:
        workshop.save_model(session, here.tara, facts, known_profiles=["mini-180"])
    assert faults(caught.value) == {
        ("title", "name_missing"), ("profile", "profile_unknown"), ("per_hour_minor", "rate_negative"),
        ("setup_minor", "rate_negative"),
    }  # fmt: skip


def test_stock_is_kept_in_milligrams(session: WritingSession, here: Lab) -> None:
    stock = supplies.save_stock(session, here.tara, StockFacts("pla", "spool 31", "Blue", "#3f6fa3", 1000, 412.4, 450))
    assert (stock.left_mg, stock.colour, stock.is_low) == (412_400, "blue", True)
    assert {each.colour for each in supplies.loaded_colours(session, here.pla)} == {"grey", "blue"}
    supplies.retire_stock(session, here.tara, stock)
    assert {each.colour for each in supplies.loaded_colours(session, here.pla)} == {"grey"}


def test_every_fault_of_stock_is_named(session: WritingSession, here: Lab) -> None:
    with pytest.raises(Invalid) as caught:
        supplies.save_stock(session, here.tara, StockFacts("gold", " ", "", "blue", -1, 10**7))
    assert faults(caught.value) == {
        ("material", "material_unknown"), ("label", "name_missing"), ("colour_hex", "colour_shape"),
        ("full_grams", "mass_out_of_bounds"), ("left_grams", "mass_out_of_bounds"),
    }  # fmt: skip


def test_a_machine_at_work_stays_what_it_is(session: WritingSession, here: Lab) -> None:
    factories.machine_model(session, "mini-180")
    session.add(
        Run(site_id=here.site.id, machine_model_id=here.model.id, material_id=here.pla.id, machine_id=here.machine.id,
            state=RunState.RUNNING)
    )  # fmt: skip
    session.flush()
    facts = MachineFacts("Other", "mini-180", OCTOPRINT, here.machine.url, "key")
    with pytest.raises(Invalid) as caught:
        workshop.save_machine(session, here.tara, facts, here.machine)
    assert faults(caught.value) == {("model", "machine_is_busy")}
