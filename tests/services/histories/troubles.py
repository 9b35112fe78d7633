"""What befalls a lab: it is held, machines are silent, report faults, or are stopped in an emergency."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fabqueue.dispatch import sighting
from fabqueue.models import Machine
from fabqueue.services import emergencies, floor, sites
from tests.services.histories.lab import Lab, numbers

FAULTS = ("", "", "machine_printer_error", "machine_printer_offline", "machine_foreign_print")


class Troubles(Lab):
    """A hold switch, two machines that speak for themselves, and a red button at each."""

    def set_right(self) -> None:
        super().set_right()
        self.hold_the_lab(False)
        for number in range(2):
            with self.step() as session:
                floor.maintenance(session, self.hands(session), self.pick(session, Machine, number), False)
            self.connect_again(number, "")
            self.is_seen(number, True, "")

    @rule(held=st.booleans())
    def hold_the_lab(self, held: bool) -> None:
        with self.step() as session:
            if held:
                sites.hold(session, self.technician(session), "fire drill")
            else:
                sites.release(session, self.technician(session))

    @rule(number=numbers, online=st.sampled_from([True, True, False]), fault=st.sampled_from(FAULTS))
    def is_seen(self, number: int, online: bool, fault: str) -> None:
        """What a look at a machine found."""
        with self.step() as session:
            sighting.write_down(session, self.pick(session, Machine, number), online, fault, {})

    @rule(number=numbers)
    def stop_in_an_emergency(self, number: int) -> None:
        with self.step() as session:
            emergencies.ask(session, self.hands(session), self.pick(session, Machine, number))

    @rule(number=numbers)
    def stands_still(self, number: int) -> None:
        with self.step() as session:
            emergencies.confirm(session, self.pick(session, Machine, number))

    @rule(number=numbers, refused=st.sampled_from(["", "machine_unreachable"]))
    def connect_again(self, number: int, refused: str) -> None:
        """Somebody has looked; dispatch connects, and the machine is itself again or is not."""
        with self.step() as session:
            emergencies.connect_again(session, self.hands(session), self.pick(session, Machine, number))
        with self.step() as session:
            machine = self.pick(session, Machine, number)
            if machine.reconnect_asked_at is not None:
                emergencies.reconnected(session, machine, refused)
                sighting.write_down(session, machine, True, "machine_printer_error" if refused else "", {})
