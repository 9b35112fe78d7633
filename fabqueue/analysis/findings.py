"""Findings: what an analysis has to say about a file, as codes and values that are put into words only for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

VERSION = "7"
"""Version of the analyser: raised when the same file would get another report."""


class Severity(StrEnum):
    """How much a finding matters: a blocker stops submission, a warning asks for a look, ok reassures."""

    OK = "ok"
    WARNING = "warning"
    BLOCKER = "blocker"


_ORDER = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.OK: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about a file. `values` hold JSON types only; their names tell the unit (`_mm`, `_percent` ...)."""

    code: str
    severity: Severity
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The finding as reports store it: `{code, severity, values}`."""
        return {"code": self.code, "severity": str(self.severity), "values": dict(self.values)}


def ordered(findings: list[Finding]) -> list[dict[str, Any]]:
    """The findings as a report holds them, what matters most first."""
    return [finding.as_dict() for finding in sorted(findings, key=lambda finding: _ORDER[finding.severity])]


class AnalysisError(Exception):
    """No report is possible. `code` and `values` say why, in the words of `fabqueue.wording`."""

    def __init__(self, code: str, values: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.values = dict(values or {})
        super().__init__(f"{code} {self.values}" if self.values else code)
