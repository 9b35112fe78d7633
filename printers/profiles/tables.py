"""Reading tables of `machine.toml`: every getter names file, key and fault."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


class ProfileError(Exception):
    """A profile folder is not usable; the text names file, key and fault for whoever wrote it."""


def table_of(path: Path, table: Table, key: str) -> Table:
    """The table under `key`, an empty one where there is none."""
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise ProfileError(f"{path}: {key} is not a table")
    return found


def title_of(path: Path, table: Table) -> str:
    title = table.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ProfileError(f"{path}: title is missing")
    return title.strip()


def positive(path: Path, table: Table, key: str) -> float:
    """A number above zero that must be there."""
    value = table.get(key)
    if not is_positive(value):
        raise ProfileError(f"{path}: {key} must be a positive number")
    return float(value)  # type: ignore[arg-type]  # just shown to be a number


def is_positive(value: object) -> bool:
    return is_number(value) and value > 0  # type: ignore[operator]  # just shown to be a number


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
