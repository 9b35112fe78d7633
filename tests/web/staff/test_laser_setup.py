"""Setting OctoPrint up for a laser from the laser's page, with a real OctoPrint as it comes."""

import pytest
import requests

from fabqueue.db import Database
from fabqueue.demo.octoprint import OctoPrintServer
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine, MachineKind, MachineModel
from printers.octolaser import BEAM_SCRIPTS, QUESTIONS
from tests.support.factories import Lab
from tests.support.making import point_at
from tests.support.octoprint import (  # noqa: F401  fixtures
    eventually,
    octoprint,
    octoprint_program,
    shared_octoprint,
    start_octoprint,
)
from tests.web.staff.conftest import Browser

pytestmark = pytest.mark.octoprint
BUTTONS = ("Write M5 into them", "Switch these off")


def test_a_button_beside_each_of_what_is_wrong_puts_it_right(
    database: Database, context: Context, lab: Lab, tara: Browser, octoprint: OctoPrintServer  # noqa: F811
) -> None:  # fmt: skip
    point_at(context, lab.machine, octoprint.url, octoprint.key)
    with database.writing() as session:
        session.get_one(MachineModel, lab.model.id).kind = MachineKind.LASER
        machine = session.get_one(Machine, lab.machine.id)
        form = {"name": machine.name, "model": lab.model.slug, "driver": "octoprint", "url": machine.url, "key": ""}
        address = f"/machines/{machine.slug}"
        session.commit()
    settings = {"scripts": {"gcode": dict.fromkeys(BEAM_SCRIPTS, "G4 P1")}, "serial": dict.fromkeys(QUESTIONS, True)}
    headers = {"X-Api-Key": octoprint.key}
    requests.post(f"{octoprint.url}/api/settings", json=settings, headers=headers, timeout=10).raise_for_status()
    page = tara.post(f"{address}/try", form).get_data(as_text=True)
    assert all(button in page for button in BUTTONS)
    assert all(label in page for label in QUESTIONS.values())
    assert tara.post(f"{address}/scripts").location == f"{address}#connection"
    eventually(lambda: octoprint.state() == "Operational")
    page = tara.post(f"{address}/try", form).get_data(as_text=True)
    assert "It works." in page
    assert not any(button in page for button in BUTTONS)
