"""`make migration` writes a first revision from nothing, and it is what the models say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPARE = """
import sys
from pathlib import Path
from fabqueue.migrations import runner
url, folder = sys.argv[1:]
assert str(Path(runner.__file__)).startswith(folder), runner.__file__
print(runner.heads(), len(runner.upgrade(url, Path(folder))), runner.differences(url))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """This checkout's code without any revision."""
    place = tmp_path / "checkout"
    leave_out = shutil.ignore_patterns("__pycache__", "*.mo", "[0-9]*.py")
    shutil.copytree(ROOT / "fabqueue", place / "fabqueue", ignore=leave_out)
    shutil.copytree(ROOT / "scripts", place / "scripts", ignore=leave_out)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def python(checkout: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if database_kind == "postgresql":
        return str(request.getfixturevalue("postgresql").empty())
    return f"sqlite:///{tmp_path / 'fabqueue.sqlite3'}"


@pytest.mark.postgresql
def test_a_first_revision_is_written_from_nothing_and_makes_what_the_models_say(checkout: Path, empty_url: str) -> None:
    said = python(checkout, "scripts/migration.py", "the_house")
    assert "0001_the_house.py" in said
    assert python(checkout, "-c", COMPARE, empty_url, str(checkout)).splitlines()[-1] == "['0001'] 1 []"


def test_the_next_revision_follows_and_holds_the_change_alone(checkout: Path, tmp_path: Path) -> None:
    python(checkout, "scripts/migration.py", "the_house")
    models = checkout / "fabqueue" / "models" / "site.py"
    models.write_text(
        models.read_text().replace("    slug: Mapped", "    motto: Mapped[str | None]\n    slug: Mapped", 1)
    )
    python(checkout, "scripts/migration.py", "add_motto")
    written = (checkout / "fabqueue" / "migrations" / "versions" / "0002_add_motto.py").read_text()
    assert "motto" in written
    assert "create_table" not in written
    url = f"sqlite:///{tmp_path / 'fabqueue.sqlite3'}"
    assert python(checkout, "-c", COMPARE, url, str(checkout)).splitlines()[-1] == "['0002'] 2 []"


def test_a_migration_without_a_name_is_not_written(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/migration.py", ""], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "NAME=" in done.stderr
