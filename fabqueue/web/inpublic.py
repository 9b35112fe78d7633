"""What anybody may know of the machines: names and states, and of what they make only what is public anyway."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from fabqueue.models import Machine, Project, Revision
from fabqueue.web import board
from fabqueue.web.board import Card

_AT_WORK = {"running", "paused", "starting", "cancelling"}


@dataclass(frozen=True)
class PublicMachine:
    """A machine as a visitor sees it. `revision` and figures are there only where what it makes is public."""

    name: str
    kind: str
    state: str
    revision: Revision | None = None
    progress: float | None = None
    seconds_left: int | None = None

    @property
    def project(self) -> Project | None:
        return self.revision.design.project if self.revision else None


def machines(session: Session) -> list[PublicMachine]:
    """Every machine in service, in walking order."""
    return [_shown(each.machine, each) for each in board.cards(session)]


def _shown(machine: Machine, card: Card) -> PublicMachine:
    """Why a machine rests, who works at it and what staff wrote about it stays in the workshop."""
    name, kind, state = machine.name, str(machine.kind), str(card.state)
    run = card.shown
    revision = next((each.job.revision for each in run.items if _is_public(each.job.revision)), None) if run else None
    if revision is None or run is None:
        return PublicMachine(name, kind, state)
    if card.run is None or state not in _AT_WORK or machine.is_manual:
        return PublicMachine(name, kind, state, revision)
    return PublicMachine(name, kind, state, revision, run.progress, card.left)


def _is_public(revision: Revision) -> bool:
    return revision.design.deleted_at is None and revision.design.project.is_public
