"""A driver that somebody wrote: one of ours, copied under another name and into another folder, and nothing else."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from printers import drivers

CopyDriver = Callable[[str, str], None]


@pytest.fixture
def copy_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CopyDriver]:
    """Takes the name of a driver and that of its copy."""
    monkeypatch.setattr(drivers, "__path__", [*drivers.__path__, str(tmp_path)])
    copies = []

    def copy(original: str, name: str) -> None:
        shutil.copy(Path(drivers.__file__).with_name(f"{original}.py"), tmp_path / f"{name}.py")
        copies.append(f"{drivers.__name__}.{name}")

    yield copy
    for each in copies:
        sys.modules.pop(each, None)
        vars(drivers).pop(each.rpartition(".")[2], None)
