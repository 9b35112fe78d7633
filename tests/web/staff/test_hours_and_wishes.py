"""Pages of what may work alone, of one certain machine, and of the hours to come."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.dispatch.habits import FEWEST
from fabqueue.models import Job, Machine, MachineKind, Run, RunState
from fabqueue.services import runs
from fabqueue.services.hours import Hours
from fabqueue.web.timeline import closed_bands, cut
from tests.support import factories
from tests.support.making import short_gcode, waiting_run
from tests.web.staff.conftest import Browser, Floor

COUNTED = "Somebody has to start it. How long that usually takes here is counted."


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


def timeline_row(page: str, name: str) -> str:
    """The machine's first row of the list that says the same."""
    listed = page[page.index('id="timeline-list"') :]
    row = next(each for each in listed.split("<tr>") if f">{name}</th>" in each)
    return " ".join(unescape(re.sub("<[^>]+>", " ", row)).split())


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"connection": "offline"}, "Offline"),
        ({"maintenance_at": now()}, "Maintenance"),
        ({"fault_code": "machine_printer_error"}, "Fault"),
        ({"fault_code": "machine_foreign_print"}, "Busy with other work"),
    ],
)
def test_the_timeline_says_what_keeps_a_machine_from_being_planned(
    floor: Floor, tara: Browser, columns: dict[str, object], word: str
) -> None:
    assert timeline_row(tara.read("/desk/part/timeline"), floor.lab.machine.name).endswith("Nothing planned")
    with floor.database.writing() as session:
        for name, value in columns.items():
            setattr(session.get_one(Machine, floor.lab.machine.id), name, value)
        session.commit()
    part = tara.read("/desk/part/timeline")
    assert timeline_row(part, floor.lab.machine.name).endswith(word)
    assert f">{word}</text>" in part


def test_the_timeline_shows_what_a_person_starts_and_until_when_somebody_comes(
    floor: Floor, tara: Browser, tmp_path: Path
) -> None:
    """A laser whose file waits, a tool driven by hand, and a printer whose bed is full."""
    laser_job, printed = waiting(floor, tmp_path), waiting(floor, tmp_path)
    with floor.database.writing() as session:
        site, pla = (session.merge(each, load=True) for each in (floor.lab.site, floor.lab.pla))
        model = factories.machine_model(session, "laser", kind=MachineKind.LASER)
        spool = factories.stock(session, site, pla)
        laser = factories.machine(session, site, model, spool, slug="laser", name="Laser")
        session.get_one(Machine, floor.lab.machine.id).bed_cleared_at = None
        run = runs.of_job(session, session.get_one(Job, laser_job.id))[0]
        run.state, run.machine_id, run.machine_model_id = RunState.STAGED, laser.id, model.id
        session.get_one(Job, laser_job.id).machine_model_id = model.id
        session.commit()
    floor.tool()
    part = tara.read("/desk/part/timeline")
    row = timeline_row(part, "Laser")
    assert laser_job.code in row
    assert 'class="walk" data-state="staged"' in part
    assert 'class="walk" data-state="needs_clearing"' in part
    assert part.index('data-state="staged"') < part.index(f"<title>{laser_job.code}")
    assert printed.code in timeline_row(part, floor.lab.machine.name)
    assert timeline_row(part, floor.tool().name).endswith("Nothing planned")
    assert COUNTED in tara.read(f"/jobs/{laser_job.code}")
    assert COUNTED not in tara.read(f"/jobs/{printed.code}")


def test_the_timeline_sends_nobody_to_clear_what_is_at_work_that_is_not_ours(floor: Floor, tara: Browser) -> None:
    """Nobody knows how long it takes."""
    floor.change(floor.lab.machine, bed_cleared_at=None)
    assert 'data-state="needs_clearing"' in tara.read("/desk/part/timeline")
    floor.change(floor.lab.machine, fault_code="machine_foreign_print")
    assert 'data-state="needs_clearing"' not in tara.read("/desk/part/timeline")


def test_the_review_says_that_done_by_then_depends_on_somebody_starting_it(floor: Floor, tara: Browser) -> None:
    """Of a tool whose work took half an hour, eight times."""
    job, tool = floor.job(), floor.tool()
    with floor.database.writing() as session:
        session.get_one(Job, job.id).request.needed_by = now().date() + timedelta(days=3)
        for number in range(FEWEST):
            begun = now() - timedelta(days=number + 1)
            session.add(Run(
                site_id=tool.site_id, machine_model_id=tool.machine_model_id, material_id=job.material_id,
                machine_id=tool.id, state=RunState.DONE, created_at=begun - timedelta(hours=1), started_at=begun,
                seconds=1800, ended_at=begun + timedelta(hours=0.5), cleared_at=begun + timedelta(hours=0.5),
            ))  # fmt: skip
        session.commit()
    page = tara.read(f"/desk/{job.code}")
    assert "Likely done" in page
    assert COUNTED in page


def test_the_timeline_draws_the_hours_in_which_nobody_is_there(floor: Floor, tara: Browser) -> None:
    assert 'class="closed"' not in tara.read("/desk/part/timeline")
    tomorrow = str((now().astimezone() + timedelta(days=2)).isoweekday())
    with floor.database.writing() as session:
        session.merge(floor.lab.site, load=True).opening_hours = {tomorrow: [["09:00", "21:00"]]}
        session.commit()
    part = tara.read("/desk/part/timeline")
    assert 'class="closed" x="0.0%"' in part
    assert "Grey: closed." in part


