"""What OctoPrint does by itself when work at a laser is broken off, and that nothing starts without."""

from typing import Any

import pytest
import requests

from fabqueue.db import new_id
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.models import (
    Event,
    RunState,
)
from printers.octolaser import BEAM_SCRIPTS, LaserSettings
from tests.dispatch.lasers import arm, staged
from tests.dispatch.stand import Stand, step_to
from tests.support.making import point_at
from tests.support.octoprint import eventually

pytestmark = pytest.mark.octoprint
S = RunState


def settings(laser: Stand) -> dict[str, Any]:
    answer = requests.get(f"{laser.server.url}/api/settings", headers={"X-Api-Key": laser.server.key}, timeout=10)
    return dict(answer.json())


def take_the_scripts_out(laser: Stand) -> None:
    own = dict.fromkeys(BEAM_SCRIPTS, "G4 P1")
    laser.command("/api/settings", scripts={"gcode": own})


def lacks_scripts(laser: Stand) -> bool:
    scripts = settings(laser)["scripts"]["gcode"]
    return any("M5" not in scripts[name] for name in BEAM_SCRIPTS)


def test_scripts_that_were_taken_out_while_it_was_online_are_back_before_it_takes_a_file(laser: Stand) -> None:
    eventually(lambda: laser.advance() or laser.machine().connection == "online")
    take_the_scripts_out(laser)
    staged(laser)
    assert not lacks_scripts(laser)


def test_scripts_that_were_taken_out_while_it_waited_are_back_before_it_starts(laser: Stand) -> None:
    run_id = staged(laser)
    take_the_scripts_out(laser)
    arm(laser, run_id)
    eventually(lambda: laser.advance() or laser.read(run_id).reason_code == "run_laser_set_up")
    assert (laser.read(run_id).state, laser.seen("PrintStarted", run_id)) == (S.STAGED, 0)
    assert not lacks_scripts(laser)
    arm(laser, run_id)
    laser.until(run_id, S.DONE)


def test_it_is_not_asked_for_its_settings_at_every_look(laser: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    staged(laser)
    asked: list[None] = []
    put_right = LaserSettings.put_right
    monkeypatch.setattr(LaserSettings, "put_right", lambda *of: asked.append(None) or put_right(*of))
    for _ in range(5):
        laser.advance()
    assert asked == []


@pytest.fixture
def operator(octoprint: OctoPrintServer) -> str:
    """The key of somebody who may drive the laser and may not change its settings."""
    headers = {"X-Api-Key": octoprint.key}
    name = f"operator-{new_id()}"
    user = {"name": name, "password": "word", "active": True, "groups": ["users"]}
    requests.post(f"{octoprint.url}/api/access/users", json=user, headers=headers, timeout=10).raise_for_status()
    ask = {"command": "generate", "app": "laser", "user": name}
    made = requests.post(f"{octoprint.url}/api/plugin/appkeys", json=ask, headers=headers, timeout=10)
    return str(made.json()["api_key"])


def test_a_laser_that_cannot_be_told_to_turn_its_beam_off_is_never_started(laser: Stand, operator: str) -> None:
    run_id = staged(laser)
    point_at(laser.context, laser.lab.machine, laser.server.url, operator)
    take_the_scripts_out(laser)
    arm(laser, run_id)
    eventually(lambda: laser.advance() or laser.read(run_id).reason_code == "run_laser_not_set_up")
    assert laser.read(run_id).state is S.STAGED
    assert (laser.seen("PrintStarted", run_id), lacks_scripts(laser)) == (0, True)


def test_scripts_taken_out_after_the_intent_call_the_start_off(laser: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = staged(laser)
    arm(laser, run_id)
    step_to(laser, monkeypatch, run_id, S.STARTING)
    take_the_scripts_out(laser)
    laser.until(run_id, S.CANCELLING, S.WAITING, S.STAGED)
    assert laser.seen("PrintStarted", run_id) == 0
    with laser.context.db.reading() as session:
        withdrawn = session.query(Event).filter_by(subject_id=run_id, verb="withdraw").one()
    assert withdrawn.code == "run_laser_not_set_up"
    laser.until(run_id, S.STAGED)
    assert not lacks_scripts(laser)
