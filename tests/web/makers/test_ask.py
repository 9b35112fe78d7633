"""Asking the workshop to make it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from fabqueue.db import now
from fabqueue.models import Job, JobState, Revision
from tests.support import factories
from tests.web.makers.conftest import Browser, Workshop, plain

WISH = {"option": "marlin-250/pla", "quantity": "2", "colour": "grey", "needed_by": "2031-05-04", "note": "Face down."}
BLOCKER = {"code": "mesh_open_edges", "severity": "blocker", "values": {"count": 4}}


def _ask(browser: Browser, revision: Revision, **wish: str) -> Any:
    return browser.post(f"/make/designs/{revision.design_id}/ask", WISH | wish)


def _jobs(workshop: Workshop) -> list[Job]:
    with workshop.context.db.reading() as session:
        session.expire_on_commit = False
        return list(session.scalars(select(Job)))


def test_one_button_submits_a_job_at_the_price_shown(alice: Browser, workshop: Workshop) -> None:
    answer = _ask(alice, workshop.design())
    (job,) = _jobs(workshop)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.code}")
    assert job.state is JobState.SUBMITTED
    assert (job.quantity, job.colour, job.request.note) == (2, "grey", "Face down.")
    assert job.request.needed_by == date(2031, 5, 4)
    assert job.quote is not None
    assert job.quote.total_minor == 340
    assert "Waiting for review" in alice.read(answer.location)


def test_one_of_several_machines_may_be_asked_for(alice: Browser, workshop: Workshop) -> None:
    """The field is there where there is a choice, and what it says counts for the day that is promised as well."""
    revision = workshop.design()
    page = f"/make/designs/{revision.design_id}"
    assert 'id="machine"' not in alice.source(page)
    with workshop.writing() as session:
        here, model = session.merge(workshop.lab.site), session.merge(workshop.lab.model)
        factories.machine(session, here, model, slug="second", name="Second")  # nothing is loaded there
        session.commit()
    assert '<option value="second"' in alice.source(page)
    day = {"needed_by": (now() + timedelta(days=3)).date().isoformat()}
    quoted = [alice.post(f"{page}/quote", WISH | day | which) for which in (
        {}, {"machine": "second"}, {"machine": "second", "machine_required": "y"})]  # fmt: skip
    assert ["Likely done" in plain(each) for each in quoted] == [True, True, False]
    assert "Nobody can say whether it is done by then." in plain(quoted[2])
    assert 'value="second" selected' in quoted[2].text
    _ask(alice, revision, machine="second", machine_required="y")
    (job,) = _jobs(workshop)
    assert job.machine is not None
    assert (job.machine.slug, job.machine_required) == ("second", True)


def test_settings_go_with_the_job(alice: Browser, workshop: Workshop) -> None:
    _ask(alice, workshop.design(), layer_height_mm="0.2", infill_percent="20", walls="3", supports="no")
    assert _jobs(workshop)[0].settings == {
        "layer_height_mm": 0.2, "infill_percent": 20, "walls": 3, "supports": False,
    }  # fmt: skip


def test_faults_come_back_with_everything_typed_kept(alice: Browser, workshop: Workshop) -> None:
    answer = _ask(alice, workshop.design(), quantity="0", needed_by="soon")
    assert answer.status_code == 422
    text = plain(answer)
    assert "Write a date, year first" in text
    assert "Face down." in answer.text
    assert 'value="soon"' in answer.text
    assert _jobs(workshop) == []


def test_too_many_copies_are_refused_by_the_field(alice: Browser, workshop: Workshop) -> None:
    answer = _ask(alice, workshop.design(), quantity="501")
    assert answer.status_code == 422
    assert "Ask for 1 to 500 copies." in plain(answer)
    assert _jobs(workshop) == []


def test_an_option_must_be_chosen_and_exist(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    assert "No machine and material is chosen." in plain(_ask(alice, revision, option=""))
    assert "There is no such machine here: mill." in plain(_ask(alice, revision, option="mill/pla"))
    assert _jobs(workshop) == []


def test_a_finding_in_the_way_stops_a_member_and_not_a_technician_with_a_reason(
    alice: Browser, tara: Browser, workshop: Workshop
) -> None:
    revision = workshop.design(findings=[BLOCKER])
    refused = _ask(alice, revision, override="please")
    assert refused.status_code == 422
    assert "4 open edges" in plain(refused)
    assert _ask(tara, revision).status_code == 422
    assert _jobs(workshop) == []
    assert _ask(tara, revision, override="Closed it by hand in the slicer.").status_code == 303
    assert len(_jobs(workshop)) == 1


def test_nobody_asks_for_a_strangers_private_design(bob: Browser, visitor: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    assert _ask(bob, revision).status_code == 404
    assert _ask(visitor, revision).status_code == 404
    assert _jobs(workshop) == []
