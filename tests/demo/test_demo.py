"""`fabqueue demo` as somebody starts it: from nothing to ready, printed for real, again from its folder, and gone."""

import html
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from fabqueue.demo import scenes
from fabqueue.demo.catalogue import PEOPLE, PROJECTS
from tests.support import factories
from tests.support.octoprint import eventually, free_port
from tests.support.processes import alive, descendants

pytestmark = [pytest.mark.octoprint, pytest.mark.slicer]
BUILDS = sum(len(each.orders) for each in PROJECTS)
PRINTED = sum(
    1 + bool(order.fails) for each in PROJECTS for order in each.orders if order.machine_model != "vinyl-cutter"
)
"""What fails once is printed once more."""


class Demo:
    """One start of the demonstration; its printers stay fast."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "fabqueue.cli", "demo", "--fast", "--folder", str(folder), "--port",
                   str(free_port())]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("ready "):
                return
        pytest.fail("the demonstration ended: " + "\n".join(self.said))

    @property
    def access(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "access.json").read_text())
        return content

    def call(self, method: str, path: str, role: str = "", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.access['tokens'][role]}"} if role else {}
        return requests.request(method, f"{self.access['url']}/api/v1{path}", headers=headers, timeout=30, **options)

    def get(self, path: str, role: str = "") -> Any:
        answer = self.call("GET", path, role)
        assert answer.ok, answer.text
        return answer.json()

    def events(self) -> list[tuple[str, str]]:
        """(event, path) of all OctoPrints, from their own event hooks."""
        files = [Path(each["events"]) for each in self.access["octoprints"]]
        return [tuple(line.split()[1:3]) for file in files for line in file.read_text().splitlines()]  # type: ignore[misc]

    def end(self, how: int = signal.SIGINT) -> set[int]:
        """Tell it to stop; what was running and still is."""
        everything = descendants(self.process.pid) | {self.process.pid}
        self.process.send_signal(how)
        assert self.process.wait(90) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()
        return alive(everything)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "a demo"


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    running = Demo(folder)
    yield running
    if running.process.poll() is None:
        assert running.end() == set()


def test_it_prints_where_it_is_ready_and_everybodys_password(demo: Demo) -> None:
    assert demo.said[-1] == f"ready {demo.access['url']}"
    for person in PEOPLE:
        assert any(line.split()[:1] == [person.user_name] for line in demo.said)


def test_git_leaves_its_folder_alone(demo: Demo) -> None:
    around = str(demo.folder.parent)
    subprocess.run(["git", "init", "-q", around], check=True)
    asked = subprocess.run(["git", "-C", around, "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert asked.stdout == ""


def test_tokens_act_for_people_of_each_role(demo: Demo) -> None:
    for role in ("member", "technician", "instructor", "admin"):
        assert role in demo.get("/me", role)["roles"]


def test_its_projects_are_public_and_complete(demo: Demo) -> None:
    found = demo.get("/projects")["items"]
    assert len(found) == len(PROJECTS)
    for each in (demo.get(f"/projects/{project['slug']}") for project in found):
        assert all(each[name] for name in ("licence", "licensor", "function", "version"))


def test_every_build_was_printed_exactly_once(demo: Demo) -> None:
    started = Counter(path for event, path in demo.events() if event == "PrintStarted")
    done = Counter(path for event, path in demo.events() if event == "PrintDone")
    assert len(started) == PRINTED
    assert set(started.values()) == {1}
    assert started == done


def test_finished_jobs_are_collected_and_the_inbox_is_not_empty(demo: Demo) -> None:
    states = Counter(job["state"] for job in demo.get("/jobs?limit=100", "technician")["items"])
    assert states["collected"] == BUILDS
    assert states["submitted"] >= 2
    assert states["changes_requested"] == 1


def test_what_failed_says_why_and_is_shown_among_the_builds_failures(demo: Demo) -> None:
    sign = next(each for each in demo.get("/projects")["items"] if each["title"] == "Door sign with raised letters")
    page = requests.get(f"{demo.access['url']}/projects/{sign['slug']}", timeout=30).text
    assert "came loose" in page
    shown = re.search(r'src="(/photos/\w+/small)" alt="Photo of a failed run', page)
    assert shown is not None
    assert requests.get(demo.access["url"] + shown[1], timeout=30).headers["Content-Type"] == "image/jpeg"


def test_what_was_paid_at_the_counter_and_several_jobs_asked_for_together_are_there(demo: Demo) -> None:
    jobs = demo.get("/jobs?limit=100", "technician")["items"]
    assert {each["handover"]["paid"] for each in jobs if each["handover"]} >= {"cash", "waived"}
    together = Counter(each["request"] for each in jobs if each["state"] == "submitted")
    assert together.most_common(1)[0][1] == len(scenes.TOGETHER)


def test_a_guest_follows_by_her_code_and_a_television_shows_the_wallboard(demo: Demo) -> None:
    code = said(demo, r"with the code ([\w-]+) at")
    with requests.Session() as browser:
        form = browser.get(f"{demo.access['url']}/track", timeout=30).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token is not None
        page = browser.post(f"{demo.access['url']}/track", data={"code": code, "csrf_token": token[1]}, timeout=30)
        assert "name-tag-lea" in page.text
    assert "Everything was collected." in requests.get(said(demo, r"wallboard at (\S+)"), timeout=30).text


def said(demo: Demo, shape: str) -> str:
    found = next(filter(None, (re.search(shape, line) for line in demo.said)), None)
    assert found is not None, demo.said
    return found[1]


def test_its_showcase_has_words_between_projects(demo: Demo) -> None:
    title = html.escape(scenes.SHOWCASE[0])
    page = requests.get(f"{demo.access['url']}/showcases/small-things-that-mend-big-ones", timeout=30).text
    assert title in page
    assert "Before you throw it away" in page


def test_its_printers_are_free_and_show_a_simulated_picture(demo: Demo) -> None:
    machines = {each["slug"]: each for each in demo.get("/machines", "member")["items"]}
    assert {machines[slug]["condition"] for slug in ("left", "mini")} == {"available"}
    assert {machines[slug]["connection"] for slug in ("left", "mini")} == {"online"}
    assert machines["cutter"]["kind"] == "other"


def test_a_box_asked_for_and_approved_is_ready_for_clearing(demo: Demo) -> None:
    files = {"file": ("box.stl", factories.box_stl())}
    design = demo.call("POST", "/designs", "member", files=files).json()
    revision = design["revision"]["id"]
    eventually(lambda: demo.get(f"/designs/{design['id']}", "member")["revision"]["state"] == "ready", 60)
    wish = {"revision": revision, "machine_model": "marlin-250", "material": "pla"}
    job = demo.call("POST", "/jobs", "member", json=wish).json()
    assert demo.call("POST", f"/jobs/{job['id']}/approve", "technician", json={}).ok

    def made() -> bool:
        return any(run["state"] == "done" for run in demo.get(f"/jobs/{job['id']}", "member")["runs"])

    eventually(made, 300)
    assert demo.call("POST", "/machines/left/clear", "technician", json={"outcome": "good"}).ok
    assert demo.get(f"/jobs/{job['id']}", "member")["state"] == "ready"


def test_a_second_start_in_the_same_folder_is_refused(demo: Demo) -> None:
    command = [sys.executable, "-m", "fabqueue.cli", "demo", "--folder", str(demo.folder), "--port", "9"]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "another demonstration" in second.stderr


def test_it_stops_without_a_trace_and_starts_again_with_what_it_had(demo: Demo) -> None:
    before, tokens = len(demo.events()), demo.access["tokens"]
    assert demo.end(signal.SIGINT) == set()
    again = Demo(demo.folder)
    try:
        assert again.access["tokens"] == tokens
        assert len(again.get("/projects")["items"]) == len(PROJECTS)
        assert len(again.events()) == before
    finally:
        assert again.end(signal.SIGTERM) == set()


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_nothing_of_it_runs_when_it_ends_while_it_prepares(tmp_path: Path, how: int, code: int) -> None:
    command = [sys.executable, "-m", "fabqueue.cli", "demo", "--folder", str(tmp_path / "lab"), "--port",
               str(free_port())]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    eventually(lambda: "Starting FabQueue" in process.stdout.readline(), 120)  # type: ignore[union-attr]
    eventually(lambda: len(descendants(process.pid)) >= 3, 60)
    everything = descendants(process.pid) | {process.pid}
    os.kill(process.pid, how)
    assert process.wait(90) == code
    process.stdout.close()
    eventually(lambda: not alive(everything), 30)
