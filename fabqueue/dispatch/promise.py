"""Done by Thursday? The answer for what nobody approved yet, as if it were approved now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from fabqueue.db import now
from fabqueue.dispatch.forecast import Span
from fabqueue.dispatch.lines import Asked, Finish
from fabqueue.dispatch.match import Reason, Wish
from fabqueue.dispatch.waiting import Outlook
from fabqueue.services.ordering import Place, end_of

KEY = "asked"


@dataclass(frozen=True, slots=True)
class Promise:
    """code: promise_likely, promise_perhaps, promise_hardly, promise_unknown. why: of the last two."""

    code: str
    finish: Finish | None = None
    why: Reason | None = None

    @property
    def values(self) -> dict[str, str]:
        """Of the sentence of its code."""
        if self.finish is None:
            return {}
        return {"expected_at": self.finish.expected.isoformat(), "latest_at": self.finish.high.isoformat()}


def by(
    outlook: Outlook, wish: Wish, span: Span | None, owner_id: str, day: date, shares: Sequence[float] = (1.0,)
) -> Promise:
    """Whether it would be done by the end of a day at the lab.

    shares: the part of it that each of its runs makes, the largest first.
    """
    due = end_of(day, outlook.site.time_zone)
    place = Place(KEY, owner_id, 0, now(), now(), None, 1, due)
    asked = [_share(place, wish, span, each, number) for number, each in enumerate(shares)]
    found = outlook.asked(wish.model_id, asked)
    if found is None:
        return Promise("promise_unknown", why=_unknown(outlook, asked[0]))
    if found.high <= due:
        return Promise("promise_likely", found)
    if found.expected <= due:
        return Promise("promise_perhaps", found)
    return Promise("promise_hardly", found, _late(outlook, asked, found, due))


def _share(place: Place, wish: Wish, span: Span | None, share: float, number: int) -> Asked:
    """One run of several."""
    part = Span(span.low * share, span.expected * share, span.high * share) if span else None
    needs = replace(
        wish, milligrams=_of(wish.milligrams, share), mm2=_of(wish.mm2, share),
        seconds=wish.seconds * share if wish.seconds is not None else None,
    )  # fmt: skip
    its = place._replace(run_id=f"{place.run_id}-{number}", seconds=round(part.expected) if part else 1)
    return Asked(its, needs, part)


def _of(whole: int | None, share: float) -> int | None:
    return None if whole is None else round(whole * share)


def _unknown(outlook: Outlook, asked: Asked) -> Reason:
    """Why nobody knows when the largest of its runs is finished: what keeps it, else what is before it."""
    if (halted := outlook.halted()) is not None:
        return halted
    if outlook.site.is_held:
        return Reason("wait_lab_held", {"reason": outlook.site.held_reason})
    if asked.span is None:
        return Reason("promise_no_length")
    return outlook.refused(asked.wish.model_id, asked.wish) or Reason("promise_no_end")


def _late(outlook: Outlook, asked: list[Asked], found: Finish, due: datetime) -> Reason:
    """What keeps it: itself, the hours of the lab, what the machines are at, or what is before it."""
    first, model_id = asked[0], asked[0].wish.model_id
    alone = outlook.asked(model_id, asked, alone=True)
    if alone is not None and alone.expected > due:
        if found.opens_at is not None:
            return Reason("promise_closed", {"opens_at": found.opens_at.isoformat()})
        if alone.by_person and alone.low <= due:  # it would be done, were it started at once
            return Reason("promise_by_person")
        takes = first.span.expected if first.span else 0
        if now().timestamp() + takes > due.timestamp() or not outlook.is_busy(model_id, first.wish):
            return Reason("promise_long", {"takes_seconds": takes})
        return Reason("promise_at_work")
    waiting = len(outlook.line(model_id).ranked)
    return Reason("promise_behind", {"ahead": waiting}) if waiting else Reason("promise_at_work")
