"""When a job will be finished, and what is answered before a day is promised."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fabqueue.db import now
from fabqueue.dispatch import habits, match, promise
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.habits import FEWEST, STARTING
from fabqueue.dispatch.promise import Promise
from fabqueue.models import FOREIGN_WORK, Job, Machine, MachineKind, MachineModel, Run, RunState, Site, Stock
from fabqueue.services.ordering import end_of
from tests.dispatch.queue import at_work, change, cleared, closed_for_hours, outlook, reason, run_of, second_machine
from tests.support import factories
from tests.support.factories import Lab


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


def test_nobody_knows_when_work_ends_that_is_not_ours(context: Context, lab: Lab, queue: list[str]) -> None:
    """So nothing is said while no other machine could make it, and nobody waits for it who only prefers it."""
    day = in_days(lab, 3)
    change(context, Machine, lab.machine.id, fault_code=FOREIGN_WORK)
    change(context, Job, queue[0], machine_id=lab.machine.id)
    assert not is_forecast(context, queue[0])
    told = promised(context, lab, 1, day)
    assert said(told) == ("promise_unknown", "wait_foreign")
    second_machine(context, lab)
    assert reason(context, queue[0]) is None
    assert is_forecast(context, queue[0])


def is_forecast(context: Context, job_id: str) -> bool:
    with context.db.reading() as session:
        return outlook(context, session).finish(session.get_one(Job, job_id)) is not None


# before it is promised


def promised(
    context: Context, lab: Lab, hours: float, day: date, shares: Sequence[float] = (1.0,), **wish: object
) -> Promise:
    needs = match.Wish(lab.model.id, lab.pla.id, "PLA", seconds=hours * 3600, **wish)  # type: ignore[arg-type]
    with context.db.reading() as session:
        return promise.by(outlook(context, session), needs, Span.predicted(hours * 3600), lab.bob.id, day, shares)


def said(told: Promise) -> tuple[str, str]:
    """Its code and that of the reason."""
    return told.code, told.why.code if told.why else ""


def in_days(lab: Lab, days: int) -> date:
    return now().astimezone(ZoneInfo(lab.site.time_zone)).date() + timedelta(days=days)


def test_behind_work_of_which_nobody_knows_how_long_it_takes_that_is_said(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    """The machine starts by itself what comes next, and each part of what is divided fits on its spool."""
    run = at_work(context, lab, queue[0])
    change(context, Run, run.id, predicted_seconds=None)
    assert said(promised(context, lab, 1, in_days(lab, 3))) == ("promise_unknown", "promise_no_end")
    more = {"milligrams": 1_500_000}
    assert said(promised(context, lab, 1, in_days(lab, 3), **more)) == ("promise_unknown", "wait_stock_short")
    halves = promised(context, lab, 1, in_days(lab, 3), (0.5, 0.5), **more)
    assert said(halves) == ("promise_unknown", "promise_no_end")


def test_what_is_late_because_machines_are_at_work_is_not_said_to_stand_behind_others(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    run = at_work(context, lab, queue[0])
    change(context, Run, run.id, predicted_seconds=9 * 86400)
    for each in queue[1:]:
        change(context, Run, run_of(context, each), state=RunState.CANCELLED)
    assert said(promised(context, lab, 1, in_days(lab, 3))) == ("promise_hardly", "promise_at_work")


def test_done_by_then_is_answered_before_it_is_promised(context: Context, lab: Lab, queue: list[str]) -> None:
    day = in_days(lab, 3)
    there_are = (end_of(day, lab.site.time_zone) - now()).total_seconds() / 3600  # 72 to 96 hours, by the time of day
    assert promised(context, lab, 1, day).code == "promise_likely"
    assert promised(context, lab, 0.9 * there_are, day).code == "promise_perhaps"  # in time, but not a quarter later
    long = promised(context, lab, 1.5 * there_are, day)
    assert said(long) == ("promise_hardly", "promise_long")
    unknown = promised(context, lab, 1, day, colour="blue")
    assert said(unknown) == ("promise_unknown", "wait_colour")
    change(context, Run, run_of(context, queue[0]), predicted_seconds=1.5 * there_are * 3600)
    change(context, Job, queue[0], pin=1)
    behind = promised(context, lab, 1, day)
    assert said(behind) == ("promise_hardly", "promise_behind")
    change(context, Site, lab.site.id, held_at=now(), held_reason="fire drill")
    held = promised(context, lab, 1, day)
    assert said(held) == ("promise_unknown", "wait_lab_held")


def test_a_closed_lab_promises_nothing_for_today(context: Context, lab: Lab) -> None:
    closed_for_hours(context, lab)
    assert said(promised(context, lab, 1, in_days(lab, 0))) == ("promise_hardly", "promise_closed")


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


def test_a_bed_that_is_shared_needs_as_much_as_all_that_lies_on_it(
    context: Context, lab: Lab, queue: list[str]
) -> None:
    """By rule two small jobs will lie on one bed, and on two where a spool is enough for either alone only."""
    at_work(context, lab, queue[0])
    together = replace(context, config=replace(context.config, queue=replace(context.config.queue, plates=True)))

    def beds() -> list[int]:
        with context.db.reading() as session:
            tasks = outlook(together, session).gathered(lab.model.id).tasks
        return [each.wish.milligrams or 0 for each in tasks]

    assert beds() == [10_000]
    change(context, Stock, lab.grey.id, left_mg=8_000)
    assert beds() == [5_000, 5_000]
    assert [is_forecast(together, each) for each in queue[1:]] == [True, True]
    change(context, Stock, lab.grey.id, left_mg=4_000)
    assert [is_forecast(together, each) for each in queue[1:]] == [False, False]
