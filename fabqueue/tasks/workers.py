"""The worker processes: forking ones for hostile and heavy work, a simple one that keeps its machines' connections."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, Worker
from rq.worker.base import BaseWorker

from fabqueue.dispatch.context import Context
from fabqueue.tasks import work
from fabqueue.tasks.heartbeat import Heart
from fabqueue.tasks.queue import ANALYSIS, MACHINES, SLICING, WORKERS, SafeJob, connect, queue

WORKER_TTL = 25
"""An idle worker looks up every WORKER_TTL - 15 seconds."""
MAINTENANCE_SECONDS = 30
SLICING_NICENESS = 10
"""Machines, pages and reports go before slicing where processors are few."""
LONGEST_REST = 5.0
_log = structlog.get_logger(__name__)


class _Beating(BaseWorker):
    """Writes a heartbeat whenever RQ has one, and comes back quickly after the queue was away."""

    heart: Heart
    context: Context
    max_connection_wait_time = LONGEST_REST
    log_result_lifespan = False

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        self._beat()
        super().heartbeat(timeout, pipeline)

    def _beat(self) -> None:
        self.heart.beat()

    def subscribe(self) -> None:
        """No commands by way of the queue: whoever may write there shall not stop or kill anything."""

    @property
    def stop_was_asked(self) -> bool:
        """Whether a signal told this process to end."""
        return self._shutdown_requested_date is not None


class ForkingWorker(_Beating, Worker):
    """Forks for each task. No connection to the database is open at a fork: a child must not share one."""

    def _beat(self) -> None:
        super()._beat()
        self.context.db.close()


class MachineWorker(_Beating, SimpleWorker):
    """Does its tasks itself: they are short, and connections to machines stay open."""


def run_analysis_worker(context: Context) -> None:
    """Analyse designs until told to stop (SIGTERM, SIGINT)."""
    from fabqueue.analysis import sandbox

    sandbox.preload()
    _run(context, ForkingWorker, ANALYSIS)


def run_slicing_worker(context: Context) -> None:
    """Slice, send mail and tidy until told to stop (SIGTERM, SIGINT)."""
    os.nice(SLICING_NICENESS)
    for name in ("slice", "mail", "tidy"):  # imported once, before the forks
        work.find(name)
    _run(context, ForkingWorker, SLICING)


def run_machine_worker(context: Context) -> None:
    """Drive machines until told to stop (SIGTERM, SIGINT)."""
    from fabqueue.tasks.machines import DRIVERS

    try:
        _run(context, MachineWorker, MACHINES)
    finally:
        DRIVERS.close()


RUN: dict[str, Callable[[Context], None]] = {
    ANALYSIS: run_analysis_worker,
    SLICING: run_slicing_worker,
    MACHINES: run_machine_worker,
}
"""What each kind of worker does."""


def _run(context: Context, kind: type[_Beating], name: str) -> None:
    """Work; begin anew whenever the queue was away, until somebody says stop."""
    work.use(context)
    heart, rest = Heart(context.db, name), 0.2
    while True:
        worker = None
        try:
            worker = _make(context, kind, name, heart)
            rest = 0.2
            worker.work(logging_level="WARNING")
        except (RedisError, OSError) as error:
            _log.warning("queue_away", worker=name, error=str(error))
        if worker is not None and worker.stop_was_asked:
            return
        _listen_again()
        heart.beat()
        context.db.close()
        time.sleep(rest)
        rest = min(LONGEST_REST, rest * 2)


def _make(context: Context, kind: type[_Beating], name: str, heart: Heart) -> _Beating:
    """A worker of that name for its queues. Raises RedisError while their server is away."""
    connection = connect(context.settings.redis_url)
    queues = [queue(each, connection) for each in WORKERS[name]]
    worker = kind(
        queues, connection=connection, job_class=SafeJob, serializer=JSONSerializer,
        worker_ttl=WORKER_TTL, maintenance_interval=MAINTENANCE_SECONDS, job_monitoring_interval=5,
        log_job_description=False,
    )  # fmt: skip
    worker.heart, worker.context = heart, context
    return worker


def _listen_again() -> None:
    """A worker that is over must not answer signals any more."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
