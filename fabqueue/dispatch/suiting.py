"""Which of the runs that wait suit a machine. They are asked for by columns, no further down a queue than is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from fabqueue.config import Config
from fabqueue.dispatch import match, seeing
from fabqueue.dispatch.match import Bench, Room, Wish
from fabqueue.models import Run, RunItem, RunState, Site
from fabqueue.services import arming, ordering

FIRST = 16
"""How many runs are looked at first; then four times as many, as most machines find what suits them at the front."""
_LEAN = (lazyload("*"), selectinload(Run.items).options(lazyload("*"), joinedload(RunItem.job).lazyload("*")))
"""A run with its jobs, without all that pages show of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A waiting run that matches, and what it needs."""

    run_id: str
    wish: Wish


class Suiting:
    """The search for one machine, as `bench` shows it."""

    def __init__(self, session: Session, config: Config, site: Site, bench: Bench) -> None:
        self._session, self._config, self._site, self._bench = session, config, site, bench

    def anything(self) -> bool:
        """Whether anything suits it, wherever it stands."""
        waiting = select(Run.id).where(*self._narrow, ordering.wanted()).order_by(Run.id)
        last, most = "", FIRST
        while some := self._session.scalars(waiting.where(Run.id > last).limit(most)).all():
            if next(self._matching(some), None) is not None:
                return True
            last, most = some[-1], most * 4
        return False

    def in_order(self) -> Iterator[Found]:
        """All that suits it, first come first."""
        model, state = self._bench.model_id, RunState.WAITING
        places = ordering.places(self._session, self._config, self._site.id, model, state)
        yield from self._matching([each.run_id for each in places])

    def locked(self) -> Iterator[tuple[Run, Wish]]:
        """The same, each locked and looked at once more; what another process has locked is passed over."""
        for each in self.in_order():
            row = select(Run).where(Run.id == each.run_id, Run.state == RunState.WAITING).options(*_LEAN)
            locking = row.with_for_update(skip_locked=True, of=Run).execution_options(populate_existing=True)
            if (run := self._session.scalar(locking)) is not None:
                yield from ((run, same.wish) for same in self._matching([run.id]))

    @cached_property
    def _narrow(self) -> list[ColumnElement[bool]]:
        """SQL: what every run that matches is, and tells at little cost."""
        model, state = self._bench.model_id, RunState.WAITING
        found = [Run.site_id == self._site.id, Run.machine_model_id == model, Run.state == state]
        if match.stages(self._bench):
            found.append(arming.not_sent_back(self._bench.name))
        materials = match.materials(self._bench)
        return found if materials is None else [*found, Run.material_id.in_(materials)]

    @cached_property
    def _room(self) -> Room:
        return seeing.room(self._session, self._config, self._site)

    def _matching(self, run_ids: Sequence[str]) -> Iterator[Found]:
        """Those of the runs that match, in the order in which they are given."""
        for some in _portions(run_ids):
            known = seeing.wishes(self._session, self._config, Run.id.in_(some), *self._narrow)
            for each in some:
                if each in known and match.refusal(known[each], self._bench, self._room) is None:
                    yield Found(each, known[each])


def _portions(run_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    begin, size = 0, FIRST
    while begin < len(run_ids):
        yield run_ids[begin : begin + size]
        begin, size = begin + size, size * 4
