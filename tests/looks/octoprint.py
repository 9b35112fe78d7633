"""An OctoPrint as it comes, for the picture of what is found wrong with it for a laser; nothing is driven by it."""

from typing import Any

from flask import Flask, abort

from printers.octolaser import BEAM_SCRIPTS, QUESTIONS

_RIGHTS = ["STATUS", "CONNECTION", "FILES_LIST", "FILES_UPLOAD", "FILES_SELECT", "FILES_DELETE", "PRINT", "CONTROL"]
_ANSWERS: dict[str, dict[str, Any]] = {
    "version": {"api": "0.1", "server": "1.11.8", "text": "OctoPrint 1.11.8"},
    "currentuser": {"name": "lab", "permissions": [*_RIGHTS, "SETTINGS"]},
    "job": {"state": "Operational", "job": {"file": {"name": None}}, "progress": {}},
    "printer": {"temperature": {}},
    "settings": {"scripts": {"gcode": dict.fromkeys(BEAM_SCRIPTS, "")}, "serial": dict.fromkeys(QUESTIONS, True)},
}


def create() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/api/<what>", "api", lambda what: _ANSWERS.get(what) or abort(404))
    return app
