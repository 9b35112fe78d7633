"""What waits for a laser while files wait there to be armed: whose sheets they are, and what a technician sent away."""

from datetime import timedelta
from pathlib import Path

import pytest

from fabqueue.db import now
from fabqueue.dispatch.claim import claim_for
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lines import Finish
from fabqueue.dispatch.match import Reason
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import FOREIGN_WORK, Connection, Machine, MachineKind, MachineModel, Run, Site
from fabqueue.services import events, runs
from fabqueue.wording import reader
from tests.dispatch.queue import change
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

PART_MM2 = 100_000
SHEET_MM2 = 240_000


@pytest.fixture
def laser(context: Context, lab: Lab) -> Lab:
    """The lab, whose machine is a laser with one sheet."""
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        pile = factories.pile(session, session.merge(lab.site), session.merge(lab.pla), sheets=1)
        session.get_one(Machine, lab.machine.id).slots[0].stock_id = pile.id
        session.commit()
    return lab


def waits(context: Context, lab: Lab, folder: Path) -> str:
    """A run that takes up two fifths of the sheet."""
    with context.db.writing() as session:
        run = waiting_run(session, context.storage, lab, short_gcode(folder / "short.gcode"))
        run.predicted_mm2, run.needs_width_mm, run.needs_height_mm = PART_MM2, 300.0, 300.0
        session.commit()
        return run.id


def staged(context: Context, lab: Lab) -> str | None:
    """What the laser takes next, once its file is there; None: nothing."""
    with context.db.writing() as session:
        run = claim_for(session, context.config, lab.machine.id)
        if run is not None:
            runs.send(session, events.SYSTEM, run, f"fabqueue/{run.id}-1.gcode", 1)
            runs.stage(session, events.SYSTEM, run)
        session.commit()
        return run.id if run else None


def reason(context: Context, run_id: str) -> Reason | None:
    with context.db.reading() as session:
        return Outlook(session, context.config).reason(session.get_one(Run, run_id).items[0].job)


@pytest.mark.postgresql
def test_a_sheet_is_not_promised_to_more_files_than_it_is_enough_for(
    context: Context, laser: Lab, tmp_path: Path
) -> None:
    first, second, third = (waits(context, laser, tmp_path) for _ in range(3))
    assert [staged(context, laser) for _ in range(3)] == [first, second, None]
    why = reason(context, third)
    assert why is not None
    assert (why.code, why.values["left_mm2"], why.values["promised_mm2"], why.values["needed_mm2"]) == (
        "wait_sheets_promised", SHEET_MM2, 2 * PART_MM2, PART_MM2,
    )  # fmt: skip
    with context.db.writing() as session:
        runs.stop(session, events.SYSTEM, session.get_one(Run, second))
        session.commit()
    assert staged(context, laser) == third


def test_what_waits_at_the_laser_still_has_a_finish_when_its_sheet_is_the_last(
    context: Context, laser: Lab, tmp_path: Path
) -> None:
    for _ in range(2):
        waits(context, laser, tmp_path)
    at_it = [staged(context, laser), staged(context, laser)]
    with context.db.reading() as session:
        outlook = Outlook(session, context.config)
        for each in at_it:
            assert outlook.finish(session.get_one(Run, each).items[0].job) is not None


@pytest.mark.parametrize(
    ("kind", "columns", "code"),
    [
        (Machine, {"maintenance_at": now()}, "wait_maintenance"),
        (Machine, {"fault_code": "machine_printer_error"}, "wait_fault"),
        (Machine, {"fault_code": FOREIGN_WORK}, "wait_foreign"),
        (Machine, {"connection": Connection.OFFLINE}, "wait_silent"),
        (Machine, {"bed_cleared_at": None}, "wait_clear"),
        (Site, {"held_at": now(), "held_reason": "smoke"}, "wait_lab_held"),
    ],
)
def test_what_waits_at_a_laser_says_what_keeps_everybody_from_arming_it(
    context: Context, laser: Lab, tmp_path: Path, kind: type, columns: dict[str, object], code: str
) -> None:
    run_id = waits(context, laser, tmp_path)
    staged(context, laser)
    assert reason(context, run_id) == Reason("wait_armed", {"machine": laser.machine.name})
    change(context, kind, laser.machine.id if kind is Machine else laser.site.id, **columns)
    why = reason(context, run_id)
    assert why is not None
    assert why.code == code


def sent_back(context: Context, lab: Lab, run_id: str | None, hours_ago: float = 0) -> None:
    """A technician took its file from the laser."""
    with context.db.writing() as session:
        run = session.get_one(Run, run_id)
        assert run.machine is not None
        runs.give_back(session, events.SYSTEM, run, "run_sent_back", {"machine": run.machine.name})
        run.changed_at = now() - timedelta(hours=hours_ago)
        session.commit()


def test_what_was_sent_back_says_so_and_when_it_goes_there_again(context: Context, laser: Lab, tmp_path: Path) -> None:
    run_id = waits(context, laser, tmp_path)
    sent_back(context, laser, staged(context, laser))
    assert staged(context, laser) is None
    why = reason(context, run_id)
    assert why is not None
    assert (why.code, why.passes, why.values["machine"]) == ("wait_sent_back", True, laser.machine.name)
    for language, word in (("en", "technician"), ("zh_Hans", "技术员")):
        told = reader(language, "Europe/Berlin")
        assert word in told.say(why.code, why.values)


def test_the_forecast_knows_that_what_was_sent_back_stays_away(context: Context, laser: Lab, tmp_path: Path) -> None:
    run_id = waits(context, laser, tmp_path)

    def finish() -> Finish:
        with context.db.reading() as session:
            found = Outlook(session, context.config).finish(session.get_one(Run, run_id).items[0].job)
            assert found is not None
            return found

    before = finish()
    sent_back(context, laser, staged(context, laser))
    assert timedelta(minutes=59) < finish().low - before.low < timedelta(minutes=61)
    assert timedelta(minutes=59) < finish().expected - before.expected < timedelta(minutes=61)


def test_after_an_hour_or_where_another_laser_takes_it_nobody_speaks_of_that(
    context: Context, laser: Lab, tmp_path: Path
) -> None:
    run_id = waits(context, laser, tmp_path)
    sent_back(context, laser, staged(context, laser), hours_ago=1.1)
    assert reason(context, run_id) == Reason("wait_armed", {"machine": laser.machine.name})
    sent_back(context, laser, staged(context, laser))
    with context.db.writing() as session:
        here, model = session.merge(laser.site), session.get_one(MachineModel, laser.model.id)
        pile = factories.pile(session, here, session.merge(laser.pla), sheets=1)
        factories.machine(session, here, model, pile, name="Laser 2")
        session.commit()
    assert reason(context, run_id) == Reason("wait_armed", {"machine": "Laser 2"})


def test_nobody_is_sent_to_arm_what_will_wait_at_a_laser_whose_bed_is_not_clear(
    context: Context, laser: Lab, tmp_path: Path
) -> None:
    run_id = waits(context, laser, tmp_path)
    change(context, Machine, laser.machine.id, bed_cleared_at=None)
    assert reason(context, run_id) == Reason("wait_clear", {"machine": laser.machine.name})
    with context.db.writing() as session:
        here, model = session.merge(laser.site), session.get_one(MachineModel, laser.model.id)
        pile = factories.pile(session, here, session.merge(laser.pla), sheets=1)
        factories.machine(session, here, model, pile, name="Laser 2")
        session.commit()
    assert reason(context, run_id) == Reason("wait_armed", {"machine": "Laser 2"})
