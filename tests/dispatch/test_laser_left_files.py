"""What a run leaves behind that comes back from its laser."""

import pytest

from fabqueue.models import (
    LeftFile,
    Run,
    RunState,
)
from fabqueue.services import arming, events, runs
from tests.dispatch.lasers import has_file, staged
from tests.dispatch.stand import Stand
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


def comes_back(laser: Stand, run_id: str) -> str:
    """As when how a material is burnt was changed; the name of the file that lay there."""
    name = laser.read(run_id).file_name
    with laser.context.db.writing() as session:
        runs.give_back(session, events.SYSTEM, session.get_one(Run, run_id), "run_burning_changed", {})
        session.commit()
    return name


def left_files(laser: Stand) -> list[str]:
    with laser.context.db.reading() as session:
        return [each.name for each in session.query(LeftFile)]


@pytest.mark.postgresql
def test_the_old_file_of_a_run_that_came_back_is_taken_from_the_laser(laser: Stand) -> None:
    run_id = staged(laser)
    name = comes_back(laser, run_id)
    laser.until(run_id, S.STAGED)
    eventually(lambda: laser.advance() or not has_file(laser, name))
    assert left_files(laser) == []
    assert has_file(laser, laser.read(run_id).file_name)


def test_it_is_taken_from_there_when_the_laser_is_back_in_reach(laser: Stand) -> None:
    run_id = staged(laser)
    laser.server.kill()
    name = comes_back(laser, run_id)
    for _ in range(2):
        laser.advance()
    assert left_files(laser) == [name]
    laser.server.start()
    eventually(lambda: laser.advance() or not left_files(laser))
    assert not has_file(laser, name)


def test_a_file_that_was_taken_away_before_is_not_looked_for_again(laser: Stand) -> None:
    run_id = staged(laser)
    name = laser.read(run_id).file_name
    with laser.context.db.writing() as session:
        arming.send_back(session, events.actor_of(laser.lab.tara), session.get_one(Run, run_id))
        session.commit()
    laser.until(run_id, S.WAITING)
    assert (left_files(laser), has_file(laser, name)) == ([], False)
