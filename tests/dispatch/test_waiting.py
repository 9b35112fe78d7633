"""Why a job waits, how many are before it, when it will be finished."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, inspect, select, update
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.dispatch import claim, habits, match, promise
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.habits import FEWEST, STARTING
from fabqueue.dispatch.promise import Promise
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import (
    FOREIGN_WORK,
    Job,
    JobState,
    Machine,
    MachineKind,
    MachineModel,
    Material,
    Person,
    Request,
    Run,
    RunItem,
    RunState,
    Site,
    Slicing,
    SlicingState,
)
from fabqueue.models.base import Base
from fabqueue.services import certifications, events, floor, queueing, runs, sites
from fabqueue.services.errors import Invalid
from fabqueue.services.ordering import end_of
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

Row = TypeVar("Row", bound=Base)


@pytest.fixture
def queue(context: Context, lab: Lab, tmp_path: Path) -> list[str]:
    """Ids of three jobs that wait, in order."""
    gcode = short_gcode(tmp_path / "short.gcode")
    ids = []
    for _ in range(3):
        with context.db.writing() as session:
            ids.append(waiting_run(session, context.storage, lab, gcode).items[0].job_id)
            session.commit()
    return ids


def outlook(context: Context, session: Session) -> Outlook:
    return Outlook(session, context.config)


def reason(context: Context, job_id: str) -> str | None:
    with context.db.reading() as session:
        found = outlook(context, session).reason(session.get_one(Job, job_id))
        return found.code if found else None


def change(context: Context, kind: type, key: str, **columns: object) -> None:
    with context.db.writing() as session:
        row = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(row, name, value)
        session.commit()


def run_of(context: Context, job_id: str) -> str:
    with context.db.reading() as session:
        return runs.of_job(session, session.get_one(Job, job_id))[0].id


def test_the_first_waits_for_nothing_and_the_others_for_their_turn(context: Context, queue: list[str]) -> None:
    assert [reason(context, each) for each in queue] == [None, "wait_turn", "wait_turn"]
    with context.db.reading() as session:
        assert [outlook(context, session).position(session.get_one(Job, each)) for each in queue] == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"bed_cleared_at": None}, "wait_clear"),
        ({"maintenance_at": now()}, "wait_maintenance"),
        ({"fault_code": "machine_printer_error"}, "wait_fault"),
        ({"fault_code": FOREIGN_WORK, "bed_cleared_at": None}, "wait_foreign"),
        ({"connection": "offline"}, "wait_offline"),
        ({"retired_at": now()}, "wait_no_machine"),
    ],
)
def test_what_the_machine_lacks_is_told(
    context: Context, lab: Lab, queue: list[str], columns: dict[str, object], code: str
) -> None:
    change(context, Machine, lab.machine.id, **columns)
    assert reason(context, queue[0]) == code


def test_a_colour_that_is_not_loaded_is_told(context: Context, queue: list[str]) -> None:
    change(context, Run, run_of(context, queue[0]), colour="blue")
    assert reason(context, queue[0]) == "wait_colour"


def test_a_held_lab_is_told_with_its_reason(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Site, lab.site.id, held_at=now(), held_reason="fire drill")
    assert reason(context, queue[0]) == "wait_lab_held"


def test_slicing_is_told(context: Context, queue: list[str]) -> None:
    with context.db.writing() as session:
        run = session.get_one(Run, run_of(context, queue[0]))
        run.state = RunState.PREPARING
        session.get_one(Slicing, run.slicing_id or "").state = SlicingState.RUNNING
        session.commit()
    assert reason(context, queue[0]) == "wait_slicing"


def at_work(context: Context, lab: Lab, job_id: str) -> Run:
    """The lab's machine runs the job."""
    with context.db.writing() as session:
        session.expire_on_commit = False
        run = session.get_one(Run, run_of(context, job_id))
        runs.claim(session, events.SYSTEM, run, session.get_one(Machine, lab.machine.id), None)
        runs.began(session, events.SYSTEM, run)
        session.commit()
        return run


