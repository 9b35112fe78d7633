"""Commands that a machine does not confirm: people are told once, and dispatch goes on trying."""

from fabqueue.dispatch.case import Case
from fabqueue.dispatch.hand import Hand
from fabqueue.dispatch.lease import Lease
from fabqueue.services import emergencies, lasers, runs


def tell_overdue(hand: Hand) -> None:
    """Tell technicians, once, that the machine does not show what it was told. Raises LeaseLost."""
    command = hand.run.overdue
    if command:
        hand.commit(lambda session, actor, run: runs.unanswered(session, actor, run, command))


def tell_alone(hand: Hand) -> None:
    """Tell technicians, once, that nobody at a laser answers whether they are there. Raises LeaseLost."""
    if hand.run.is_alone:
        hand.commit(lasers.absent)


def tell_unstopped(lease: Lease, case: Case) -> None:
    """Tell technicians, once, that a machine does not show that it was stopped in an emergency. Raises LeaseLost."""
    if case.emergency is not None and case.emergency.overdue:
        with lease.writing(case.machine_id) as (session, machine):
            emergencies.unconfirmed(session, machine)
