"""Commands that a machine does not confirm: people are told once, and dispatch goes on trying."""

from fabqueue.dispatch.act import Hand
from fabqueue.services import lasers, runs


def tell_overdue(hand: Hand) -> None:
    """Say on the desk and in the events that the machine does not show what it was told. Raises LeaseLost."""
    command = hand.run.overdue
    if command:
        hand.commit(lambda session, actor, run: runs.unanswered(session, actor, run, command))


def tell_alone(hand: Hand) -> None:
    """Tell technicians, once, that nobody at a laser answers whether they are there. Raises LeaseLost."""
    if hand.run.is_alone:
        hand.commit(lasers.absent)