def test_a_job_at_work_waits_for_nothing_and_has_no_position(context: Context, lab: Lab, queue: list[str]) -> None:
    at_work(context, lab, queue[0])
    assert reason(context, queue[0]) is None
    assert reason(context, queue[1]) == "wait_busy"
    with context.db.reading() as session:
        assert outlook(context, session).position(session.get_one(Job, queue[0])) is None
        assert outlook(context, session).position(session.get_one(Job, queue[1])) == 1


def test_a_job_at_work_on_a_silent_machine_says_since_when_and_promises_no_finish(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    at_work(context, lab, queue[0])
    seen_at = now()
    change(context, Machine, lab.machine.id, connection="offline", seen_at=seen_at)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        found = outlook(context, session).reason(job)
        assert found == match.Reason("wait_silent", {"machine": lab.machine.name, "since_at": seen_at.isoformat()})
        assert outlook(context, session).finish(job) is None
    change(context, Machine, lab.machine.id, seen_at=None)
    assert reason(context, queue[0]) == "wait_offline"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda session, run: runs.doubt(session, events.SYSTEM, run, "run_interrupted", {}), "wait_in_doubt"),
        (lambda session, run: runs.paused(session, events.SYSTEM, run), "wait_paused"),
        (lambda session, run: runs.done(session, events.SYSTEM, run), "wait_taking_off"),
    ],
)
def test_what_a_person_must_do_for_a_run_is_told(
    context: Context, lab: Lab, queue: list[str], step: Callable[..., None], code: str
) -> None:
    run = at_work(context, lab, queue[0])
    with context.db.writing() as session:
        step(session, session.get_one(Run, run.id))
        session.commit()
    assert reason(context, queue[0]) == code


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda session, run: runs.doubt(session, events.SYSTEM, run, "run_interrupted", {}), "wait_behind_doubt"),
        (lambda session, run: runs.paused(session, events.SYSTEM, run), "wait_behind_pause"),
    ],
)
def test_whoever_waits_behind_what_stands_still_is_told_what_a_person_must_do(
    context: Context, lab: Lab, queue: list[str], step: Callable[..., None], code: str
) -> None:
    run = at_work(context, lab, queue[0])
    with context.db.writing() as session:
        step(session, session.get_one(Run, run.id))
        session.commit()
    assert [reason(context, each) for each in queue[1:]] == [code, code]
    other = second_machine(context, lab)
    with context.db.writing() as session:  # one that is really at work makes it a matter of time
        machine = session.get_one(Machine, other)
        following = session.get_one(Run, run_of(context, queue[1]))
        runs.claim(session, events.SYSTEM, following, machine, None)
        session.commit()
    assert reason(context, queue[2]) == "wait_busy"


def test_the_finish_of_each_comes_after_the_one_before(context: Context, queue: list[str]) -> None:
    with context.db.reading() as session:
        found = [outlook(context, session).finish(session.get_one(Job, each)) for each in queue]
    known = [each for each in found if each is not None]
    assert len(known) == 3
    assert known[0].expected < known[1].expected < known[2].expected
    assert all(each.low < each.expected < each.high for each in known)
    assert 55 < (known[0].expected - now()).total_seconds() < 61


def test_no_finish_is_promised_where_nobody_can_know(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Machine, lab.machine.id, maintenance_at=now())
    with context.db.reading() as session:
        assert outlook(context, session).finish(session.get_one(Job, queue[0])) is None


def test_no_finish_is_promised_behind_a_run_of_unknown_length(context: Context, queue: list[str]) -> None:
    change(context, Run, run_of(context, queue[0]), predicted_seconds=None)
    with context.db.reading() as session:
        assert outlook(context, session).finish(session.get_one(Job, queue[1])) is None


def test_a_closed_job_says_nothing(context: Context, queue: list[str]) -> None:
    change(context, Job, queue[0], state=JobState.CANCELLED)
    with context.db.reading() as session:
        job = session.get_one(Job, queue[0])
        assert (outlook(context, session).reason(job), outlook(context, session).position(job)) == (None, None)
        assert outlook(context, session).finish(job) is None


def test_a_machine_driven_by_hand_waits_for_a_person(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, Machine, lab.machine.id, driver="manual")
    assert reason(context, queue[0]) == "wait_person"


