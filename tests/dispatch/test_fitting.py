"""Which machine models are offered for what an OctoPrint tells of itself, and adding it as one of them."""

import pytest

from fabqueue.dispatch.context import Context
from fabqueue.models import Candidate, CandidateState, Machine, MachineModel
from fabqueue.services import finding, profiles
from fabqueue.services.errors import Conflict, Invalid
from tests.dispatch.candidates import Candidates
from tests.support.factories import Lab

S = CandidateState


def facts(
    bed: tuple[float, float, float] | None = (250, 210, 210), nozzle: float | None = 0.4, **more: object
) -> dict[str, object]:
    return {"bed_mm": list(bed) if bed else None, "nozzle_mm": nozzle, "extruders": 1, "round": False, **more}


@pytest.mark.parametrize(
    ("known", "exact", "others"),
    [
        (facts(), ["marlin-250"], ["mini-180"]), (facts((180, 180, 180)), ["mini-180"], []),
        (facts((300, 300, 400)), [], ["marlin-250", "mini-180"]), (facts((100, 100, 100)), [], []),
        (facts(nozzle=0.6), [], []), (facts(None, None), [], ["marlin-250", "mini-180"]),
        (facts((260, 260, 300), round=True), [], ["mini-180"]), (facts(extruders=2), [], ["marlin-250", "mini-180"]),
    ],
)  # fmt: skip
def test_a_bed_that_is_larger_than_the_real_one_is_never_offered(
    context: Context, lab: Lab, known: dict[str, object], exact: list[str], others: list[str]
) -> None:
    with context.db.reading() as session:
        found = finding.fits(session, profiles.available(context.config), known)
    assert [each.profile for each in found if each.is_exact] == exact
    assert sorted(each.profile for each in found if not each.is_exact) == others


def test_a_shipped_profile_becomes_a_model_with_its_materials(
    context: Context, candidate: Candidates, lab: Lab
) -> None:
    key = candidate.given("http://127.0.0.1:1", state=S.ALLOWED, key="k" * 20, facts=facts((180, 180, 180)))
    known = profiles.available(context.config)
    with context.db.writing() as session:
        found, tara = session.get_one(Candidate, key), session.merge(lab.tara)
        with pytest.raises(Invalid):
            finding.add(session, tara, found, "Mini", f"model:{lab.model.slug}", known)
        machine = finding.add(session, tara, found, "Mini", "profile:mini-180", known)
        session.commit()
        model = session.get_one(MachineModel, machine.machine_model_id)
        session.refresh(model)
        assert {each.material.slug for each in model.offers} == {"pla", "petg", "tpu"}
        assert session.query(Machine).filter_by(bed_cleared_at=None).one().id == machine.id
    with context.db.writing() as session, pytest.raises(Conflict):
        finding.add(
            session, session.merge(lab.tara), session.get_one(Candidate, key), "Twice", "profile:mini-180", known
        )
