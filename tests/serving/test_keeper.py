"""The keeper starts programs again, stops all of them, and leaves nothing behind."""

import json
import os
import signal
import sys
import time

import pytest
from supervisor.options import ProcessConfig
from supervisor.states import ProcessStates

from fabqueue.serving.keeper import LONGEST_DELAY, KeeperOptions, KeptProgram
from tests.serving.conftest import Keep
from tests.support.octoprint import eventually
from tests.support.processes import alive


def test_a_program_that_is_killed_comes_back(keep: Keep) -> None:
    keeper = keep(one=[], two=[])
    [first] = eventually(lambda: keeper.pids("one"))
    [other] = eventually(lambda: keeper.pids("two"))
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(keeper.pids("one")) == 2)
    assert keeper.pids("two") == {other}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_nothing_is_left(keep: Keep, how: int) -> None:
    keeper = keep(one=[], two=[])
    eventually(lambda: keeper.pids("one") and keeper.pids("two"))
    eventually(lambda: len(keeper.below()) == 4)
    below = keeper.below()
    keeper.process.send_signal(how)
    assert keeper.process.wait(30) == 0
    assert alive(below) == set()


def test_what_a_killed_program_leaves_behind_ends_with_the_keeper(keep: Keep) -> None:
    keeper = keep(one=[])
    [first] = eventually(lambda: keeper.pids("one"))
    eventually(lambda: len(keeper.below()) == 2)
    [orphan] = keeper.below() - {first}
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(keeper.pids("one")) == 2)
    assert alive({orphan})
    keeper.process.terminate()
    keeper.process.wait(30)
    assert alive({orphan}) == set()


def test_programs_end_when_the_keeper_is_killed_outright(keep: Keep) -> None:
    keeper = keep(one=[], two=[])
    eventually(lambda: keeper.pids("one") and keeper.pids("two"))
    eventually(lambda: len(keeper.below()) == 4)
    below = keeper.below()
    keeper.process.kill()
    keeper.process.wait()
    eventually(lambda: not alive(below))


def test_a_program_that_ignores_sigterm_is_killed_with_its_group(keep: Keep) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    keeper = keep(one=[sys.executable, "-c", stubborn])
    eventually(lambda: "deaf" in keeper.log)
    keeper.process.terminate()
    assert keeper.process.wait(30) == 0


def test_a_program_that_cannot_start_is_tried_again_and_keeps_nobody_from_running(keep: Keep) -> None:
    keeper = keep(broken=["/no/such/program"], one=[])
    eventually(lambda: keeper.pids("one"))
    eventually(lambda: keeper.log.count("spawned: 'broken'") >= 3)
    assert "FATAL" not in keeper.log


def test_the_delay_between_two_starts_has_a_ceiling() -> None:
    options = KeeperOptions()
    options.make_logger()
    values = dict.fromkeys(ProcessConfig.req_param_names) | {"name": "one", "command": "true"}
    process = KeptProgram(options, **values).make_process()
    process.state, process.backoff = ProcessStates.STARTING, 10_000
    process.change_state(ProcessStates.BACKOFF)
    assert process.delay <= time.time() + LONGEST_DELAY


def test_every_line_names_its_program(keep: Keep) -> None:
    keeper = keep(one=[])
    eventually(lambda: "one      | one is up\n" in keeper.log)


def test_lines_are_json_when_asked_for(keep: Keep) -> None:
    speaking = "print('plain words'); print('{\"event\": \"as it is\"}', flush=True); import time; time.sleep(600)"
    keeper = keep(as_json=True, one=[sys.executable, "-c", speaking])
    eventually(lambda: "as it is" in keeper.log)
    said = [json.loads(line) for line in keeper.log.splitlines()]
    assert {"program": "one", "event": "plain words"} in said
    assert {"event": "as it is"} in said


@pytest.mark.parametrize("folder", ["a folder with spaces", "50% ;off %(x)s", 'it\'s "quoted" #1', "x" * 200])
def test_any_folder_name_will_do(keep: Keep, folder: str) -> None:
    keeper = keep(folder, one=[])
    eventually(lambda: keeper.pids("one"))
    keeper.process.terminate()
    assert keeper.process.wait(30) == 0