def minutes_until(context: Context, job_id: str) -> tuple[float, float, float] | None:
    """Until it is finished, rounded: low, expected, high; only of what a person starts."""
    with context.db.reading() as session:
        found = outlook(context, session).finish(session.get_one(Job, job_id))
    if found is None:
        return None
    assert found.by_person
    low, expected, high = ((each - now()) / timedelta(minutes=1) for each in (found.low, found.expected, found.high))
    return round(low), round(expected), round(high)


def test_what_is_started_by_hand_has_a_place_and_a_finish_that_counts_who_starts_it(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    change(context, Machine, lab.machine.id, driver="manual")
    assert minutes_until(context, queue[0]) == (1, STARTING.expected / 60 + 1, STARTING.high / 60 + 1)
    second = minutes_until(context, queue[1])
    assert second is not None
    assert second[1] == 2 * (STARTING.expected / 60 + 1) + context.config.queue.clearing_minutes
    with context.db.reading() as session:
        assert [outlook(context, session).position(session.get_one(Job, each)) for each in queue] == [1, 2, 3]


def test_what_waits_at_a_laser_for_somebody_to_arm_it_has_a_finish_too(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    """While its file is fetched as well; what no laser has yet comes after it."""
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        session.commit()
    run_id = run_of(context, queue[0])
    for state in (RunState.CLAIMED, RunState.SENDING, RunState.STAGED):
        change(context, Run, run_id, state=state, machine_id=lab.machine.id)
        assert minutes_until(context, queue[0]) == (1, STARTING.expected / 60 + 1, STARTING.high / 60 + 1)
        second = minutes_until(context, queue[1])
        assert second is not None
        assert second[1] > 2 * STARTING.expected / 60
        with context.db.reading() as session:
            assert outlook(context, session).position(session.get_one(Job, queue[1])) == 1
    change(context, Machine, lab.machine.id, connection="offline")
    assert minutes_until(context, queue[0]) is None


def test_how_long_people_take_to_start_is_learned_and_counts_from_when_they_could(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    """Two minutes after the bed was clear, as the last ones went; what it takes them is learned where no one knows."""
    change(context, Machine, lab.machine.id, driver="manual")
    with context.db.writing() as session:
        for number in range(FEWEST + 1):
            cleared(session, lab, lab.machine.id, minutes=10, ago=number, begun=timedelta(minutes=2))
        session.commit()
    with context.db.reading() as session:
        found = habits.read(session, context.config, session.get_one(Site, lab.site.id))
    assert {key: span.expected for key, span in found.starting.machines.items()} == {lab.machine.id: 120.0}
    assert found.starting.lab.expected == 120.0
    assert found.arming.lab == STARTING
    assert found.lengths == {lab.model.id: Span(1800.0, 1800.0, 1800.0)}
    change(context, Run, run_of(context, queue[0]), predicted_seconds=None)
    assert minutes_until(context, queue[0]) == (32, 32, 32)


def test_nothing_is_said_of_a_tool_of_which_nobody_knows_how_long_it_takes(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    change(context, Machine, lab.machine.id, driver="manual")
    change(context, Run, run_of(context, queue[0]), predicted_seconds=None)
    assert minutes_until(context, queue[0]) is None


def test_maintenance_is_over_and_the_queue_moves(context: Context, lab: Lab, queue: list[str]) -> None:
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        floor.maintenance(session, events.actor_of(lab.tara), machine, True, "nozzle")
        session.commit()
    assert reason(context, queue[0]) == "wait_maintenance"
    with context.db.writing() as session:
        machine = session.get_one(Machine, lab.machine.id)
        floor.maintenance(session, events.actor_of(lab.tara), machine, False)
        session.commit()
    assert reason(context, queue[0]) is None


# hours and one certain machine


def second_machine(context: Context, lab: Lab) -> str:
    """Another of the same model, with the same material; its id."""
    with context.db.writing() as session:
        spool = factories.stock(session, session.get_one(Site, lab.site.id), session.get_one(Material, lab.pla.id))
        model = session.get_one(MachineModel, lab.model.id)
        made = factories.machine(session, session.get_one(Site, lab.site.id), model, spool, slug="two", name="Two")
        session.commit()
        return made.id


def closed_for_hours(context: Context, lab: Lab) -> None:
    """Somebody comes tomorrow, whatever day it is, and nobody today."""
    tomorrow = str((now().astimezone(ZoneInfo(lab.site.time_zone)) + timedelta(days=1)).isoweekday())
    change(context, Site, lab.site.id, opening_hours={tomorrow: [["09:00", "21:00"]]})


def test_a_closed_lab_keeps_a_machine_from_starting_until_it_may_work_alone(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    closed_for_hours(context, lab)
    assert reason(context, queue[0]) == "wait_closed"
    with context.db.reading() as session:
        found = outlook(context, session)
        finish = found.finish(session.get_one(Job, queue[0]))
        assert finish is not None
        assert finish.opens_at is not None
        assert finish.low > finish.opens_at > now()
    assert not claim.suits(context, lab.machine.id)
    change(context, Machine, lab.machine.id, works_alone=True, alone_hours=48)
    assert claim.suits(context, lab.machine.id)
    assert reason(context, queue[0]) is None
    change(context, Machine, lab.machine.id, alone_materials=["another"])
    assert reason(context, queue[0]) == "wait_closed"


def test_a_required_machine_is_waited_for_and_the_free_one_is_named(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    second = second_machine(context, lab)
    change(context, Job, queue[0], machine_id=second, machine_required=True)
    assert reason(context, queue[0]) is None
    change(context, Machine, second, bed_cleared_at=None)
    with context.db.reading() as session:
        found = outlook(context, session).reason(session.get_one(Job, queue[0]))
        assert found == match.Reason("wait_asked_other", {"machine": "Two", "other": lab.machine.name})
    change(context, Machine, second, retired_at=now())
    assert reason(context, queue[0]) == "wait_asked_other"
    change(context, Machine, lab.machine.id, bed_cleared_at=None)
    assert reason(context, queue[0]) == "wait_asked"


def test_nobody_knows_when_work_ends_that_is_not_ours(context: Context, lab: Lab, queue: list[str]) -> None:
    """So nothing is said while no other machine could make it, and nobody waits for it who only prefers it."""
    day = now().astimezone(ZoneInfo(lab.site.time_zone)).date() + timedelta(days=3)
    change(context, Machine, lab.machine.id, fault_code=FOREIGN_WORK)
    change(context, Job, queue[0], machine_id=lab.machine.id)
    assert not is_forecast(context, queue[0])
    told = promised(context, lab, 1, day)
    assert (told.code, told.why.code if told.why else "") == ("promise_unknown", "wait_foreign")
    second_machine(context, lab)
    assert reason(context, queue[0]) is None
    assert is_forecast(context, queue[0])


def is_forecast(context: Context, job_id: str) -> bool:
    with context.db.reading() as session:
        return outlook(context, session).finish(session.get_one(Job, job_id)) is not None


def test_a_preferred_machine_is_waited_for_only_for_a_while(context: Context, lab: Lab, queue: list[str]) -> None:
    second = second_machine(context, lab)
    change(context, Machine, second, bed_cleared_at=None)
    change(context, Job, queue[0], machine_id=second)
    assert reason(context, queue[0]) == "wait_asked_other"
    change(context, Job, queue[0], approved_at=now() - timedelta(hours=5))
    assert reason(context, queue[0]) is None


def test_a_technician_releases_it_and_that_is_written_down(context: Context, lab: Lab, queue: list[str]) -> None:
    second_machine(context, lab)
    with context.db.writing() as session:
        job, tara = session.get_one(Job, queue[0]), session.get_one(Person, lab.tara.id)
        with pytest.raises(Invalid):
            queueing.ask_for(session, job, tara, "nowhere")
        queueing.ask_for(session, job, tara, "two", required=True)
        queueing.ask_for(session, job, tara, "")
        said = [(each.verb, each.values) for each in events.history(session, job)][-2:]
    assert said == [("require_machine", {"machine": "Two"}), ("release_machine", {"machine": "Two"})]


def test_where_only_certified_members_are_served_the_others_wait(context: Context, lab: Lab, queue: list[str]) -> None:
    change(context, MachineModel, lab.model.id, needs_certification=True)
    assert reason(context, queue[0]) is None
    strict = replace(context, config=replace(context.config, queue=replace(context.config.queue, certified_only=True)))
    assert reason(strict, queue[0]) == "wait_certification"
    with context.db.writing() as session:
        alice, tara = (session.get_one(Person, each.id) for each in (lab.alice, lab.tara))
        certifications.grant(session, alice, tara, model=session.get_one(MachineModel, lab.model.id))
        session.commit()
    assert reason(strict, queue[0]) is None


def statements(context: Context, job_ids: list[str]) -> int:
    """How many it takes to say of jobs what their pages say."""
    with context.db.reading() as session:
        jobs = [session.get_one(Job, each) for each in job_ids]
        found, seen = outlook(context, session), []
        record = lambda *_more: seen.append(1)  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", record)
        for each in jobs:
            found.reason(each), found.position(each), found.finish(each)
        event.remove(session.get_bind(), "before_cursor_execute", record)
        return len(seen)


def test_many_jobs_cost_no_more_questions_than_one(context: Context, queue: list[str]) -> None:
    assert statements(context, queue) == statements(context, queue[:1])


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", [MachineKind.PRINTER, MachineKind.LASER])
def test_a_long_queue_costs_no_more_questions_than_a_short_one(
    context: Context, lab: Lab, queue: list[str], kind: MachineKind
) -> None:
    """Two hundred more of another person, and two hundred that were made; at a laser the files of half are there."""
    with context.db.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = kind
        some = copied(session, queue[0], 4, owner=lab.bob)
        session.commit()
    at_the_laser(context, lab, some[:2] if kind is MachineKind.LASER else [])
    few = statements(context, queue)
    with context.db.writing() as session:
        more = copied(session, queue[0], 200, owner=lab.bob)
        for number in range(200):
            cleared(session, lab, lab.machine.id, minutes=5, ago=number % 50)
        session.commit()
    at_the_laser(context, lab, more[:100] if kind is MachineKind.LASER else [])
    assert statements(context, queue) == few
    assert statements(context, more[100:]) == few
    with context.db.reading() as session:
        assert outlook(context, session).finish(session.get_one(Job, more[-1])) is not None


def copied(session: WritingSession, job_id: str, count: int, owner: Person) -> list[str]:
    """So many jobs like one, each with a waiting run like its own, at the cost of a few rows; their ids."""
    first = session.get_one(Job, job_id)
    run = runs.of_job(session, first)[0]
    request = Request(site_id=first.site_id, owner_id=owner.id, filed_by_id=owner.id)
    session.add(request)
    session.flush()
    made = []
    for _number in range(count):
        number = sites.next_job_number(session, session.get_one(Site, first.site_id))
        job = like(first, code=f"J-{number}", number=number, request_id=request.id, quote_id=None)
        session.add(job)
        session.flush()
        twin = like(run, slicing_id=run.slicing_id)
        twin.items = [RunItem(job_id=job.id, copies=1)]
        session.add(twin)
        made.append(job.id)
    session.flush()
    return made


def like(row: Row, **columns: object) -> Row:
    """Another row with the same facts."""
    names = [each.key for each in inspect(type(row)).column_attrs if each.key != "id"]
    return type(row)(**({name: getattr(row, name) for name in names} | columns))


def at_the_laser(context: Context, lab: Lab, job_ids: list[str]) -> None:
    """The files of these jobs wait at the laser."""
    with context.db.writing() as session:
        ids = select(RunItem.run_id).where(RunItem.job_id.in_(job_ids))
        staged = {"state": RunState.STAGED, "machine_id": lab.machine.id}
        session.execute(update(Run).where(Run.id.in_(ids)).values(staged))
        session.commit()


# before it is promised


def promised(context: Context, lab: Lab, hours: float, day: date, **wish: object) -> Promise:
    needs = match.Wish(lab.model.id, lab.pla.id, "PLA", seconds=hours * 3600, **wish)  # type: ignore[arg-type]
    with context.db.reading() as session:
        return promise.by(outlook(context, session), needs, Span.predicted(hours * 3600), lab.bob.id, day)


def test_done_by_then_is_answered_before_it_is_promised(context: Context, lab: Lab, queue: list[str]) -> None:
    day = now().astimezone(ZoneInfo(lab.site.time_zone)).date() + timedelta(days=3)
    there_are = (end_of(day, lab.site.time_zone) - now()).total_seconds() / 3600  # 72 to 96 hours, by the time of day
    assert promised(context, lab, 1, day).code == "promise_likely"
    assert promised(context, lab, 0.9 * there_are, day).code == "promise_perhaps"  # in time, but not a quarter later
    long = promised(context, lab, 1.5 * there_are, day)
    assert (long.code, long.why.code if long.why else "") == ("promise_hardly", "promise_long")
    unknown = promised(context, lab, 1, day, colour="blue")
    assert (unknown.code, unknown.why.code if unknown.why else "") == ("promise_unknown", "wait_colour")
    change(context, Run, run_of(context, queue[0]), predicted_seconds=1.5 * there_are * 3600)
    change(context, Job, queue[0], pin=1)
    behind = promised(context, lab, 1, day)
    assert (behind.code, behind.why.code if behind.why else "") == ("promise_hardly", "promise_behind")
    change(context, Site, lab.site.id, held_at=now(), held_reason="fire drill")
    held = promised(context, lab, 1, day)
    assert (held.code, held.why.code if held.why else "") == ("promise_unknown", "wait_lab_held")


@pytest.mark.parametrize("hours", [1, 500])
def test_many_promises_cost_no_more_questions_than_one(
    context: Context, lab: Lab, queue: list[str], hours: float
) -> None:
    """Those that are late ask a second time, as if nothing were before them."""
    day = now().astimezone(ZoneInfo(lab.site.time_zone)).date() + timedelta(days=3)

    def asking(times: int) -> tuple[int, set[str]]:
        with context.db.reading() as session:
            found, seen, told = outlook(context, session), [], set()
            record = lambda *_more: seen.append(1)  # noqa: E731
            event.listen(session.get_bind(), "before_cursor_execute", record)
            for number in range(times):
                wish = match.Wish(lab.model.id, lab.pla.id, "PLA", seconds=hours * 3600 + number)
                told.add(promise.by(found, wish, Span.predicted(hours * 3600 + number), lab.bob.id, day).code)
            event.remove(session.get_bind(), "before_cursor_execute", record)
            return len(seen), told

    assert asking(5) == asking(1)


def test_a_closed_lab_promises_nothing_for_today(context: Context, lab: Lab) -> None:
    closed_for_hours(context, lab)
    today = now().astimezone(ZoneInfo(lab.site.time_zone)).date()
    found = promised(context, lab, 1, today)
    assert (found.code, found.why.code if found.why else "") == ("promise_hardly", "promise_closed")


def test_how_long_a_clear_takes_is_learned_of_each_machine_that_is_known_well(context: Context, lab: Lab) -> None:
    """At one machine two minutes, at the other an hour; a third has been cleared too seldom to tell."""
    cellar, new = second_machine(context, lab), lab.machine.id
    with context.db.writing() as session:
        site, model = session.get_one(Site, lab.site.id), session.get_one(MachineModel, lab.model.id)
        near = factories.machine(session, site, model, slug="three").id
        for number in range(FEWEST):
            cleared(session, lab, near, minutes=2, ago=number)
            cleared(session, lab, cellar, minutes=60, ago=number)
        cleared(session, lab, new, minutes=30, ago=0)
        session.commit()
    with context.db.reading() as session:
        found = habits.read(session, context.config, session.get_one(Site, lab.site.id)).clearing
    assert {key: span.expected for key, span in found.machines.items()} == {near: 120.0, cellar: 3600.0}
    assert (found.lab.low, found.lab.high) == (120.0, 3600.0)


def cleared(
    session: Session, lab: Lab, machine_id: str, minutes: float, ago: int, begun: timedelta = timedelta(),
) -> None:  # fmt: skip
    """A run of half an hour that ended some days ago and whose bed was cleared so many minutes later.

    begun: how long it could have been started before somebody did.
    """
    ended = now() - timedelta(days=ago, hours=5)
    started = ended - timedelta(minutes=30)
    session.add(
        Run(site_id=lab.site.id, machine_model_id=lab.model.id, material_id=lab.pla.id, machine_id=machine_id,
            state=RunState.DONE, created_at=started - begun, started_at=started, ended_at=ended, seconds=1800,
            cleared_at=ended + timedelta(minutes=minutes))
    )  # fmt: skip
