"""What the forecast knows of plates where the lab has small jobs laid together by themselves: who will share a bed.

A run that may share a bed does not come to its machine as it stands in the queue: it goes with those that it shares the
bed with, and with newcomers as long as there is room. So at its latest it is made on a full bed of its like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.dispatch.forecast import HIGH, Made, Span, Task
from fabqueue.models import MachineModel
from fabqueue.services import gathering
from fabqueue.services.sharing import Offer


@dataclass(frozen=True)
class Foresight:
    """What will come to machines. tasks: one for each bed in place of those that will share it, by its first run.

    beds: the runs on each, by the first. alone: seconds of a full bed by the runs that a machine takes at once, unless
    they are laid together sooner.
    """

    tasks: Sequence[Task]
    beds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: Mapping[str, float] = field(default_factory=dict)

    def told(self, made: Mapping[str, Made]) -> dict[str, Made]:
        """What holds for a bed holds for each that lies on it."""
        found = dict(made) | {key: made[first] for first, keys in self.beds.items() if first in made for key in keys}
        return found | {key: _latest(made[key], seconds) for key, seconds in self.alone.items() if key in made}


def _latest(made: Made, seconds: float) -> Made:
    latest = max(made.finish.high, made.start + seconds * HIGH)
    return replace(made, finish=replace(made.finish, high=latest))


Beds = Sequence[tuple[Offer, int]]
"""What will lie together, each bed with the seconds that it takes full."""


def beds(session: Session, config: Config, model_id: str) -> Beds:
    """What is known of them; none where laying together is not the rule."""
    if not gathering.by_rule(config):
        return ()
    return gathering.foreseen(session, config, session.get_one(MachineModel, model_id))


def foreseen(known_beds: Beds, tasks: Sequence[Task], idle: int) -> Foresight:
    """What will come to machines. Pure. idle: how many machines take a run at this moment."""
    known, first = {each.key: each for each in tasks}, {each.key for each in tasks[:idle]}
    beds: dict[str, list[Task]] = {}
    alone: dict[str, float] = {}
    for offer, seconds in known_beds:
        mine = [known[run.id] for run in offer.runs if run.id in known]
        together = [each for each in mine if each.key not in first]
        alone |= {each.key: seconds for each in mine if each.key in first and len(mine) > 1}
        if together:
            beds[together[0].key] = [_bed(together, seconds), *together[1:]]
    later = {each.key for found in beds.values() for each in found[1:]}
    left = [beds[each.key][0] if each.key in beds else each for each in tasks if each.key not in later]
    return Foresight(left, {key: [each.key for each in found] for key, found in beds.items()}, alone)


def _bed(tasks: Sequence[Task], full_seconds: float) -> Task:
    """One task for all of them: alone at its quickest, all of them as expected, a full bed at its longest.

    It needs the material of all, as far as that is known.
    """
    spans = [each.span for each in tasks if each.span is not None]
    expected = sum(each.expected for each in spans)
    longest = max(sum(each.high for each in spans), full_seconds * HIGH)
    span = Span(min(each.low for each in spans), expected, longest) if spans else None
    milligrams = sum(each.wish.milligrams or 0 for each in tasks) or None
    return replace(tasks[0], span=span, wish=replace(tasks[0].wish, seconds=expected, milligrams=milligrams))
