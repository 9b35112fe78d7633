"""How far a run is: what is left of it on its machine, as far as anybody can know."""

from fabqueue.models import Connection, Machine, Run, RunState


def seconds_left(run: Run) -> float | None:
    """By the machine's own figure, else by prediction and progress; None in doubt, and while its machine is silent."""
    if not is_known(run):
        return None
    if run.seconds_left is not None:
        return run.seconds_left
    return None if run.predicted_seconds is None else run.predicted_seconds * (1 - run.progress / 100)


def is_known(run: Run) -> bool:
    """Whether the machine still says how far it is, of something that is meant to be finished."""
    ends_otherwise = run.state in {RunState.IN_DOUBT, RunState.CANCELLING}
    return not ends_otherwise and (run.machine is None or not is_silent(run.machine))


def is_silent(machine: Machine) -> bool:
    return machine.connection is Connection.OFFLINE and not machine.is_manual
