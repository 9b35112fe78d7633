"""A job's page: how it stands, live, in every state."""

import re
from datetime import timedelta

import pytest

from fabqueue.db import now
from fabqueue.models import JobState, RunState
from fabqueue.services import events, reviews, runs
from tests.support import factories
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop

WORDS = {
    JobState.DRAFT: "This is a draft.",
    JobState.SUBMITTED: "A technician looks at it",
    JobState.CHANGES_REQUESTED: "The workshop needs your answer",
    JobState.AWAITING_MEMBER: "The price has changed",
    JobState.QUEUED: "In the queue",
    JobState.IN_PRODUCTION: "Printing",
    JobState.READY: "Ready to collect at shelf 3",
    JobState.COLLECTED: "It was made and collected.",
    JobState.REJECTED: "Too thin to hold.",
    JobState.CANCELLED: "It was given up.",
    JobState.FAILED: "what came out is no good",
}


@pytest.mark.parametrize("state", JobState)
def test_its_owner_reads_how_it_stands(state: JobState, alice: Browser, workshop: Workshop) -> None:
    assert WORDS[state] in alice.read(f"/jobs/{workshop.job(state).code}")


@pytest.mark.parametrize("state", [state for state in JobState if state.is_closed])
def test_a_closed_job_asks_for_nothing_any_more(state: JobState, alice: Browser, workshop: Workshop) -> None:
    assert 'hx-trigger="every' not in alice.get(f"/jobs/{workshop.job(state).code}").text


def test_nobody_else_sees_it_but_staff(bob: Browser, visitor: Browser, tara: Browser, workshop: Workshop) -> None:
    code = workshop.job().code
    for path in ("", "/ticket", "/parts/now", "/cancel"):
        assert [each.get(f"/jobs/{code}{path}").status_code for each in (bob, visitor)] == [404, 404]
    for path in ("submit", "answer", "accept", "collect", "cancel", "seen"):
        assert bob.post(f"/jobs/{code}/{path}").status_code == 404
    assert f'href="/desk/{code}"' in tara.get(f"/jobs/{code}").text
    assert workshop.fresh(workshop.job()).state is JobState.SUBMITTED


