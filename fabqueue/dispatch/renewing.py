"""What must not run out while somebody works: a thread renews it meanwhile, and a process that dies does not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

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


def _keep(renew: Callable[[], None], every: float, stop: threading.Event) -> None:
    while not stop.wait(every):
        try:
            renew()
        except SQLAlchemyError as error:  # tried again; whoever writes the outcome makes sure that it is still theirs
            _log.warning("not_renewed", error=str(error))
