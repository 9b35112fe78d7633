"""Estimates for settings that nobody asked for before: only those that are needed, once, and few at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from fabqueue.analysis.findings import AnalysisError
from fabqueue.dispatch.context import Context
from fabqueue.models import Estimate, Person
from fabqueue.services.errors import Refused
from fabqueue.tasks import estimates
from tests.support import factories
from tests.support.factories import Lab

SOLID = {"infill_percent": 100}


@pytest.fixture
def revision_id(context: Context, lab: Lab) -> str:
    """An analysed box in a lab with two models of printers that take PLA, one of which takes PETG as well."""
    with context.db.writing() as session:
        pla, petg = session.merge(lab.pla, load=False), factories.material(session, "petg")
        factories.offer(session, factories.machine_model(session, "mini-180"), pla, "pla")
        factories.offer(session, session.merge(lab.model, load=False), petg, "petg")
        made = factories.analysed_box(session, context.storage, session.get_one(Person, lab.alice.id))
        session.commit()
        return made.id


def changed(context: Context, **analysis: int) -> Context:
    """The context with other settings of the analysis."""
    return replace(context, config=replace(context.config, analysis=replace(context.config.analysis, **analysis)))


def kept(context: Context) -> int:
    with context.db.reading() as session:
        return session.query(Estimate).count()


def test_only_the_machine_and_material_that_are_asked_for_are_estimated(context: Context, revision_id: str) -> None:
    estimates.ensure(context, revision_id, SOLID, "marlin-250", "petg")
    assert kept(context) == 1
    estimates.ensure(context, revision_id, SOLID)
    assert kept(context) == 3


def test_what_is_known_counts_for_nobody(context: Context, revision_id: str) -> None:
    asked: list[str] = []
    for _ in range(2):
        estimates.ensure(context, revision_id, SOLID, "marlin-250", "pla", lambda: asked.append("once"))
    assert asked == ["once"]


def test_who_waited_for_somebody_with_the_same_question_works_nothing_out(context: Context, revision_id: str) -> None:
    """Whoever waits here could not: the sandbox has no memory."""
    poor = changed(context, estimates_at_once=1, memory_mb=1)
    with ThreadPoolExecutor(1) as pool:
        with estimates.turn(poor.config):
            waits = Event()
            waiting = pool.submit(estimates.ensure, poor, revision_id, SOLID, "marlin-250", "pla", waits.set)
            assert waits.wait(60)
            estimates.ensure(context, revision_id, SOLID, "marlin-250", "pla")
        waiting.result(60)
    assert kept(context) == 1


def test_when_every_seat_is_taken_a_question_is_refused_at_once_and_answered_later(
    context: Context, revision_id: str
) -> None:
    one_seat = replace(context, config=replace(context.config, server=replace(context.config.server, threads=1)))
    with estimates.turn(one_seat.config), pytest.raises(Refused) as caught:
        estimates.ensure(one_seat, revision_id, SOLID, "marlin-250", "pla")
    assert caught.value.code == "estimate_busy"
    estimates.ensure(one_seat, revision_id, SOLID, "marlin-250", "pla")
    assert kept(context) == 1


def test_a_question_that_fails_gives_its_seat_back(context: Context, revision_id: str) -> None:
    poor = changed(context, estimates_at_once=1, memory_mb=1)
    poor = replace(poor, config=replace(poor.config, server=replace(poor.config.server, threads=1)))
    for _ in range(2):
        with pytest.raises(AnalysisError):
            estimates.ensure(poor, revision_id, SOLID, "marlin-250", "pla")


@pytest.mark.parametrize(("threads", "seats"), [(1, 1), (2, 1), (4, 2), (8, 6), (32, 24)])
def test_some_threads_are_left_for_everybody_else(threads: int, seats: int) -> None:
    assert estimates.seats_of(threads) == seats
