"""Why a job waits, how many are before it, when it will be finished."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import claim, lines, match, promise
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.lines import FEWEST_CLEARS
from fabqueue.dispatch.promise import Promise
from fabqueue.dispatch.waiting import Outlook
from fabqueue.models import (
    Job,
    JobState,
    Machine,
    MachineModel,
    Material,
    Person,
    Run,
    RunState,
    Site,
    Slicing,
    SlicingState,
)
from fabqueue.services import certifications, events, floor, queueing, runs
from fabqueue.services.errors import Invalid
from fabqueue.services.ordering import end_of
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


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


def test_many_jobs_cost_no_more_questions_than_one(context: Context, queue: list[str]) -> None:
    def asked(count: int) -> int:
        with context.db.reading() as session:
            jobs = [session.get_one(Job, each) for each in queue[:count]]
            found, seen = outlook(context, session), []
            record = lambda *_more: seen.append(1)  # noqa: E731
            event.listen(session.get_bind(), "before_cursor_execute", record)
            for each in jobs:
                found.reason(each), found.position(each), found.finish(each)
            event.remove(session.get_bind(), "before_cursor_execute", record)
            return len(seen)

    assert asked(3) == asked(1)


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
        for number in range(FEWEST_CLEARS):
            cleared(session, lab, near, minutes=2, ago=number)
            cleared(session, lab, cellar, minutes=60, ago=number)
        cleared(session, lab, new, minutes=30, ago=0)
        session.commit()
    with context.db.reading() as session:
        found = lines.clearing(session, context.config, session.get_one(Site, lab.site.id))
    assert {key: span.expected for key, span in found.machines.items()} == {near: 120.0, cellar: 3600.0}
    assert (found.lab.low, found.lab.high) == (120.0, 3600.0)


def cleared(session: Session, lab: Lab, machine_id: str, minutes: float, ago: int) -> None:
    """A run that ended some days ago and whose bed was cleared so many minutes later."""
    ended = now() - timedelta(days=ago, hours=5)
    session.add(
        Run(site_id=lab.site.id, machine_model_id=lab.model.id, material_id=lab.pla.id, machine_id=machine_id,
            state=RunState.DONE, ended_at=ended, cleared_at=ended + timedelta(minutes=minutes))
    )  # fmt: skip
