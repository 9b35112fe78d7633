"""Why a job waits, as a member reads it and as a technician does, on every page that says so."""

from typing import Any

import pytest

from fabqueue.db import now
from fabqueue.models import FOREIGN_WORK, Job, JobState, RunState
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop

REASONS = [
    (
        {"bed_cleared_at": None},
        "The bed of Marlin 250 has to be cleared first; whoever runs the lab does that.",
        "The bed of Marlin 250 has to be cleared first. Take off what lies there, look at it, and say that the bed is "
        "clear.",
    ),
    (
        {"fault_code": "machine_printer_error", "fault_values": {"error": "Thermal runaway"}},
        "Marlin 250 has a fault; it goes on when that is mended.",
        "Marlin 250 has a fault. The machine's page says what is wrong and what to do.",
    ),
    (
        {"fault_code": FOREIGN_WORK, "fault_values": {"file": "vase.gcode"}},
        "Marlin 250 is busy with work that did not come from here; it goes on when that is done and somebody has "
        "cleared the bed.",
        "Marlin 250 is busy with work that did not come from here. Leave it be; when it is done, clear the bed.",
    ),
]


def waiting(workshop: Workshop) -> Job:
    """Alice's job for the lab's printer, the last of its queue."""
    job = workshop.job(JobState.QUEUED)
    workshop.change(workshop.run(job), state=RunState.WAITING)
    return job


@pytest.mark.parametrize(("facts", "to_members", "to_staff"), REASONS)
def test_each_reads_their_own_words_wherever_a_page_says_why(
    workshop: Workshop, lab: Lab, alice: Browser, tara: Browser, facts: dict[str, Any], to_members: str, to_staff: str
) -> None:
    job = waiting(workshop)
    workshop.change(lab.machine, **facts)
    tool = f"/m/{lab.machine.slug}"
    for path in (f"/jobs/{job.code}", tool, f"{tool}/part"):
        read = [who.read(path) for who in (alice, tara)]
        assert [to_members in each for each in read] == [True, False], path
        assert [to_staff in each for each in read] == [False, True], path
    for path in (f"/desk/{job.code}", f"/desk/part/queue?queue={lab.model.slug}"):
        assert to_staff in tara.read(path), path


def test_the_review_says_nothing_of_what_waits_for_nothing(workshop: Workshop, lab: Lab, tara: Browser) -> None:
    """It is next, and a machine is free."""
    page = tara.read(f"/desk/{waiting(workshop).code}")
    assert "has to be cleared" not in page
    assert "did not come from here" not in page


def test_what_passes_by_itself_is_not_made_to_look_like_a_task(workshop: Workshop, lab: Lab, tara: Browser) -> None:
    waiting(workshop)
    path = f"/desk/part/queue?queue={lab.model.slug}"
    workshop.change(lab.machine, fault_code=FOREIGN_WORK)
    assert 'class="swap"' not in tara.source(path)
    workshop.change(lab.machine, fault_code="machine_printer_error")
    assert 'class="swap"' in tara.source(path)


def test_a_turn_that_is_waited_for_can_be_moved_up(workshop: Workshop, lab: Lab, alice: Browser, tara: Browser) -> None:
    waiting(workshop)
    second = waiting(workshop)
    hers, staffs = (who.read(f"/jobs/{second.code}") for who in (alice, tara))
    assert "1 run is before it." in hers
    assert "move it up" not in hers
    assert "1 run is before it. To have it made sooner, move it up in the queue." in staffs


def test_a_machine_at_work_from_elsewhere_is_busy_and_only_staff_read_on_what(
    workshop: Workshop, lab: Lab, alice: Browser, tara: Browser
) -> None:
    workshop.change(lab.machine, fault_code=FOREIGN_WORK, fault_values={"file": "vase.gcode"}, bed_cleared_at=None)
    path = f"/m/{lab.machine.slug}"
    hers, staffs = (who.read(path) for who in (alice, tara))
    for page in (hers, staffs):
        assert "Busy with other work" in page
        assert "Fault" not in page
    assert "vase.gcode" not in hers
    assert "It is at work on something that did not come from here: vase.gcode" in staffs
    assert "Bed is clear" not in staffs
    workshop.change(lab.machine, maintenance_at=lab.machine.created_at, maintenance_reason="Look at it")
    assert "Bed is clear" not in tara.read(path)


def test_work_from_elsewhere_calls_nobody_to_the_machine(workshop: Workshop, lab: Lab, tara: Browser) -> None:
    """The wall shows that it is busy, and the round has no stop there; a fault is both."""
    look = f"{lab.machine.name}: somebody must look"
    workshop.change(lab.machine, fault_code=FOREIGN_WORK, fault_values={"file": "benchy.g"}, bed_cleared_at=None)
    wall = tara.read("/wallboard")
    assert "Busy" in wall
    assert look not in wall
    assert "1 machine needs you" not in tara.read("/round")
    workshop.change(lab.machine, fault_code="machine_key_refused", fault_values={}, bed_cleared_at=now())
    assert look in tara.read("/wallboard")
    assert "1 machine needs you" in tara.read("/round")


def test_what_lay_there_last_does_not_look_as_if_it_were_made_from_elsewhere(
    workshop: Workshop, lab: Lab, alice: Browser
) -> None:
    job, path = workshop.job(JobState.FAILED), f"/m/{lab.machine.slug}"
    assert job.code in alice.read(path)
    workshop.change(lab.machine, fault_code=FOREIGN_WORK)
    assert job.code not in alice.read(path)
