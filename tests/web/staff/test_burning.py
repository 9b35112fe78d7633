"""How a laser burns a material, on pages: seen, changed, refused, set back; and the toolpath beside job and review."""

import pytest

from fabqueue.dispatch.context import Context
from fabqueue.models import Job, MaterialOffer, Person, Revision, Site, Slicing
from fabqueue.services import jobs, reviews
from fabqueue.services.jobs import Wish
from fabqueue.tasks.work import find
from tests.support import factories, pages
from tests.web.staff.conftest import Browser, Floor

PAGE = "/machines/models/laser-600/burning/poplar-3"
SLOW = {
    "cut_power_percent": "60", "cut_speed_mm_s": "9", "cut_passes": "2", "cut_kerf_mm": "0.18", "cut_air": "y",
    "score_power_percent": "15", "score_speed_mm_s": "100", "score_passes": "1",
    "engrave_power_percent": "25", "engrave_speed_mm_s": "250", "engrave_passes": "1", "engrave_interval_mm": "0.1",
}  # fmt: skip


@pytest.fixture
def laser(floor: Floor) -> None:
    with floor.database.writing() as session:
        factories.laser(session, session.get_one(Site, floor.lab.site.id))
        session.commit()


def offer(floor: Floor) -> MaterialOffer:
    with floor.database.reading() as session:
        return session.query(MaterialOffer).filter_by(preset="poplar-3").one()


@pytest.mark.usefixtures("laser")
def test_power_and_speed_are_changed_with_name_and_time_and_set_back(floor: Floor, tara: Browser) -> None:
    assert PAGE in tara.read("/machines/models/laser-600")
    assert "The profile says 65" in pages.quiet(tara.read(PAGE))
    assert tara.post(PAGE, SLOW).location == PAGE
    assert offer(floor).burning == {
        "cut": {"power_percent": 60, "speed_mm_s": 9, "passes": 2, "interval_mm": 0.1, "kerf_mm": 0.18, "air": True}
    }
    words = pages.quiet(tara.read(PAGE))
    assert "Changed last by Tara" in words
    assert tara.post(f"{PAGE}/reset", {}).location == PAGE
    assert offer(floor).burning is None


@pytest.mark.usefixtures("laser")
def test_what_the_laser_cannot_do_is_refused_in_the_form(floor: Floor, tara: Browser, alice: Browser) -> None:
    for change in ({"cut_power_percent": "101"}, {"cut_speed_mm_s": "900"}, {"cut_speed_mm_s": ""}):
        assert tara.post(PAGE, SLOW | change).status_code == 422
    assert "Cut, Power: Write a number" in pages.quiet(tara.post(PAGE, SLOW | {"cut_power_percent": "101"}).text)
    assert alice.post(PAGE, SLOW).status_code == 404
    assert tara.get("/machines/models/marlin-250/burning/pla").status_code == 404
    assert offer(floor).burning is None


@pytest.mark.usefixtures("laser")
def test_a_drawing_is_quoted_and_its_toolpath_is_shown(
    floor: Floor, context: Context, alice: Browser, tara: Browser
) -> None:
    with floor.database.writing() as session:
        owner = session.get_one(Person, floor.lab.alice.id)
        key = factories.drawing(session, floor.storage, owner).id
        session.commit()
    find("analyse")(context, key)
    with floor.database.writing() as session:
        revision = session.get_one(Revision, key)
        design = revision.design_id
        job = jobs.create(session, floor.config, revision.design.project.owner, revision,
                          Wish("laser-600", "poplar-3"), filed_by=revision.design.project.owner)  # fmt: skip
        jobs.submit(session, floor.config, job, job.owner)
        session.commit()
        code = job.code
    page = pages.quiet(alice.read(f"/make/designs/{design}"))
    for words in ("Laser 600", "Bridges on each part", "Sheet,"):
        assert words in page
    for browser, address in ((alice, f"/jobs/{code}"), (tara, f"/desk/{code}")):
        words = pages.quiet(browser.read(address))
        assert f"/files/jobs/{code}/toolpath.svg" in words
        assert "travel" in words.lower()
    picture = alice.get(f"/files/jobs/{code}/toolpath.svg")
    assert (picture.mimetype, "sandbox" in picture.headers["Content-Security-Policy"]) == ("image/svg+xml", True)
    near = alice.get(f"/files/jobs/{code}/toolpath.svg?near=1")
    assert (near.headers["ETag"] != picture.headers["ETag"], 'viewBox="0 0 600 400"' in near.text) == (True, False)
    assert 'viewBox="0 0 600 400"' in picture.text
    again = alice.get(f"/files/jobs/{code}/toolpath.svg", headers={"If-None-Match": picture.headers["ETag"]})
    assert again.status_code == 304
    assert tara.get(f"/files/jobs/{code}/toolpath.gcode").status_code == 404, "it is not made yet"
    with floor.database.writing() as session:
        found = session.query(Job).filter_by(code=code).one()
        reviews.approve(session, floor.config, found, session.get_one(Person, floor.lab.tara.id))
        session.commit()
    with floor.database.reading() as session:
        waiting = session.query(Slicing).one().id
    find("slice")(context, waiting)
    assert "File for the laser" in tara.read(f"/jobs/{code}")
    assert "File for the laser" not in alice.read(f"/jobs/{code}")
    assert tara.get(f"/files/jobs/{code}/toolpath.gcode").get_data(as_text=True).rstrip().endswith("M2")
    assert alice.get(f"/files/jobs/{code}/toolpath.gcode").status_code in (403, 404)


@pytest.mark.usefixtures("laser")
def test_a_test_card_is_downloaded_as_a_file_or_a_drawing(tara: Browser, alice: Browser) -> None:
    wanted = {
        "operation": "cut",
        "power_from": "40",
        "power_to": "80",
        "speed_from": "5",
        "speed_to": "15",
        "steps": "3",
    }
    answer = tara.post(f"{PAGE}/card", wanted)
    text = answer.get_data(as_text=True)
    assert 'filename="test-card-laser-600-poplar-3-cut.gcode"' in answer.headers["Content-Disposition"]
    assert all(f"S{power}" in text for power in (400, 600, 800))
    assert text.rstrip().endswith("M2")
    drawing = tara.post(f"{PAGE}/card", wanted | {"picture": "y"})
    assert drawing.get_data(as_text=True).startswith("<svg")
    for beyond in ({"power_to": "120"}, {"power_from": "-1"}, {"speed_from": "0"}, {"speed_to": "99999"}):
        answer = tara.post(f"{PAGE}/card", wanted | beyond)
        assert answer.status_code == 422
        assert "between" in pages.quiet(answer.text)
    assert alice.get(f"{PAGE}/card").status_code == 404
