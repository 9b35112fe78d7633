"""A laser's test card on pages: put into the queue, refused, reviewed, asked for again."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from fabqueue import permissions
from fabqueue.dispatch.context import Context
from fabqueue.models import (
    Design,
    Job,
    JobState,
    Machine,
    MachineModel,
    Material,
    MaterialOffer,
    Person,
    Run,
    RunState,
    Slicing,
)
from fabqueue.permissions import Permission
from fabqueue.services import certifications, events, runs
from fabqueue.tasks.work import find
from tests.support import pages, run_states
from tests.web.staff.conftest import Browser, Floor
from tests.web.staff.test_burning import PAGE, laser

__all__ = ["laser"]

CARD = f"{PAGE}/card"
WANTED = {
    "operation": "cut", "power_from": "40", "power_to": "80", "speed_from": "5", "speed_to": "15", "steps": "3",
}  # fmt: skip
QUEUED = {**WANTED, "do": "queue"}
HIDDEN = re.compile(r'<input type="hidden" name="(option|colour|quantity)" value="([^"]*)">')

pytestmark = pytest.mark.usefixtures("laser")


def the_job(floor: Floor) -> Job:
    with floor.database.reading() as session:
        return session.query(Job).one()


def asked_without_review(floor: Floor, tara: Browser, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a card that waits for review."""
    with monkeypatch.context() as patch:
        patch.setitem(permissions.TABLE, Permission.REVIEW_JOB, ())
        assert tara.post(CARD, QUEUED).status_code == 303
    job = the_job(floor)
    assert job.state is JobState.SUBMITTED
    return job.code


def test_a_card_is_put_into_the_queue_and_its_file_is_the_one_that_is_downloaded(
    floor: Floor, tara: Browser, context: Context
) -> None:
    for words in ("Put it in the queue", "Download it", "It costs nothing"):
        assert words in pages.quiet(tara.read(CARD))
    answer = tara.post(CARD, QUEUED)
    job = the_job(floor)
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.code}")
    assert (job.state, job.title) == (JobState.QUEUED, "Test card of Poplar plywood 3 mm: Cut")
    words = pages.quiet(tara.read(f"/jobs/{job.code}"))
    for each in ("It is in the queue", "Cut, 40", "5 to 15 mm/s", "A test, the lab", f"/jobs/{job.code}/toolpath.svg"):
        assert each in words
    with floor.database.reading() as session:
        waiting = session.query(Slicing).one().id
    find("slice")(context, waiting)
    made = tara.get(f"/files/jobs/{job.code}/toolpath.gcode").get_data()
    assert made == tara.post(CARD, WANTED).get_data()
    with floor.database.reading() as session:
        assert session.query(Run).one().state is RunState.WAITING


def test_whoever_arms_it_reads_what_it_tries(floor: Floor, tara: Browser, context: Context) -> None:
    tara.post(CARD, QUEUED)
    with floor.database.reading() as session:
        waiting = session.query(Slicing).one().id
    find("slice")(context, waiting)
    with floor.database.writing() as session:
        run, machine = session.query(Run).one(), session.query(Machine).filter_by(slug="laser").one()
        ines = session.get_one(Person, floor.lab.ines.id)
        certifications.grant(session, session.get_one(Person, floor.lab.tara.id), ines, model=machine.machine_model)
        runs.claim(session, events.of_machine(machine), run, machine, machine.slots[0].stock)
        run_states.staged(session, run)
        session.commit()
        key = run.id
    words = pages.quiet(tara.read(f"/machines/laser/arm/{key}"))
    for each in ("Test card", "Cut, 40", "5 to 15 mm/s", "57 × 55 mm", f"/machines/laser/burns/{key}"):
        assert each in words


def test_what_cannot_be_tried_makes_no_job(floor: Floor, tara: Browser, alice: Browser) -> None:
    for beyond, words in (
        ({"power_to": "120"}, "between"), ({"speed_from": ""}, "fill this in"), ({"operation": "melt"}, "Choose one"),
    ):  # fmt: skip
        answer = tara.post(CARD, QUEUED | beyond)
        assert (answer.status_code, words in pages.quiet(answer.text)) == (422, True)
    assert alice.post(CARD, QUEUED).status_code == 404
    with floor.database.writing() as session:
        session.query(Material).filter_by(slug="poplar-3").one().name = "PVC foil"
        session.commit()
    answer = tara.post(CARD, QUEUED)
    assert (answer.status_code, "PVC" in pages.quiet(answer.text)) == (422, True)
    with floor.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
        assert session.scalar(select(func.count()).select_from(Design)) == 0


@pytest.mark.parametrize(
    ("limit", "words"),
    [({"uploads": {"per_hour": 1}}, "You uploaded 1 file"),
     ({"analysis": {"estimates_per_hour": 1}}, "You asked for the price of new settings 1 times")],
)  # fmt: skip
def test_a_limit_is_said_and_no_job_is_made(
    floor: Floor, tara: Browser, context: Context, limit: dict[str, dict[str, int]], words: str
) -> None:
    parts = {name: replace(getattr(context.config, name), **few) for name, few in limit.items()}
    tara.client.application.extensions["fabqueue"] = replace(context, config=replace(context.config, **parts))
    assert tara.post(CARD, QUEUED).status_code == 303
    answer = tara.post(CARD, QUEUED | {"power_from": "41"})
    assert (answer.status_code, words in pages.quiet(answer.text)) == (422, True)
    assert the_job(floor).title


def test_without_profile_or_offer_there_is_no_card(floor: Floor, tara: Browser) -> None:
    with floor.database.writing() as session:
        session.query(MachineModel).filter_by(slug="laser-600").one().profile = ""
        session.commit()
    assert tara.post(CARD, QUEUED).status_code == 404
    with floor.database.writing() as session:
        session.query(MachineModel).filter_by(slug="laser-600").one().profile = "laser-600"
        session.delete(session.query(MaterialOffer).filter_by(preset="poplar-3").one())
        session.commit()
    assert tara.post(CARD, QUEUED).status_code == 404


def test_a_card_is_reviewed_as_it_was_asked_for(floor: Floor, tara: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    code = asked_without_review(floor, tara, monkeypatch)
    page = tara.read(f"/desk/{code}")
    words = pages.quiet(page)
    for each in ("A test card stays as it was asked for", "5 to 15 mm/s", "Toolpath"):
        assert each in words
    assert "Save the changes" not in words
    hidden = dict(HIDDEN.findall(page))
    assert hidden == {"option": "laser-600/poplar-3", "colour": "", "quantity": "1"}
    assert tara.post(f"/desk/{code}", {**hidden, "quantity": "7", "kerf": "no", "do": "approve"}).status_code == 303
    job = the_job(floor)
    assert (job.state, job.quantity, set(job.settings)) == (JobState.QUEUED, 1, {"card"})


def test_the_same_card_is_asked_for_again_where_it_is_made(floor: Floor, tara: Browser) -> None:
    tara.post(CARD, QUEUED)
    page = tara.read(f"/jobs/{the_job(floor).code}")
    (link,) = (unescape(each) for each in re.findall(r'href="([^"]+)"', page) if each.startswith(CARD))
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    assert asked == WANTED
    form = tara.read(link)
    for value in ('value="40"', 'value="80"', 'value="15"', "selected"):
        assert value in form
    with floor.database.writing() as session:
        session.delete(session.query(MaterialOffer).filter_by(preset="poplar-3").one())
        session.commit()
    assert CARD not in tara.read(f"/jobs/{the_job(floor).code}")
