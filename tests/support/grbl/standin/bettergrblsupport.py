# mypy: ignore-errors
"""A stand-in for OctoPrint's plug-in Better Grbl Support: it is not that plug-in, and has nothing of its code.

It answers to the same identifier and to three of the same commands, and sends what that one sends. Put it into the
folder `plugins` of an OctoPrint; it notes what it was told in `commands.txt` of its data folder.
"""

from pathlib import Path

import octoprint.plugin

SENT = {"homing": "$H", "unlock": "$X", "reset": "M999"}


class StandIn(octoprint.plugin.SimpleApiPlugin, octoprint.plugin.SettingsPlugin):
    def get_settings_defaults(self):
        return {"isStandIn": True}

    def get_api_commands(self):
        return {name: [] for name in SENT}

    def on_api_command(self, command, data):
        with (Path(self.get_plugin_data_folder()) / "commands.txt").open("a") as file:
            file.write(command + "\n")
        if not self._printer.is_printing():  # that one says nothing either
            self._printer.commands(SENT[command], force=command == "reset")

    def sending(self, comm, phase, cmd, cmd_type, gcode, *args, **kwargs):
        """GRBL resets at a character, for which Marlin's M999 stands here."""
        return ("\x18",) if cmd.startswith("M999") else None


__plugin_name__ = "Better Grbl Support, stand-in"
__plugin_pythoncompat__ = ">=3.7,<4"
__plugin_implementation__ = StandIn()
__plugin_hooks__ = {"octoprint.comm.protocol.gcode.sending": __plugin_implementation__.sending}
