"""The question about a run in doubt: what is known stands beside it, and what was found there can be photographed."""

import io
from datetime import timedelta
from typing import Any

import pytest

from fabqueue.db import now
from fabqueue.models import JobState, Machine, Photo, Role, Run, RunState
from fabqueue.services import events, runs
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.photos import photo
from tests.web.staff.conftest import Browser, Floor, SignIn


@pytest.fixture
def doubtful(floor: Floor) -> tuple[Machine, Run]:
    """A run on the lab's printer of which nobody knows what became."""
    machine = floor.lab.machine
    job = floor.job(JobState.IN_PRODUCTION, model=floor.lab.model)
    return machine, floor.run(job, machine, RunState.IN_DOUBT, reason_code="run_interrupted")


def question(tara: Browser, run: Run) -> str:
    return " ".join(tara.read(f"/runs/{run.id}/resolve").split())


def decide(tara: Browser, run: Run, **more: Any) -> Any:
    return tara.post(f"/runs/{run.id}/resolve", {"outcome": "failed", "reason": "It hangs in the air"} | more)


def kept(floor: Floor) -> list[Photo]:
    with floor.database.reading() as session:
        return list(session.query(Photo))


def test_it_says_how_far_the_run_was_when_and_what_the_machine_says_now(
    floor: Floor, tara: Browser, doubtful: tuple[Machine, Run]
) -> None:
    machine, run = doubtful
    floor.change(run, predicted_seconds=7200, progress=73.4, progress_at=now() - timedelta(hours=6, minutes=3))
    page = question(tara, run)
    assert "The machine's software was restarted during the print" in page.replace("&#39;", "'")
    assert "73 %, " in page
    assert "6 h 03 min ago" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert run.items[0].job.code in page
    assert "it answers, and has no fault" in page
    floor.change(machine, connection="offline", seen_at=now() - timedelta(minutes=25))
    assert "25 min ago" in question(tara, run).partition("The machine now says")[2].replace("\N{NO-BREAK SPACE}", " ")
    floor.change(machine, connection="online", fault_code="machine_printer_error", fault_values={"error": "MAXTEMP"})
    assert "The printer reports an error: MAXTEMP" in question(tara, run)


def test_a_machine_that_never_said_how_far_it_is_is_told_as_such(
    floor: Floor, tara: Browser, doubtful: tuple[Machine, Run]
) -> None:
    assert "it said nothing of it" in question(tara, doubtful[1])


def test_the_cameras_last_picture_of_this_run_is_shown_with_its_age_and_no_older_one(
    floor: Floor, tara: Browser, alice: Browser, storage: Storage, doubtful: tuple[Machine, Run]
) -> None:
    machine, run = doubtful
    storage.put_volatile(f"camera-{machine.id}", b"\xff\xd8picture")
    floor.change(machine, picture_at=now())
    page = question(tara, run)
    address = page.partition('<figure class="cam"><img src="')[2].partition('"')[0].replace("&amp;", "&")
    assert tara.get(address).get_data() == b"\xff\xd8picture"
    assert alice.get(address).status_code == 404
    assert "0 s ago" in page.replace("\N{NO-BREAK SPACE}", " ") or "1 s ago" in page.replace("\N{NO-BREAK SPACE}", " ")
    floor.change(machine, picture_at=run.started_at - timedelta(minutes=1))  # type: ignore[operator]
    assert '<figure class="cam">' not in question(tara, run)


def test_a_photo_of_what_was_found_is_kept_with_the_run(floor: Floor, tara: Browser, alice: Browser) -> None:
    run = floor.run(floor.job(JobState.IN_PRODUCTION), floor.tool(), RunState.IN_DOUBT)
    page = question(tara, run)
    assert 'enctype="multipart/form-data"' in page
    assert 'name="photo" type="file"' in page
    assert decide(tara, run, photo=(io.BytesIO(photo((400, 300))), "IMG_1.jpg")).status_code == 303
    (found,) = kept(floor)
    assert (found.run_id, found.person_id) == (run.id, floor.lab.tara.id)
    assert f'src="/photos/{found.id}/small"' in alice.read(f"/jobs/{run.items[0].job.code}")


def test_what_is_no_photo_decides_nothing(floor: Floor, tara: Browser, doubtful: tuple[Machine, Run]) -> None:
    _machine, run = doubtful
    answer = decide(tara, run, photo=(io.BytesIO(b"no picture at all"), "IMG_1.jpg"))
    assert answer.status_code == 422
    assert "It hangs in the air" in answer.get_data(as_text=True)
    assert (floor.now(run).state, kept(floor)) == (RunState.IN_DOUBT, [])


def test_a_notice_that_is_opened_after_it_was_decided_leads_to_the_machine(
    floor: Floor, tara: Browser, doubtful: tuple[Machine, Run]
) -> None:
    machine, run = doubtful
    decide(tara, run)
    answer = tara.get(f"/runs/{run.id}/resolve")
    assert (answer.status_code, answer.location) == (303, f"/m/{machine.slug}")
    assert "What became of it was decided already." in tara.read(f"/m/{machine.slug}")


def test_the_bell_leads_to_the_question_and_to_the_machine(
    floor: Floor, tara: Browser, alice: Browser, doubtful: tuple[Machine, Run]
) -> None:
    machine, run = doubtful
    with floor.database.writing() as session:
        row = session.get_one(Machine, machine.id)
        values = {"error": "MAXTEMP"}
        events.record(session, events.of_machine(row), row, "fault", new="machine_printer_error",
                      code="machine_printer_error", values=values)  # fmt: skip
        events.record(session, events.SYSTEM, session.get_one(Run, run.id), "doubt", code="run_interrupted")
        session.commit()
    page = tara.read("/notices")
    assert f'<a href="/m/{machine.slug}"><b>{machine.name} has a fault' in page
    assert "The printer reports an error: MAXTEMP" in page
    assert f'<a href="/runs/{run.id}/resolve"><b>{machine.name}: what became of its work is in doubt' in page
    assert "MAXTEMP" not in alice.read("/notices")
    ways = tara.read("/account")
    assert all(
        f'value="{kind}:{way}"' in ways for kind in ("doubt", "fault", "unconfirmed") for way in ("bell", "mail")
    )


def test_the_notice_of_a_doubt_that_was_decided_says_by_whom_and_calls_nobody(
    floor: Floor, tara: Browser, sign_in: SignIn
) -> None:
    machine = floor.lab.machine
    run = floor.run(floor.job(JobState.IN_PRODUCTION, model=floor.lab.model), machine, RunState.RUNNING)
    with floor.database.writing() as session:
        session.expire_on_commit = False
        other = factories.person(session, "theo", Role.TECHNICIAN)
        runs.doubt(session, events.of_machine(session.get_one(Machine, machine.id)), session.get_one(Run, run.id),
                   "run_interrupted", {})  # fmt: skip
        session.commit()
    theo = sign_in(other)
    before = theo.read("/notices")
    assert "1 you have not read." in before
    assert "Settled" not in before
    decide(tara, run)
    after = theo.read("/notices")
    assert "You have read everything." in after
    assert "Settled" in after
    assert '<span translate="no">Tara</span>' in after
