"""Pages of what may work alone, of one certain machine, and of the hours to come."""

from datetime import timedelta
from pathlib import Path

from fabqueue.db import now
from fabqueue.models import Job, Machine
from tests.support import factories
from tests.support.making import short_gcode, waiting_run
from tests.web.staff.conftest import Browser, Floor


def waiting(floor: Floor, tmp_path: Path, seconds: int = 7200) -> Job:
    """A job that waits for the lab's printer."""
    with floor.database.writing() as session:
        session.expire_on_commit = False
        run = waiting_run(session, floor.storage, floor.lab, short_gcode(tmp_path / "short.gcode"))
        run.predicted_seconds = seconds
        session.commit()
        return run.items[0].job


def second(floor: Floor) -> Machine:
    with floor.database.writing() as session:
        session.expire_on_commit = False
        site, model = (session.merge(each, load=True) for each in (floor.lab.site, floor.lab.model))
        made = factories.machine(session, site, model, slug="second", name="Second")
        session.commit()
        return made


def test_a_machine_is_let_work_alone_on_its_page(floor: Floor, tara: Browser) -> None:
    slug = floor.lab.machine.slug
    sent = {"name": "Prusa", "model": "marlin-250", "position": "1", "driver": "octoprint", "url": "http://127.0.0.1:1",
            "works_alone": "y", "alone_hours": "14", "alone_materials": "pla"}  # fmt: skip
    assert tara.post(f"/machines/{slug}", sent | {"alone_hours": "999"}).status_code == 422
    assert tara.post(f"/machines/{slug}", sent).status_code == 303
    kept = floor.now(floor.lab.machine)
    assert (kept.works_alone, kept.alone_hours, kept.alone_materials) == (True, 14, [floor.lab.pla.id])
    assert 'value="pla" checked' in tara.read(f"/machines/{slug}")


def test_a_job_is_given_to_one_machine_and_released(floor: Floor, tara: Browser, tmp_path: Path) -> None:
    job = waiting(floor, tmp_path)
    second(floor)
    page = tara.post(f"/desk/{job.code}/machine", {"machine": "second", "required": "y"})
    assert page.status_code == 303
    assert floor.now(job).machine_required
    queue = tara.read("/desk")
    assert "only on Second" in queue
    assert tara.post(f"/desk/{job.code}/release").status_code == 303
    assert floor.now(job).machine_id is None


def test_the_desk_shows_what_each_machine_does_next(floor: Floor, tara: Browser, tmp_path: Path) -> None:
    job = waiting(floor, tmp_path)
    with floor.database.writing() as session:
        weekday = str(now().astimezone().isoweekday())
        session.merge(floor.lab.site, load=True).opening_hours = {weekday: [["00:00", "24:00"]]}
        session.get_one(Machine, floor.lab.machine.id).works_alone = True
        session.get_one(Machine, floor.lab.machine.id).alone_hours = 168
        session.commit()
    part = tara.read("/desk/part/timeline")
    assert f"{job.code} {job.title}" in part
    assert 'class="bar"' in part
    assert "The same as a list" in part


def test_the_day_it_is_needed_by_is_answered_at_the_review(floor: Floor, tara: Browser) -> None:
    """Of a tool that is driven by hand nobody can know."""
    job = floor.job()
    assert "done by then" not in tara.read(f"/desk/{job.code}")
    with floor.database.writing() as session:
        session.get_one(Job, job.id).request.needed_by = now().date() + timedelta(days=3)
        session.commit()
    assert "Nobody can say whether it is done by then." in tara.read(f"/desk/{job.code}")
