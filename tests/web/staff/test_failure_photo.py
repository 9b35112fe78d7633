"""A photo of what went wrong, taken on the round: clean, with the run, among the build's failures once logged."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from fabqueue.models import Build, JobState, Machine, Photo, Run, RunState, Visibility
from tests.support.photos import GPS_TAG, MAKER, WORDS, heic, photo
from tests.web.staff.conftest import Browser, Floor


def made(floor: Floor) -> tuple[Machine, Run]:
    machine = floor.tool()
    job = floor.job(JobState.IN_PRODUCTION)
    return machine, floor.run(job, machine, RunState.DONE, 1, ended_at=floor.lab.machine.created_at)


def fail(tara: Browser, machine: Machine, run: Run, picture: bytes, name: str = "IMG_1.jpg", **more: str) -> Any:
    fields = {
        "outcome": "failed",
        "cause": "came_loose",
        "run": run.id,
        "next": "/round",
        "photo": (io.BytesIO(picture), name),
    }
    return tara.post(f"/machines/{machine.slug}/clear", fields | more)


def kept(floor: Floor) -> list[Photo]:
    with floor.database.reading() as session:
        return list(session.query(Photo))


def test_the_question_offers_the_phones_camera(floor: Floor, tara: Browser) -> None:
    machine, _run = made(floor)
    page = tara.read(f"/machines/{machine.slug}/clear?next=/round")
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'<input accept="image/\*"[^>]* capture="environment"[^>]* name="photo" type="file">', page)


@pytest.mark.parametrize(("name", "picture"), [("IMG_1.jpg", photo((400, 300))), ("IMG_2.HEIC", heic((400, 300)))])
def test_it_is_kept_without_its_place_and_shown_with_the_run(
    floor: Floor, tara: Browser, alice: Browser, visitor: Browser, name: str, picture: bytes
) -> None:
    machine, run = made(floor)
    assert fail(tara, machine, run, picture, name).location == "/round"
    found = kept(floor)[0]
    assert (found.run_id, found.build_id, found.person_id) == (run.id, None, floor.lab.tara.id)
    sent = alice.get(f"/photos/{found.id}").get_data()
    assert GPS_TAG not in Image.open(io.BytesIO(sent)).getexif()
    assert MAKER not in sent
    assert WORDS not in sent
    for page in (alice.read(f"/jobs/{run.items[0].job.code}"), tara.read(f"/jobs/{run.items[0].job.code}")):
        assert f'src="/photos/{found.id}/small" alt="Photo of a failed run of ' in page
        assert "took a photo of it" in page
        assert 'data-state="failed"' in page.partition('id="rn"')[2].partition('id="ev"')[0]
    assert visitor.get(f"/photos/{found.id}").status_code == 404


def test_what_is_no_photo_is_refused_and_nothing_else_that_was_said_is_lost(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor)
    answer = fail(tara, machine, run, b"no picture at all", reason="It came loose at once.")
    assert answer.status_code == 422
    assert "It came loose at once." in answer.get_data(as_text=True)
    assert floor.now(machine).bed_cleared_at is None
    assert kept(floor) == []


def test_a_good_photo_beside_a_wrong_answer_is_asked_for_again(floor: Floor, tara: Browser) -> None:
    machine, run = made(floor)
    answer = fail(tara, machine, run, photo(), outcome="nonsense")
    assert answer.status_code == 422
    assert "Take or choose the photo again." in answer.get_data(as_text=True)


def test_it_joins_the_failures_of_the_build_when_that_is_logged(
    floor: Floor, tara: Browser, alice: Browser, visitor: Browser
) -> None:
    """Before, it is no part of the page; afterwards it explains the failure and is no face of the project."""
    machine, run = made(floor)
    fail(tara, machine, run, photo((400, 300)), repeat="y")
    job, found = run.items[0].job, kept(floor)[0]
    project = job.revision.design.project
    floor.change(project, visibility=Visibility.PUBLIC)
    place = f"/projects/{project.slug}"
    assert found.id not in alice.read(place) + alice.read(f"{place}/photos")
    floor.change(job, state=JobState.READY)
    assert alice.post(f"/jobs/{job.code}/collect").status_code == 303
    page = visitor.read(place)
    assert page.count(f"/photos/{found.id}/small") == 1
    assert page.index(found.id) > page.index('id="log"')
    assert visitor.get(f"/photos/{found.id}").status_code == 200
    with floor.database.writing() as session:
        session.query(Build).one().pictures_shown = False
        session.commit()
    assert found.id not in visitor.read(place)
    assert visitor.get(f"/photos/{found.id}").status_code == 404
