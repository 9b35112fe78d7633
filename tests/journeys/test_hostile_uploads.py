"""Hostile files through the front door: each ends with a report or a clear refusal, and everybody else is served."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from tests.journeys.conftest import Running
from tests.journeys.lab import Lab
from tests.support.hostile import CASES

pytestmark = pytest.mark.octoprint

# the dearest of each kind, and the most devious; tests/analysis reads every case
CHOSEN = (
    "random_soup.stl", "tall_slivers.stl", "four_billion.stl", "nan.stl", "text_endless_name.stl", "zip_bomb.3mf",
    "component_bomb.3mf", "use_bomb.svg", "entities.svg", "million_segments.svg", "deep.svg", "script.svg",
    "endless_line.gcode", "picture.stl", "empty.stl",
)  # fmt: skip
DESIGNS = Path(os.environ.get("FABQUEUE_DESIGNS") or Path(__file__).resolve().parents[3] / "shared" / "data") / "dev"


def ask_for_others(lab: Lab, done: Event) -> list[int]:
    """What visitors and other members are answered while the hostile files are read."""
    answers: list[int] = []
    headers = {"Authorization": f"Bearer {lab.tokens['ines']}"}
    while not done.wait(0.3):
        answers.append(requests.get(f"{lab.url}/", timeout=60).status_code)
        answers.append(requests.get(f"{lab.url}/api/v1/me", headers=headers, timeout=60).status_code)
    return answers


def send(lab: Lab, name: str, content: bytes) -> tuple[str, dict[str, Any]]:
    """Upload one file: (HTTP status, what was answered)."""
    headers = {"Authorization": f"Bearer {lab.tokens['mia']}"}
    answer = requests.post(f"{lab.url}/api/v1/designs", headers=headers, files={"file": (name, content)}, timeout=120)
    return str(answer.status_code), answer.json()


def ends(lab: Lab, files: dict[str, Callable[[], bytes]]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Upload all files, then wait for the end of each: name to (state or HTTP status, what was said)."""
    sent = {name: send(lab, name, content()) for name, content in files.items()}
    found = {}
    for name, (status, body) in sent.items():
        revision = lab.analysed("mia", body)["revision"] if status == "202" else body
        found[name] = (revision["state"] if status == "202" else status, revision)
    return found


def test_hostile_files_get_clear_answers_while_others_are_served(running: Running) -> None:
    lab, done = running.lab, Event()
    with ThreadPoolExecutor(1) as background:
        asked = background.submit(ask_for_others, lab, done)
        try:
            found = ends(lab, {name: CASES[name] for name in CHOSEN})
        finally:
            done.set()
        answers = asked.result()
    assert answers
    assert set(answers) == {200}
    for name, (state, said) in found.items():
        if state == "ready":
            assert said["report"]["findings"], name
        elif state == "failed":
            assert said["problem"]["message"], name
        else:
            assert state in {"413", "415", "422"}, (name, state, said)
            assert said["detail"], name


@pytest.mark.skipif(not DESIGNS.is_dir(), reason="the folder of real designs is not here")
def test_real_designs_of_every_kind_get_their_report(running: Running) -> None:
    chosen: dict[str, Callable[[], bytes]] = {}
    for kind in ("stl", "3mf", "obj", "svg", "dxf"):
        smallest = sorted((DESIGNS / kind).iterdir(), key=lambda each: each.stat().st_size)[:3]
        chosen |= {path.name: path.read_bytes for path in smallest}
    for name, (state, said) in ends(running.lab, chosen).items():
        assert state in {"ready", "failed"}, (name, said)
        assert (said["report"] or said["problem"]) is not None, name
