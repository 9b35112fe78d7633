"""The harness itself: servers that live, die and come back, and the truth they leave behind."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from fabqueue.demo import octoprint as harness
from fabqueue.demo.octoprint import InstallError, OctoPrintServer, Pace, ServerError, ensure_environment
from printers import connect
from tests.support.octoprint import CHECKOUT, QUICK, StartOctoPrint, connection, dwelling_gcode, eventually, free_port

pytestmark = pytest.mark.octoprint


def test_an_environment_that_is_there_is_not_made_again(
    octoprint_program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = octoprint_program.stat().st_mtime_ns
    assert ensure_environment(CHECKOUT / ".octoprint") == octoprint_program
    assert octoprint_program.stat().st_mtime_ns == before
    assert capsys.readouterr().out == ""


def test_a_failed_installation_says_why_and_leaves_nothing_that_looks_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for _ in range(2):
        with pytest.raises(InstallError, match="Could not install OctoPrint with pip: "):
            ensure_environment(tmp_path / "environment")


_TWICE = """
import sys, time
from pathlib import Path
from fabqueue.demo import octoprint
def slowly(environment):
    print("made", flush=True)
    time.sleep(0.5)
    environment.mkdir(parents=True)
octoprint._install = slowly
octoprint.ensure_environment(Path(sys.argv[1]))
"""


def test_two_processes_at_once_make_one_environment(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _TWICE, str(tmp_path / "environment")]
    both = [subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("made") == 1


def test_it_comes_up_without_wizard_warnings_or_calls_to_the_internet(octoprint: OctoPrintServer) -> None:
    headers = {"X-Api-Key": octoprint.key}
    wizards = requests.get(f"{octoprint.url}/api/setup/wizard", headers=headers, timeout=10).json()
    assert not [name for name, wizard in wizards.items() if wizard["required"] and not wizard["ignored"]]
    log = (octoprint.folder / "server.log").read_text()
    assert "NameResolutionError" not in log
    assert "Max retries" not in log
    assert "Invalid profile" not in log


def test_its_printer_has_the_bed_that_was_asked_for(start_octoprint: StartOctoPrint) -> None:
    server = start_octoprint(bed_mm=(180, 170, 160), title="Small one")
    answer = requests.get(f"{server.url}/api/printerprofiles", headers={"X-Api-Key": server.key}, timeout=10)
    profile = answer.json()["profiles"]["_default"]
    assert profile["name"] == "Small one"
    assert [profile["volume"][side] for side in ("width", "depth", "height")] == [180, 170, 160]
    server.stop()


def test_its_password_opens_its_pages(octoprint: OctoPrintServer) -> None:
    with requests.Session() as session:
        session.get(f"{octoprint.url}/api/version", timeout=10)
        session.get(f"{octoprint.url}/", timeout=60)
        token = next(value for name, value in session.cookies.items() if name.startswith("csrf_token"))
        answer = session.post(
            f"{octoprint.url}/api/login",
            json={"user": harness.USER, "pass": octoprint.password},
            headers={"X-CSRF-Token": token},
            timeout=10,
        )
    assert answer.ok, answer.text
    assert answer.json()["admin"] is True


def test_a_second_server_on_its_port_is_an_error_that_names_the_log(
    octoprint: OctoPrintServer, octoprint_program: Path, tmp_path: Path
) -> None:
    rival = OctoPrintServer(tmp_path, octoprint.port, tmp_path / "events", program=octoprint_program, pace=QUICK)
    with pytest.raises(ServerError, match=r"server\.log"):
        rival.start(wait_seconds=15)
    rival.stop()


def test_key_and_events_outlive_it(start_octoprint: StartOctoPrint, octoprint_program: Path, tmp_path: Path) -> None:
    server = start_octoprint()
    driver = connect(connection(server))
    driver.upload("fabqueue/kept-1.gcode", dwelling_gcode(tmp_path / "a.gcode", 0.5), {})
    driver.select("fabqueue/kept-1.gcode")
    driver.start("fabqueue/kept-1.gcode")
    eventually(lambda: server.events("PrintDone"))
    server.restart()
    again = OctoPrintServer(server.folder, server.port, server.events_file, program=octoprint_program)
    assert (again.key, again.password) == (server.key, server.password)
    file = driver.file("fabqueue/kept-1.gcode")
    assert file is not None
    assert file.successes == 1
    assert [(name, path) for _, name, path in again.events()] == [
        ("PrintStarted", "fabqueue/kept-1.gcode"),
        ("PrintDone", "fabqueue/kept-1.gcode"),
    ]
    driver.close()
    server.stop()


def test_it_leaves_no_process_behind(start_octoprint: StartOctoPrint) -> None:
    for end in ("stop", "kill"):
        server = start_octoprint()
        pid = server.pid
        assert pid is not None
        getattr(server, end)()
        assert server.pid is None
        assert not Path(f"/proc/{pid}").exists()
        assert server.state() is None


def test_no_print_is_over_before_its_shortest_time(start_octoprint: StartOctoPrint, tmp_path: Path) -> None:
    server = start_octoprint(pace=Pace(minimum_seconds=2, ambient_celsius=260))
    driver = connect(connection(server))
    (tmp_path / "a.gcode").write_text("G28\nG1 X1 E1\n")
    driver.upload("fabqueue/short-1.gcode", tmp_path / "a.gcode", {})
    driver.select("fabqueue/short-1.gcode")
    driver.start("fabqueue/short-1.gcode")
    eventually(lambda: server.events("PrintDone"))
    driver.close()
    (started,), (done,) = server.events("PrintStarted"), server.events("PrintDone")
    assert done[0] - started[0] >= 1.9
    server.stop()
