"""What a use case answers when it cannot do what was asked. Codes have their sentences in the wording catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refused(Exception):
    """The input, or the state of things, does not allow it. `field` names the input at fault, if one is."""

    def __init__(self, code: str, values: Mapping[str, Any] | None = None, field: str = "") -> None:
        super().__init__(code)
        self.code, self.values, self.field = code, dict(values or {}), field


class Invalid(Exception):
    """Several things are wrong with the input; all are named at once."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        super().__init__(", ".join(each.code for each in refusals))
        self.refusals = list(refusals)


class Conflict(Exception):
    """Somebody was faster, or the thing is in a state that does not allow this. `state` is the one it is in."""

    def __init__(self, state: str, code: str = "state_conflict", values: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {state}")
        self.state, self.code, self.values = state, code, dict(values or {"state": state})
