"""Homing, unlocking and resetting GRBL through OctoPrint, by its plug-in Better Grbl Support where that is installed.

The plug-in keeps account of GRBL's state and wants to be asked; without it the same lines go out as they are. Its API
answers 204 whatever becomes of a command, and so does OctoPrint: what happened is heard in the terminal.
"""

from collections.abc import Callable, Mapping
from typing import Any

from printers.driver import Chore
from printers.http import MachineSession, check
from printers.octohalt import GREETING, RESET
from printers.octopush import Push

PLUGIN = "bettergrblsupport"
COMMANDS: Mapping[Chore, str] = {Chore.HOME: "homing", Chore.UNLOCK: "unlock", Chore.RESET: "reset"}
"""As the plug-in calls them (2.3)."""
LINES: Mapping[Chore, str] = {Chore.HOME: "$H", Chore.UNLOCK: "$X", Chore.RESET: RESET}
SECONDS: Mapping[Chore, float] = {Chore.HOME: 60.0, Chore.UNLOCK: 5.0, Chore.RESET: 5.0}
"""How long the controller may take to say that it is done."""


def carry_out(session: MachineSession, get: Callable[[str], Mapping[str, Any]], chore: Chore) -> bool:
    """Whether the controller said that it did. Raises DriverError when it was not sent."""
    has_plugin = PLUGIN in (get("/api/settings").get("plugins") or {})
    push = Push(session)
    push.open(SECONDS[Chore.UNLOCK])
    if has_plugin:
        check(session.post(f"{session.origin}/api/plugin/{PLUGIN}", json={"command": COMMANDS[chore]}))
    else:
        check(session.post(f"{session.origin}/api/printer/command", json={"commands": [LINES[chore]]}))
    if chore is Chore.RESET:
        return push.says(GREETING, SECONDS[chore])
    return push.acknowledged(LINES[chore], SECONDS[chore])
