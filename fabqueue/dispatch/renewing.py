"""What must not run out while somebody works: a thread renews it meanwhile, and a process that dies does not."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

Made = TypeVar("Made")
_log = structlog.get_logger(__name__)


@contextmanager
def renewed(renew: Callable[[], None], seconds: float) -> Iterator[None]:
    """Call `renew` three times within the `seconds` that it lasts, for as long as this is entered."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(renew, seconds / 3, stop), name="renewing", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def waited(work: Sequence[Future[Made]], renew: Callable[[], None], seconds: float) -> list[Made]:
    """What came of the work of other threads; who waits for it calls `renew` as often, without a thread for that."""
    while wait(work, seconds / 3).not_done:
        _try(renew)
    return [each.result() for each in work]


def _keep(renew: Callable[[], None], every: float, stop: threading.Event) -> None:
    while not stop.wait(every):
        _try(renew)


def _try(renew: Callable[[], None]) -> None:
    try:
        renew()
    except SQLAlchemyError as error:  # tried again; whoever writes the outcome makes sure that it is still theirs
        _log.warning("not_renewed", error=str(error))