def test_progress_temperatures_and_finish_are_shown_while_it_runs(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    workshop.change(workshop.run(job), progress=46.3, seconds_left=1900, started_at=now() - timedelta(minutes=30))
    heat = {"tool0": {"actual": 209.6, "target": 210}, "bed": {"actual": 60, "target": 60}}
    workshop.change(lab.machine, temperatures=heat)
    page = alice.read(f"/jobs/{job.code}")
    assert "46 % made" in page
    assert "most likely 32 min" in page
    assert "Nozzle 210 °C of 210 °C" in page
    assert "Bed 60 °C" in page


def test_a_part_is_sent_again_only_when_it_changed(alice: Browser, workshop: Workshop) -> None:
    html = alice.get(f"/jobs/{workshop.job(JobState.IN_PRODUCTION).code}").text
    assert alice.get(_address(html, "history")).status_code == 204


def test_progress_comes_by_itself(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    address = _address(alice.get(f"/jobs/{job.code}").text, "now")
    workshop.change(workshop.run(job), progress=12.0)
    answer = alice.get(address)
    assert "HX-Refresh" not in answer.headers
    assert "12\xa0%" in answer.text


def test_the_page_is_built_anew_when_the_state_changes(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    address = _address(alice.get(f"/jobs/{job.code}").text, "now")
    workshop.change(workshop.run(job), state=RunState.PAUSED)
    assert alice.get(address).headers["HX-Refresh"] == "true"


def _address(html: str, part: str) -> str:
    found = re.search(rf'id="{part}"[^>]*hx-get="([^"]+)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_why_it_waits_is_said(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.QUEUED)
    workshop.change(workshop.run(job), state=RunState.WAITING)
    workshop.change(lab.machine, bed_cleared_at=None)
    assert "The bed of Marlin 250 has to be cleared first; whoever runs" in alice.read(f"/jobs/{job.code}")


def test_what_happened_is_told_with_names_and_reasons(alice: Browser, workshop: Workshop) -> None:
    page = alice.read(f"/jobs/{workshop.job(JobState.REJECTED).code}")
    assert "Alice asked the workshop to make it" in page
    assert "Declined by Tara “Too thin to hold.”" in page


def test_predicted_and_actual_stand_beside_each_other(alice: Browser, workshop: Workshop) -> None:
    page = alice.read(f"/jobs/{workshop.job(JobState.READY).code}")
    assert "1 h 02 min predicted 1 h" in page
    assert "10 g predicted 10 g" in page


def test_the_camera_picture_is_its_owners_and_only_while_it_runs(
    alice: Browser, bob: Browser, tara: Browser, workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.IN_PRODUCTION)
    address = f"/files/jobs/{job.code}/camera"
    assert alice.get(address).status_code == 404
    workshop.context.storage.put_volatile(f"camera-{lab.machine.id}", b"\xff\xd8picture")
    workshop.change(lab.machine, picture_at=now())
    answer = alice.get(address)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", b"\xff\xd8picture")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert address in alice.get(f"/jobs/{job.code}").text
    assert tara.get(address).status_code == 200
    assert bob.get(address).status_code == 404
    workshop.change(workshop.run(job), state=RunState.FAILED)
    assert alice.get(address).status_code == 404


def test_the_ticket_has_a_code_that_leads_back(alice: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED, note="Face down.")
    html = alice.get(f"/jobs/{job.code}/ticket").text
    assert f'aria-label="QR code: http://127.0.0.1:8000/t/{job.code}"' in html
    assert "Face down." in html
    assert job.revision.sha256[:8] in html


def test_what_a_member_writes_is_never_html(alice: Browser, tara: Browser, workshop: Workshop) -> None:
    job = workshop.job(note="<script>alert(1)</script>")
    for html in (alice.get(f"/jobs/{job.code}").text, alice.get(f"/jobs/{job.code}/ticket").text):
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize("required", [False, True])
def test_the_machine_that_was_asked_for_is_shown(
    required: bool, alice: Browser, tara: Browser, workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.QUEUED)
    assert "free in time" not in alice.read(f"/jobs/{job.code}")
    workshop.change(lab.machine, name="Mars")
    workshop.change(job, machine_id=lab.machine.id, machine_required=required)
    words = "only Mars" if required else "Mars, if it is free in time"
    assert words in alice.read(f"/jobs/{job.code}")
    assert words in tara.read(f"/jobs/{job.code}")


def test_why_another_machine_makes_it_stands_in_the_run_and_in_the_history(
    alice: Browser, workshop: Workshop, lab: Lab
) -> None:
    job = workshop.job(JobState.QUEUED)
    run = workshop.run(job)
    with workshop.writing() as session:
        row = session.get_one(type(run), run.id)
        row.state = RunState.WAITING
        values = {"asked": "Mars", "machine": "Venus", "until_at": "2026-11-27T14:00:00+00:00"}
        machine = session.get_one(type(lab.machine), lab.machine.id)
        runs.claim(session, events.of_machine(machine), row, machine, None, "elsewhere_late", values)
        session.commit()
    page = alice.read(f"/jobs/{job.code}")
    assert page.count("Mars was asked for. It was left to Mars until") == 2


def test_each_machine_of_several_at_once_is_shown(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    job = workshop.job(JobState.QUEUED, quantity=3)
    with workshop.writing() as session:
        model = session.get_one(type(lab.model), lab.model.id)
        other = factories.machine(session, session.merge(lab.site, load=False), model, name="Venus")
        made = session.get_one(type(job), job.id)
        tara = session.get_one(type(lab.tara), lab.tara.id)
        reviews.spread(session, workshop.context.config, made, tara, 2)
        session.flush()
        both = [each for each in runs.of_job(session, made) if not each.state.is_over]
        for run, machine in zip(both, (session.get_one(type(other), lab.machine.id), other), strict=True):
            run.state, run.machine_id, run.started_at, run.progress = RunState.RUNNING, machine.id, now(), 50.0
            machine.name = machine.name if machine is other else "Mars"
        made.state = JobState.IN_PRODUCTION
        session.commit()
    page = alice.read(f"/jobs/{job.code}")
    assert re.search(r"On 2 machines at once Mars 2 copies Running.{0,9} Venus 1 copy Running", page), page
    assert "50 % made" in page


def test_one_machine_alone_is_no_list(alice: Browser, workshop: Workshop) -> None:
    assert "at once" not in alice.read(f"/jobs/{workshop.job(JobState.IN_PRODUCTION).code}")
