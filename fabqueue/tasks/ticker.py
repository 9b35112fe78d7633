"""The ticker: finds everything that is due from the database alone and wakes workers for it.

While the queue is away it does the urgent part itself: machines in its own loop, designs and messages one after the
other in a slow lane beside it. It keeps nothing: two tickers do no harm, and a new one knows what the old one knew.
"""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from fabqueue.db import now
from fabqueue.dispatch import sweep
from fabqueue.dispatch.context import Context
from fabqueue.models import Heartbeat
from fabqueue.services import analyses, finding, gathering, notices, password_mails, preparation, slicings
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.imports import batches as imports
from fabqueue.tasks import work
from fabqueue.tasks.heartbeat import QUEUE, Heart
from fabqueue.tasks.queue import MACHINES, Waker

TIDY_SECONDS = 3600.0
LAY_SECONDS = 4.0
AGAIN_SECONDS = 20.0
"""How often a worker is woken for the same piece of work."""
SILENT_SECONDS = 40.0
"""Without a sign of life for so long, the machine worker is taken for gone, and machines are driven from here."""
MOST_WAKES = 20
"""Shards of machines that workers are woken for in one round."""
_log = structlog.get_logger(__name__)

Wake = tuple[str, str]
"""A task and the id it is about."""


def due(context: Context) -> list[Wake]:
    """Everything but machines that waits for a worker, whoever lost it."""
    with context.db.reading() as session:
        return [
            *(("analyse", each) for each in analyses.pending(session)),
            *(("slice", each) for each in slicings.pending(session)),
            *(("search", each) for each in finding.searches_due(session)),
            *(("approach", each) for each in finding.due(session)),
            *imports.pending(session),
            *(_mails(session) if context.config.mail.host else []),
        ]


def _mails(session: Session) -> list[Wake]:
    links = [("password_mail", each) for each in password_mails.due(session)]
    return [*links, *([("mail", "")] if notices.mails_due(session, limit=1) else [])]


def reconcile(context: Context) -> None:
    """Draw the consequences of slicings that ended without anybody drawing them."""
    with context.db.reading() as session:
        unanswered = slicings.unanswered(session)
    for slicing_id in unanswered:
        try:
            with context.db.writing() as session:
                preparation.slicing_ended(session, context.config, slicing_id)
                session.commit()
        except Exception as error:  # noqa: BLE001  one that breaks must keep no machine waiting; it is tried again
            _log.warning("not_reconciled", slicing=slicing_id, error=str(error))


def lay_together(context: Context) -> None:
    """Where the lab has it so, lay small jobs together. What somebody changes at the same moment waits for the next."""
    if not gathering.by_rule(context.config):
        return
    with context.db.reading() as session:
        if not gathering.models(session):
            return
    with context.db.writing() as session:
        try:
            gathering.gather(session, context.config)
            session.commit()
        except (Conflict, Refused) as change:
            _log.info("not_laid_together", error=str(change))


@dataclass
class Ticker:
    """One ticking process. `tick` is one round; `run` ticks until told to stop."""

    context: Context
    waker: Waker
    heart: Heart
    slow_lane: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "slow-lane"))
    slow: Future[None] | None = None
    tidied: float = 0.0
    laid: float = 0.0
    queue_heart: Heart = field(init=False)

    def __post_init__(self) -> None:
        self.queue_heart = Heart(self.context.db, QUEUE)

    def tick(self) -> None:
        """Wake workers for all that is due; do it here what the queue does not take."""
        self.heart.beat()
        if self.waker.is_there():
            self.queue_heart.beat()
        reconcile(self.context)
        if time.monotonic() > self.laid + LAY_SECONDS:
            self.laid = time.monotonic()
            lay_together(self.context)
        period = self.context.config.machines.poll_seconds
        shards = sweep.shards_due(self.context, MOST_WAKES)
        if shards and (not self._wake_sweeps(shards, period) or self._is_silent(MACHINES)):
            for _ in range(shards):
                work.find("dispatch")(self.context, "")
        self._wake_or_do([*due(self.context), *self._tidying()])

    def _wake_sweeps(self, shards: int, period: float) -> bool:
        """A worker for each shard that is due, so that hosts share the machines; whether the queue took them all."""
        keys = ("", *map(str, range(1, shards)))
        return sum(self.waker.wake("dispatch", key, every=period, lasts=max(5.0, 2 * period)) for key in keys) == shards

    def _wake_or_do(self, wakes: list[Wake]) -> None:
        left = [each for each in wakes if not self.waker.wake(*each, every=AGAIN_SECONDS, lasts=AGAIN_SECONDS)]
        if left and (self.slow is None or self.slow.done()):
            self.slow = self.slow_lane.submit(self._do, left[0])

    def _do(self, wake: Wake) -> None:
        """One piece in the slow lane; what goes wrong is logged by the task and found again."""
        name, key = wake
        try:
            work.find(name)(self.context, key)
        except Exception as error:  # noqa: BLE001  one bad piece must not end the lane; the task has logged it
            _log.warning("slow_lane", task=name, key=key, error=str(error))

    def _tidying(self) -> list[Wake]:
        if time.monotonic() < self.tidied + TIDY_SECONDS and self.tidied:
            return []
        self.tidied = time.monotonic()
        return [("tidy", "")]

    def _is_silent(self, name: str) -> bool:
        """Whether a worker that used to live has given no sign of life for long."""
        with self.context.db.reading() as session:
            beat = session.get(Heartbeat, name)
            return beat is not None and abs((now() - beat.at).total_seconds()) > SILENT_SECONDS

    def close(self) -> None:
        self.slow_lane.shutdown(wait=False, cancel_futures=True)


def run(context: Context) -> None:
    """Tick until SIGTERM or SIGINT."""
    stop = threading.Event()
    _stop_on_signals(stop.set)
    work.use(context)
    waker = Waker(context.settings.redis_url)
    ticker = Ticker(context, waker, Heart(context.db, "ticker"))
    try:
        while not stop.is_set():
            _tick(ticker)
            stop.wait(min(1.0, context.config.machines.poll_seconds / 2))
    finally:
        ticker.close()
        waker.close()


def _tick(ticker: Ticker) -> None:
    """A round that fails (the database is away, the disk is full) must not end the ticker."""
    try:
        ticker.tick()
    except SQLAlchemyError as error:
        _log.warning("tick_failed", error=str(error))
        time.sleep(1.0)
    except Exception:  # noqa: BLE001  logged whole; the next round finds everything again
        _log.exception("tick_failed")
        time.sleep(1.0)


def _stop_on_signals(stop: Callable[[], None]) -> None:
    def told(_number: int, _frame: FrameType | None) -> None:
        stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, told)
