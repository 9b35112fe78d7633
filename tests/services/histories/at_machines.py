"""What people may do at machines: clear a bed, take that back, decide a doubt, change spools, take out of service."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fabqueue.models import ACTIVE, Machine, Outcome, Run, RunState, Stock
from fabqueue.services import failures, floor, spools, stocks, undoing
from tests.services.histories.lab import Lab, numbers, when

R = RunState


class AtMachines(Lab):
    """Two machines, two spools or piles."""

    @when(*ACTIVE)
    @rule(number=numbers)
    def cancel_at_machine(self, number: int) -> None:
        with self.step() as session:
            floor.cancel(session, self.hands(session), self.pick(session, Machine, number), "loose")

    @when(R.DONE)
    @rule(
        number=numbers, outcome=st.sampled_from(Outcome), good=st.sampled_from([None, 0, 1, 2]),
        at_fault=st.sampled_from(failures.AtFault), again=st.booleans(),
    )  # fmt: skip
    def clear(self, number: int, outcome: Outcome, good: int | None, at_fault: Any, again: bool) -> None:
        verdict = failures.Verdict(outcome, None, "as it is", at_fault, again, good)
        with self.step() as session:
            failures.clear(session, self.config, self.hands(session), self.pick(session, Machine, number), verdict)

    @when(R.DONE, R.FAILED, R.CANCELLED)
    @rule(number=numbers)
    def all_is_good(self, number: int) -> None:
        with self.step() as session:
            floor.clear(session, self.hands(session), self.pick(session, Machine, number))

    @when(R.DONE)
    @rule(number=numbers)
    def take_clearing_back(self, number: int) -> None:
        with self.step() as session:
            undoing.take_back(session, self.hands(session), self.pick(session, Run, number, R.DONE))

    @when(R.IN_DOUBT)
    @rule(number=numbers, outcome=st.sampled_from(floor.Resolution))
    def resolve(self, number: int, outcome: floor.Resolution) -> None:
        with self.step() as session:
            floor.resolve(session, self.hands(session), self.pick(session, Run, number, R.IN_DOUBT), outcome, "looked")

    @rule(number=numbers, grams=st.integers(0, 20))
    def weigh(self, number: int, grams: int) -> None:
        with self.step() as session:
            stocks.weigh(session, self.technician(session), self.pick(session, Stock, number), grams)

    @rule(number=numbers, spool=numbers)
    def load(self, number: int, spool: int) -> None:
        with self.step() as session:
            machine, stock = self.pick(session, Machine, number), self.pick(session, Stock, spool)
            floor.load(session, self.hands(session), machine, stock)

    @when(R.RUNNING, R.PAUSED)
    @rule(number=numbers, spool=numbers, progress=st.integers(0, 100))
    def change_spool(self, number: int, spool: int, progress: int) -> None:
        with self.step() as session:
            run = self.pick(session, Run, number, R.RUNNING, R.PAUSED)
            run.progress = float(progress)
            if run.machine is not None:
                spools.change(session, self.hands(session), run.machine, self.pick(session, Stock, spool))

    @rule(number=numbers, reason=st.sampled_from(["", "belt"]))
    def take_out_of_service_or_back(self, number: int, reason: str) -> None:
        with self.step() as session:
            machine = self.pick(session, Machine, number)
            floor.maintenance(session, self.hands(session), machine, machine.maintenance_at is None, reason)