def test_the_closed_band_begins_at_closing_and_ends_at_opening() -> None:
    """Twelve hours from 15:00 with closing at 18:00; from 20:00 with opening at 5:00; a lunch break."""
    week = {str(day): [["05:00", "12:00"], ["13:30", "18:00"]] for day in range(1, 8)}

    def bands(clock: int) -> list[tuple[float, float]]:
        begins = datetime(2026, 11, 24, clock, tzinfo=UTC)
        return closed_bands(begins, Hours(week, [], "UTC", begins))

    assert bands(15) == [(25.0, 75.0)]
    assert bands(20) == [(0.0, 75.0)]
    assert bands(10) == [(16.67, 12.5), (66.67, 33.33)]
    assert closed_bands(datetime(2026, 11, 24, tzinfo=UTC), Hours({}, [], "UTC", now())) == []


def test_the_day_it_is_needed_by_is_answered_at_the_review(floor: Floor, tara: Browser) -> None:
    """Of a tool for which nothing is predicted, and that nobody has used yet, nobody can know."""
    job = floor.job()
    assert "done by then" not in tara.read(f"/desk/{job.code}")
    with floor.database.writing() as session:
        session.get_one(Job, job.id).request.needed_by = now().date() + timedelta(days=3)
        session.commit()
    assert "Nobody can say whether it is done by then." in tara.read(f"/desk/{job.code}")


def several(floor: Floor, **columns: object) -> Job:
    """A submitted job of four copies for a tool of which there are two."""
    job = floor.job(quantity=4, **columns)
    with floor.database.writing() as session:
        site, model = session.merge(floor.lab.site, load=True), session.merge(floor.tool(session).machine_model)
        factories.manual_machine(session, site, model, name="Second")
        session.commit()
    return job


def copies(floor: Floor, job: Job) -> list[int]:
    with floor.database.reading() as session:
        found = runs.of_job(session, session.get_one(Job, job.id))
        return [item.copies for each in found if not each.state.is_over for item in each.items]


def test_the_review_says_in_how_many_runs_it_would_be_made(floor: Floor, tara: Browser) -> None:
    job = several(floor)
    assert "Machines at once" in tara.read(f"/desk/{job.code}")
    told = tara.read(f"/desk/{job.code}/price?option=foam-cutter/pla&quantity=4&colour=&supports=&spread=2")
    assert "Made in 2 runs of 2 + 2, on up to 2 machines at once." in told


def test_it_is_approved_for_two_machines_at_once_at_the_same_price(floor: Floor, tara: Browser) -> None:
    job = several(floor)
    sent = {"option": "foam-cutter/pla", "colour": "", "quantity": "4", "supports": "", "spread": "2", "do": "approve"}
    assert tara.post(f"/desk/{job.code}", sent).location == "/desk"
    after = floor.now(job)
    assert (after.settings, after.quote_id, copies(floor, job)) == ({"spread": 2}, job.quote_id, [2, 2])


def test_a_wish_is_taken_back_by_emptying_the_field_and_kept_where_none_was_shown(floor: Floor, tara: Browser) -> None:
    job = several(floor, settings={"spread": 2})
    sent = {"option": "foam-cutter/pla", "colour": "", "quantity": "4", "supports": "", "do": "change"}
    tara.post(f"/desk/{job.code}", sent)
    assert floor.now(job).settings == {"spread": 2}
    tara.post(f"/desk/{job.code}", sent | {"spread": ""})
    assert floor.now(job).settings == {}


def test_a_number_of_machines_without_sense_is_said_at_its_field(floor: Floor, tara: Browser) -> None:
    job = several(floor)
    sent = {"option": "foam-cutter/pla", "colour": "", "quantity": "4", "supports": "", "spread": "0", "do": "approve"}
    answer = tara.post(f"/desk/{job.code}", sent)
    assert answer.status_code == 422
    assert 'aria-describedby="spread-e' in answer.text


def test_what_waits_is_divided_anew_at_the_desk(floor: Floor, tara: Browser) -> None:
    job = several(floor)
    sent = {"option": "foam-cutter/pla", "colour": "", "quantity": "4", "supports": "", "do": "approve"}
    tara.post(f"/desk/{job.code}", sent)
    assert copies(floor, job) == [4]
    assert f"/desk/{job.code}/spread" in tara.read(f"/desk/{job.code}")
    assert tara.post(f"/desk/{job.code}/spread", {"spread": "2"}).status_code == 303
    assert copies(floor, job) == [2, 2]


def test_what_asks_for_one_machine_stays_together(floor: Floor, tara: Browser) -> None:
    job = several(floor)
    with floor.database.writing() as session:
        session.get_one(Job, job.id).machine_id = floor.tool(session).id
        session.commit()
    answer = tara.post(f"/desk/{job.code}/spread", {"spread": "2"})
    assert answer.status_code == 422
    assert "so its copies stay together." in answer.text
    assert "Machines at once" not in tara.read(f"/desk/{job.code}")


def test_a_bar_says_as_much_of_its_job_as_it_has_room_for(floor: Floor, tara: Browser, tmp_path: Path) -> None:
    """Of a quarter of an hour nothing, so its code stands beside it."""
    assert cut("J-2018 bracket", 14) == "J-2018 bracket"
    assert cut("J-2018 bracket", 10) == "J-2018 br…"
    assert cut("J-2018 支架支架", 12) == "J-2018 支架…"
    assert cut("J-2018 bracket", 6) == ""
    job = waiting(floor, tmp_path, seconds=900)
    part = tara.read("/desk/part/timeline")
    assert f'dx="6" translate="no">{job.code}</text>' in part
    assert f"<title>{job.code} {job.title}" in part
