"""Estimates that a page or the API needs now: made by the sandbox when the settings were never asked for before.

Whoever asks waits in a thread of the web server. Few threads work at the same time, a few more wait for their turn, and
always some are left for everybody else: when all of those seats are taken, the question is refused at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from fabqueue.analysis import sandbox
from fabqueue.analysis.child import Limits
from fabqueue.analysis.sandbox import EstimateRequest
from fabqueue.config import Config
from fabqueue.dispatch.context import Context
from fabqueue.models import Revision
from fabqueue.services import estimates, readings
from fabqueue.services.errors import Refused

PATIENCE_SECONDS = 10.0
"""How long a question waits for its turn."""


def ensure(
    context: Context, revision_id: str, chosen: Mapping[str, Any], model_slug: str = "", material_slug: str = "",
    count: Callable[[], None] | None = None, quantity: int = 1,
) -> None:  # fmt: skip
    """Make and keep whatever a quote for `chosen` settings still lacks; returns at once when nothing does.

    For every machine model and material, unless they are named; for drawings of `quantity` copies together. Takes a
    second or two otherwise, after `count`, which may raise; no transaction is open meanwhile. Raises Refused while the
    revision has no report or too much is being estimated, AnalysisError when the sandbox cannot do it.
    """
    wish = (chosen, model_slug, material_slug, quantity)
    if not _missing(context, revision_id, *wish):
        return
    if count is not None:
        count()
    with turn(context.config):
        if requests := _missing(context, revision_id, *wish):  # somebody may have asked the same meanwhile
            _make(context, revision_id, requests)


def _missing(
    context: Context, revision_id: str, chosen: Mapping[str, Any], model_slug: str, material_slug: str, quantity: int
) -> list[EstimateRequest]:
    with context.db.reading() as session:
        revision = session.get(Revision, revision_id)
        if revision is None or revision.report is None:
            raise Refused("revision_not_ready", {"state": revision.state if revision else "gone"})
        kind = revision.report.data["kind"]
        if kind != "drawing" and not revision.report.data.get("estimable", kind == "mesh"):
            return []
        drawing = revision if kind == "drawing" else None
        wanted = estimates.wanted(session, context.config, chosen, model_slug, material_slug, drawing, quantity)
        return estimates.missing(session, revision.report, wanted)


def _make(context: Context, revision_id: str, requests: list[EstimateRequest]) -> None:
    with context.db.reading() as session:
        revision = session.get(Revision, revision_id)
        if revision is None:  # it was deleted meanwhile
            return
        path, filename, units = context.storage.path(revision.sha256), revision.filename, revision.units
        reading = readings.asked(context.config, revision)
    made = sandbox.run(path, filename, units or None, None, requests, reading=reading, limits=limits(context))
    with context.db.writing() as session:
        found = session.get(Revision, revision_id)
        if found is not None and found.report is not None:
            estimates.keep(session, found.report, made.estimates)
            session.commit()


@contextmanager
def turn(config: Config) -> Iterator[None]:
    """A seat among those who wait, then one of the places where estimates are made. Raises Refused."""
    seats, places = _room(seats_of(config.server.threads), config.analysis.estimates_at_once)
    with _held(seats, 0.0), _held(places, PATIENCE_SECONDS):
        yield


def seats_of(threads: int) -> int:
    """How many of a web process's threads may be busy with estimates: a quarter, and at least two, are not."""
    return max(1, threads - max(2, threads // 4))


@cache
def _room(seats: int, places: int) -> tuple[BoundedSemaphore, BoundedSemaphore]:
    return BoundedSemaphore(seats), BoundedSemaphore(places)


@contextmanager
def _held(free: BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not free.acquire(timeout=seconds):
        raise Refused("estimate_busy")
    try:
        yield
    finally:
        free.release()


def limits(context: Context) -> Limits:
    """The configured limits of one analysis."""
    chosen = context.config.analysis
    return Limits(
        memory_bytes=chosen.memory_mb * 1_000_000, cpu_seconds=chosen.cpu_seconds, wall_seconds=chosen.wall_seconds
    )
