"""Waking workers. The queue carries nothing but the name of a task and an id, and may lose both at any moment.

Nothing in it is trusted either: whoever can write to the queue can make workers do no more than the tasks below.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer

ENTRY = "fabqueue.tasks.work.perform"
ANALYSIS, MACHINES, MAIL, SLICING = "analysis", "machines", "mail", "slicing"
WORKERS: dict[str, tuple[str, ...]] = {ANALYSIS: (ANALYSIS,), SLICING: (MAIL, SLICING), MACHINES: (MACHINES,)}
"""Every kind of worker with its queues, the urgent one first. Somebody waits for the report of an analysis: nothing
else is done by that worker. Slicing may take minutes, and mail as long as its server likes."""
PATIENCE_SECONDS = 0.5
"""How long a page waits for a queue that does not answer."""
REST_SECONDS = 2.0
"""How long a queue that did not answer is left alone."""
_LOG_SECONDS = 60.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a task is done, and how long it may take at most, in seconds."""

    queue: str
    seconds: int
    first: bool = False
    """Whether it goes before everything that waits: somebody stands at the machine."""


ROUTES: dict[str, Route] = {
    "analyse": Route(ANALYSIS, 600),
    "slice": Route(SLICING, 3600),
    "mail": Route(MAIL, 120),
    "password_mail": Route(MAIL, 60),
    "tidy": Route(SLICING, 600),
    "read_import": Route(MAIL, 240),
    "make_import": Route(SLICING, 2400),
    "dispatch": Route(MACHINES, 300),
    "advance": Route(MACHINES, 300, first=True),
    "search": Route(MACHINES, 60),
    "approach": Route(MACHINES, 60),
}
"""Every task by name."""


class Refused(Exception):
    """The queue held something that is no wake-up call of ours."""


class SafeJob(Job):
    """A wake-up call: only our entry with two texts is ever called, and nothing else that a queue may name.

    RQ itself imports and calls any dotted name that it finds, callbacks included, and posts to any address.
    """

    def perform(self) -> Any:
        if self.func_name != ENTRY or self.kwargs or not _is_wake(self.args) or self._instance is not None:
            _refuse(self.func_name)
        return super().perform()

    def send_webhooks(self, status: Any, *, exc_string: str | None = None) -> None:
        """We have none, and those of others are not sent."""

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


def _is_wake(arguments: Any) -> bool:
    return len(arguments) == 2 and all(isinstance(each, str) for each in arguments) and arguments[0] in ROUTES


def _refuse(name: Any) -> NoReturn:
    raise Refused(f"not a task of ours: {name!r}")


def connect(url: str, seconds: float | None = None) -> Redis:
    """A connection to the queue's server; with `seconds`, nothing waits longer, and nothing is tried twice."""
    if seconds is None:
        return Redis.from_url(url)
    return Redis.from_url(
        url, socket_connect_timeout=seconds, socket_timeout=seconds, retry=Retry(NoBackoff(), 0), retry_on_error=[]
    )


def queue(name: str, connection: Redis) -> Queue:
    return Queue(name, connection=connection, job_class=SafeJob, serializer=JSONSerializer)


class Waker:
    """Wakes workers after a commit. Never raises and never holds anybody up: a lost call is found by the ticker."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, PATIENCE_SECONDS)
        self._rest_until = 0.0
        self._log_after = 0.0

    def __call__(self, task: str, key: str = "") -> None:
        """As `db.Waker`."""
        self.wake(task, key)

    def wake(self, task: str, key: str = "", every: float = 1.0, lasts: float = 30.0) -> bool:
        """Wake a worker for a task, at most once in `every` seconds; the call is void after `lasts` seconds.

        Returns whether the queue took it.
        """
        return self._took(lambda: self._enqueue(task, key, every, lasts))

    def is_there(self) -> bool:
        """Whether the queue answers."""
        return self._took(self._connection.ping)

    def _took(self, call: Callable[[], object]) -> bool:
        """Whether the queue answered a call. One that did not is left alone for a while."""
        if time.monotonic() < self._rest_until:
            return False
        try:
            call()
        except DuplicateJobError:
            return True
        except (RedisError, OSError) as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            self._complain(error)
            return False
        return True

    def _enqueue(self, task: str, key: str, every: float, lasts: float) -> None:
        route = ROUTES[task]
        name = f"{task}-{key or 'all'}-{int(time.time() // every)}"
        queue(route.queue, self._connection).enqueue(
            ENTRY, args=(task, key), job_id=name, unique=True, ttl=round(lasts), job_timeout=route.seconds,
            result_ttl=0, failure_ttl=60, description=name, at_front=route.first,
        )  # fmt: skip

    def _complain(self, error: Exception) -> None:
        if time.monotonic() >= self._log_after:
            self._log_after = time.monotonic() + _LOG_SECONDS
            _log.warning("queue_away", error=str(error))

    def close(self) -> None:
        self._connection.close()
