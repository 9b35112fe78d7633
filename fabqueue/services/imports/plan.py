"""What a table would make: rows that can be taken, rows that cannot and why, doubles. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = tuple[int, Sequence[str]]
"""The line of the file where a row begins, and its cells."""


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be taken. heading: of the column that is at fault, "" for the row as a whole."""

    line: int
    heading: str
    code: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A read file: its headings, rows, and which column holds what."""

    headings: Sequence[str]
    rows: Sequence[Row]
    columns: Mapping[str, int]
    choices: Mapping[str, Any]

    def cell(self, row: Row, column: str) -> str:
        place = self.columns.get(column)
        return row[1][place] if place is not None and place < len(row[1]) else ""

    def cells(self, column: str) -> list[str]:
        return [self.cell(row, column) for row in self.rows] if column in self.columns else []

    def heading(self, column: str) -> str:
        place = self.columns.get(column)
        return self.headings[place] if place is not None else ""


@dataclass
class Plan:
    """`good`: what would be made, in the order of the file. `doubles`: rows that may be somebody known already."""

    good: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    doubles: list[Fault] = field(default_factory=list)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def bad_lines(self) -> set[int]:
        return {each.line for each in self.faults}
