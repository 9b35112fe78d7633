"""A test card on its way to a laser behind a real OctoPrint: it waits there, and burns for nobody but who arms it."""

from dataclasses import asdict, replace

import pytest
import requests

from fabqueue.models import Machine, Person, Revision, RunState, Site
from fabqueue.services import cards, runs
from fabqueue.tasks import burn
from fabqueue.tasks.work import find
from printers import profiles
from tests.dispatch.lasers import arm
from tests.dispatch.stand import Stand
from tests.support import factories
from tests.support.cards import TRIED, design
from tests.support.making import point_at

pytestmark = pytest.mark.octoprint
S = RunState
MODEL, MATERIAL = "laser-600", "poplar-3"


@pytest.fixture
def stand(laser: Stand) -> Stand:
    """The same OctoPrint, as that of a laser with a profile, poplar loaded."""
    with laser.context.db.writing() as session:
        session.expire_on_commit = False
        session.get_one(Machine, laser.lab.machine.id).url = "http://127.0.0.1:1"
        machine = factories.laser(session, session.get_one(Site, laser.lab.site.id))
        session.commit()
    point_at(laser.context, machine, laser.server.url, laser.server.key)
    return replace(laser, lab=replace(laser.lab, machine=machine))


def planned(stand: Stand) -> str:
    """The id of the run of a card that Tara asked for, its file made."""
    revision = design(stand.context, stand.lab.tara.id, MODEL, MATERIAL)
    with stand.context.db.writing() as session:
        tara, drawn = session.get_one(Person, stand.lab.tara.id), session.get_one(Revision, revision)
        job = cards.ask(session, stand.context.config, tara, drawn, MODEL, MATERIAL, TRIED)
        session.commit()
        (run,) = runs.of_job(session, job)
    find("slice")(stand.context, run.slicing_id)
    return run.id


def file_at(stand: Stand, name: str) -> bytes:
    address = f"{stand.server.url}/downloads/files/local/{name}"
    answer = requests.get(address, headers={"X-Api-Key": stand.server.key}, timeout=10)
    answer.raise_for_status()
    return answer.content


def test_its_own_file_waits_at_the_laser_and_starts_when_somebody_armed_it(stand: Stand) -> None:
    run_id = planned(stand)
    run = stand.until(run_id, S.STAGED)
    laser = profiles.builtin()[MODEL].laser
    assert laser is not None
    assert file_at(stand, run.file_name) == burn.card(stand.context, asdict(laser), TRIED, picture=False)
    for _ in range(3):
        stand.advance()
    assert (stand.read(run_id).state, stand.selected(), stand.seen("PrintStarted", run_id)) == (S.STAGED, "", 0)
    arm(stand, run_id)
    stand.until(run_id, S.RUNNING, S.DONE)
    assert stand.seen("PrintStarted", run_id) == 1
