"""What a system lacks is installed where that is allowed, and named where it is not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "mkdir", "touch", "flock", "uname", "ls", "dirname", "mktemp", "tail", "rm", "env", "cat", "sleep")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with the tools every system has, and no package manager, slicer or browser."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (place / name).symlink_to(found)
    return place


@pytest.fixture(autouse=True)
def _prepared() -> None:
    if not (ROOT / ".venv" / "ready").exists():
        pytest.skip("this checkout's environment was not made by scripts/bootstrap.sh")


def program(place: Path, name: str, body: str) -> None:
    file = place / name
    file.unlink(missing_ok=True)  # else it is written through a link into the system
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def bootstrap(path: Path, what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "bootstrap.sh"), what], env=os.environ | {"PATH": str(path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_a_package_manager_it_names_what_is_missing(bare: Path) -> None:
    done = bootstrap(bare, "demo")
    assert done.returncode == 1
    assert "prusa-slicer" in done.stderr
    assert "chromium" not in done.stderr


def test_without_the_right_to_install_it_says_what_to_ask_for(bare: Path) -> None:
    program(bare, "apt-get", "exit 1")
    program(bare, "id", "echo 1000")
    done = bootstrap(bare, "test")
    assert done.returncode == 1
    assert "apt install prusa-slicer gcc libc6-dev chromium" in done.stderr


def test_root_installs_what_is_missing(bare: Path, tmp_path: Path) -> None:
    program(bare, "id", "echo 0")
    program(bare, "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    assert bootstrap(bare, "demo").returncode == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0].startswith("update")
    assert asked[1].endswith("prusa-slicer gcc libc6-dev")


def test_an_installation_that_fails_stops_with_the_managers_last_words(bare: Path) -> None:
    program(bare, "id", "echo 0")
    program(bare, "apt-get", "echo no network; exit 100")
    done = bootstrap(bare, "demo")
    assert done.returncode == 1
    assert "no network" in done.stderr


def test_nothing_is_installed_when_nothing_is_missing(bare: Path) -> None:
    program(bare, "prusa-slicer", "exit 0")
    program(bare, "redis-server", "exit 0")
    program(bare, "gcc", "exit 0")
    program(bare, "apt-get", "exit 100")
    assert bootstrap(bare, "demo").returncode == 0


@pytest.fixture
def fresh(bare: Path, tmp_path: Path) -> Path:
    """A checkout without an environment, in which `python3 -m venv` makes a pip that does what the test wants."""
    checkout = tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    (checkout / "pyproject.toml").touch()
    shutil.copy(ROOT / "scripts" / "bootstrap.sh", checkout / "scripts")
    for name in ("chmod", "cp", "kill"):
        (bare / name).symlink_to(str(shutil.which(name)))
    program(bare, "sleep", f"exec {shutil.which('sleep')} 0.1")
    program(bare, "python3", f'[ "$1" = -c ] || {{ mkdir -p .venv/bin && cp "{bare}/pip" .venv/bin/pip && '
                             f'cp "{bare}/pip" .venv/bin/python; }}')  # fmt: skip
    return checkout


def install(checkout: Path, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap.sh", "python"], cwd=checkout, env={"PATH": str(path)}, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip


def test_installing_shows_signs_of_life(fresh: Path, bare: Path) -> None:
    wait = f"while ! [ -e {fresh}/seen ]; do {shutil.which('sleep')} 0.1; done"
    program(bare, "pip", f'echo "  Collecting wheels"; {wait}')
    process = subprocess.Popen(["/bin/sh", "scripts/bootstrap.sh", "python"], cwd=fresh, env={"PATH": str(bare)},
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    (fresh / "seen").touch()
    assert process.wait(30) == 0
    process.stdout.close()
    assert "minutes" in said[1]
    assert said[2].split() == ["10", "s", "Collecting", "wheels"]


def test_packages_that_cannot_be_installed_end_it_with_their_reason(fresh: Path, bare: Path) -> None:
    program(bare, "pip", "echo no such package; exit 1")
    done = install(fresh, bare)
    assert done.returncode == 1
    assert "no such package" in done.stderr
    assert not (fresh / ".venv" / "ready").exists()
