"""Small jobs that are laid together by rule: when it is worth it, and when company is waited for."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import FOREIGN_WORK, Connection, Job, Machine, Run, RunState
from fabqueue.services import gathering, ordering, sharing
from tests.services.waiting import Wait, start
from tests.support import factories
from tests.support.factories import Lab

S = RunState


def at_work(session: WritingSession, here: Lab, wait: Wait) -> Run:
    """What the printer will be at for long, while three others wait."""
    busy = wait()
    start(session, here, busy)
    busy.seconds_left = 3000
    for _ in range(3):
        wait()
    session.flush()
    return busy


def test_by_rule_they_are_laid_where_a_machine_will_soon_be_free(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    busy = at_work(session, here, wait)
    assert gathering.gather(session, config) == 0
    busy.seconds_left = 60
    session.flush()
    assert gathering.gather(session, config) == 1
    assert gathering.gather(session, config) == 0
    standing = session.scalars(select(Run).where(Run.state == S.PREPARING)).unique().all()
    assert [len(each.items) for each in standing] == [3]


def test_a_full_bed_is_laid_at_once(session: WritingSession, config: Config, here: Lab, wait: Wait) -> None:
    few = replace(config, queue=replace(config.queue, plate_parts=2))
    at_work(session, here, wait)
    assert gathering.gather(session, few) == 1


def test_by_rule_one_bed_that_is_not_full_waits_for_a_machine_and_the_next_still_gets_company(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    few = replace(config, queue=replace(config.queue, plate_parts=4))
    for laid in (1, 0, 1):  # two; two more could share another bed; with those after them it is full
        wait()
        wait()
        assert gathering.gather(session, few) == laid
    standing = session.scalars(select(Run).where(Run.state == S.PREPARING)).unique()
    assert sorted(len(each.items) for each in standing) == [2, 4]


@pytest.mark.parametrize("colour", ["", "Grey"])
def test_by_rule_no_more_is_laid_together_than_the_loaded_spool_holds(
    session: WritingSession, config: Config, here: Lab, wait: Wait, colour: str
) -> None:
    """One by one they would be made until it is empty; a plate that needs more of it would keep them all waiting."""
    for milligrams in (4_000, 3_000, 2_000, 6_000):
        wait(colour=colour).predicted_milligrams = milligrams
    here.grey.left_mg = 8_500
    session.flush()
    assert gathering.gather(session, config) == 1
    standing = session.scalars(select(Run).where(Run.state == S.PREPARING)).unique().all()
    assert [sorted(each.alone_milligrams or 0 for each in plate.items) for plate in standing] == [[3_000, 4_000]]
    assert [
        [run.predicted_milligrams for run in each.runs] for each in sharing.offers(session, config, here.model)
    ] == [[2_000, 6_000]], "a technician may load another spool, and is offered it"


def test_by_rule_what_a_run_at_work_will_have_taken_is_not_counted_on(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    """It is counted off the spool when the run ends: 12 g less 5 g are enough for one of 5 g, and not for two."""
    at_work(session, here, wait).seconds_left = 60
    here.grey.left_mg = 12_000
    session.flush()
    assert gathering.gather(session, config) == 0
    here.grey.left_mg = 15_000
    session.flush()
    assert gathering.gather(session, config) == 1


@pytest.fixture
def other(session: WritingSession, here: Lab) -> Machine:
    """Another printer with a full spool, where little is left on that of the first."""
    here.grey.left_mg = 8_000
    return factories.machine(session, here.site, here.model, factories.stock(session, here.site, here.pla), name="Two")


@pytest.mark.parametrize("required", [True, False])
def test_by_rule_the_spool_of_the_machine_that_was_asked_for_counts(
    session: WritingSession, config: Config, here: Lab, wait: Wait, other: Machine, *, required: bool
) -> None:
    for _ in range(2):
        job = wait().items[0].job
        job.machine_id, job.machine_required = here.machine.id, required
    session.flush()
    assert gathering.gather(session, config) == 0
    for job in session.scalars(select(Job)):
        job.machine_id = other.id
    session.flush()
    assert gathering.gather(session, config) == 1


@pytest.mark.parametrize(
    "columns",
    [{"maintenance_at": now()}, {"fault_code": "machine_printer_error"}, {"connection": Connection.OFFLINE}],
    ids=["maintenance", "fault", "offline"],
)
def test_by_rule_a_spool_counts_on_a_machine_that_works(
    session: WritingSession, config: Config, here: Lab, wait: Wait, other: Machine, columns: dict[str, object]
) -> None:
    """Nobody knows when the other one takes a run; one by one they are made now."""
    for name, value in columns.items():
        setattr(other, name, value)
    for _ in range(2):
        wait()
    session.flush()
    assert gathering.gather(session, config) == 0


def test_by_rule_what_no_loaded_spool_serves_is_laid_for_one_that_somebody_will_load(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    here.grey.left_mg = 10
    for _ in range(2):
        wait(colour="red").predicted_milligrams = 400
    session.flush()
    assert gathering.gather(session, config) == 1


def test_by_rule_nothing_is_laid_that_would_go_on_after_closing(
    session: WritingSession, config: Config, here: Lab, wait: Wait
) -> None:
    zone = ZoneInfo(here.site.time_zone)
    closing = (now() + timedelta(seconds=130)).astimezone(zone)
    if closing.date() != now().astimezone(zone).date():
        pytest.skip("the lab would close at midnight")
    here.site.opening_hours = {str(closing.isoweekday()): [["00:00", f"{closing:%H:%M}"]]}
    for _ in range(3):
        wait()
    session.flush()
    assert gathering.gather(session, config) == 0  # two are two minutes of work, longer than the lab is open
    assert [len(each.runs) for each in sharing.offers(session, config, here.model)] == [3]


@pytest.mark.parametrize(("due_hours", "needed", "laid"), [(24, True, 0), (0, True, 1), (24, False, 1)])
def test_by_rule_nothing_is_laid_beside_a_job_that_would_miss_its_day_by_it(
    session: WritingSession, config: Config, here: Lab, wait: Wait, due_hours: int, *, needed: bool, laid: int
) -> None:
    """Alone each would be made by tomorrow night with a quarter to spare, and together they would not."""
    rules = replace(config, queue=replace(config.queue, plate_hours=100, due_hours=due_hours))
    day = now().astimezone(ZoneInfo(here.site.time_zone)).date() + timedelta(days=1)
    left = (ordering.end_of(day, here.site.time_zone) - now()).total_seconds()
    for _ in range(2):
        wait().predicted_seconds = round(left * 0.6)
    if needed:
        session.scalars(select(Job)).first().request.needed_by = day  # type: ignore[union-attr]
    session.flush()
    assert gathering.gather(session, rules) == laid
    assert len(sharing.offers(session, rules, here.model)) == 1 - laid, "a technician may know better"


def test_by_rule_what_is_late_in_any_case_is_laid_all_the_same(
    session: WritingSession, config: Config, wait: Wait
) -> None:
    for _ in range(2):
        wait().items[0].job.request.needed_by = (now() - timedelta(days=2)).date()
    session.flush()
    assert gathering.gather(session, config) == 1


@pytest.mark.parametrize(
    "columns",
    [{"fault_code": "machine_printer_error"}, {"fault_code": FOREIGN_WORK}, {"connection": Connection.OFFLINE}],
    ids=["fault", "foreign", "offline"],
)
def test_by_rule_nothing_is_laid_for_a_machine_of_which_nobody_knows_when_it_takes_a_run(
    session: WritingSession, config: Config, here: Lab, wait: Wait, columns: dict[str, object]
) -> None:
    """What waits on may get company until then."""
    for name, value in columns.items():
        setattr(here.machine, name, value)
    for _ in range(3):
        wait()
    assert gathering.gather(session, config) == 0
