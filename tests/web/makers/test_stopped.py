"""A worker, the ticker or Valkey goes away: pages say what has stopped, what to do, and that nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Connection, Heartbeat, JobState, RunState
from fabqueue.tasks.heartbeat import BEATING, QUEUE, Heart
from fabqueue.tasks.queue import Waker
from fabqueue.tasks.ticker import Ticker
from tests.support import factories
from tests.support.valkey import ValkeyServer, valkey_server
from tests.web.makers.conftest import Browser, Workshop, plain

__all__ = ["valkey_server"]

SILENCE = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def alive(context: Context, workshop: Workshop) -> None:
    """Every part has just given a sign of life."""
    with context.db.writing() as session:
        session.add_all(Heartbeat(name=name, at=now()) for name in (*BEATING, QUEUE))
        session.commit()


def fall_silent(context: Context, *names: str) -> None:
    with context.db.writing() as session:
        session.execute(update(Heartbeat).where(Heartbeat.name.in_(names)).values(at=now() - SILENCE))
        session.commit()


def test_while_all_is_well_nothing_is_said(alice: Browser, tara: Browser, workshop: Workshop) -> None:
    job = workshop.job(JobState.QUEUED)
    for page in (alice.read("/make"), alice.read(f"/jobs/{job.code}"), tara.read("/desk")):
        assert "has stopped" not in page
        assert "at present" not in page


def test_without_the_analysis_worker_uploads_are_kept_and_it_is_said(
    alice: Browser, tara: Browser, context: Context
) -> None:
    fall_silent(context, "analysis")
    said = "Files are not read at present: a part of FabQueue has stopped. Nothing is lost: what you upload is kept"
    assert said in alice.read("/make")
    assert said in alice.read("/make/recent")
    place = alice.upload("/make", "bracket.stl", factories.box_stl()).location
    assert said in alice.read(place)
    assert said in alice.read(f"{place}/live?revision=1")
    desk = tara.read("/desk")
    assert "A part of FabQueue has stopped. Nothing is lost." in desk
    assert "The analysis worker has stopped: uploaded files are not read." in desk
    assert "Ask whoever looks after the server" in desk


@pytest.mark.parametrize(
    ("part", "maker", "staff"),
    [("ticker", "Machines get no new work at present", "nothing gives work to the machines or watches them"),
     ("slicing", "Files are not prepared for the machines at present", "approved jobs are not prepared")],
)  # fmt: skip
def test_a_job_that_waits_for_a_part_says_so(
    part: str, maker: str, staff: str, alice: Browser, tara: Browser, adam: Browser, context: Context,
    workshop: Workshop,
) -> None:  # fmt: skip
    waiting, asked = workshop.job(JobState.QUEUED), workshop.job(JobState.SUBMITTED)
    fall_silent(context, part)
    assert maker in alice.read(f"/jobs/{waiting.code}")
    assert maker in alice.read(f"/jobs/{waiting.code}/parts/now?stamp=queued..0")
    assert maker not in alice.read(f"/jobs/{asked.code}"), "it waits for a person"
    assert staff in tara.read("/desk/part/stops")
    assert 'href="/settings/check"' in adam.source("/desk")
    for page in ("/desk", "/desk/part/calls", "/round"):
        assert "Nobody is needed." not in tara.read(page)
    assert "1 part of FabQueue stopped" in tara.read("/desk/part/calls")
    assert staff in tara.read("/round")


def test_no_finish_is_promised_that_nobody_keeps(
    alice: Browser, tara: Browser, context: Context, workshop: Workshop
) -> None:
    waiting, running = workshop.job(JobState.QUEUED), workshop.job(JobState.IN_PRODUCTION)
    workshop.change(workshop.run(waiting), state=RunState.WAITING)
    workshop.change(workshop.run(running), seconds_left=1900, started_at=now(), progress=40.0)
    promises = {f"/jobs/{waiting.code}": "could be finished", f"/jobs/{running.code}": "most likely finish"}
    assert all(said in alice.read(page) for page, said in promises.items())
    assert 'class="fin"><' not in tara.source("/desk/part/queue")
    fall_silent(context, "ticker")
    assert not any(said in alice.read(page) for page, said in promises.items())
    assert 'class="fin"></span>' in tara.source("/desk/part/queue")


def test_no_card_counts_down_what_nobody_watches(tara: Browser, context: Context, workshop: Workshop) -> None:
    running = workshop.run(workshop.job(JobState.IN_PRODUCTION))
    workshop.change(running, seconds_left=1900, started_at=now(), progress=40.0)
    pages = ("/desk", "/m/", f"/m/{workshop.lab.machine.slug}")
    assert all("min left" in tara.read(page) for page in pages)
    fall_silent(context, "ticker")
    assert not any("min left" in tara.read(page) for page in pages)


def test_no_card_counts_down_what_nobody_knows(tara: Browser, workshop: Workshop) -> None:
    running = workshop.run(workshop.job(JobState.IN_PRODUCTION))
    workshop.change(running, seconds_left=1900, started_at=now(), progress=40.0)
    page = f"/m/{workshop.lab.machine.slug}"
    assert "min left" in tara.read(page)
    workshop.change(running, state=RunState.IN_DOUBT)
    assert "min left" not in tara.read(page)
    workshop.change(running, state=RunState.RUNNING)
    workshop.change(workshop.lab.machine, connection=Connection.OFFLINE)
    assert "min left" not in tara.read(page)


def test_no_day_is_promised_that_nobody_keeps(alice: Browser, context: Context, workshop: Workshop) -> None:
    """The quote of a design whose owner names the day it is needed by."""
    page = f"/make/designs/{workshop.design().design_id}/quote"
    wish = {"quantity": "1", "needed_by": (now() + timedelta(days=3)).date().isoformat()}
    assert "Likely done" in plain(alice.post(page, wish))
    fall_silent(context, "ticker")
    said = plain(alice.post(page, wish))
    assert "Likely done" not in said
    assert "Nobody can say whether it is done by then. Machines get no new work at present" in said


def test_what_the_ticker_does_for_others_is_not_promised_without_it(tara: Browser, context: Context) -> None:
    fall_silent(context, "machines")
    assert "the ticker drives the machines in its place" in tara.read("/desk")
    fall_silent(context, "ticker", QUEUE)
    desk = tara.read("/desk")
    assert "the ticker drives the machines" not in desk
    assert "Valkey" not in desk, "nobody asked it since"


@pytest.fixture
def waker(valkey_server: ValkeyServer) -> Iterator[Waker]:
    made = Waker(valkey_server.url)
    yield made
    made.close()


def tick(context: Context, waker: Waker) -> None:
    """A round of a ticker that has just begun."""
    ticker = Ticker(context, waker, Heart(context.db, "ticker"))
    ticker.tick()
    ticker.slow_lane.shutdown(wait=True)


def test_a_valkey_that_is_stopped_is_told_by_the_ticker(
    alice: Browser, tara: Browser, context: Context, valkey_server: ValkeyServer, waker: Waker
) -> None:
    fall_silent(context, QUEUE)
    tick(context, waker)
    assert "Valkey" not in tara.read("/desk"), "it answers"
    valkey_server.kill()
    fall_silent(context, QUEUE)
    tick(context, waker)
    assert "Valkey does not answer: the ticker does the work of all workers" in tara.read("/desk")
    assert "Files are read one after the other at present" in alice.read("/make")
    valkey_server.start()
    again = Waker(valkey_server.url)
    tick(context, again)
    again.close()
    assert "Valkey" not in tara.read("/desk")
    assert "at present" not in alice.read("/make")
