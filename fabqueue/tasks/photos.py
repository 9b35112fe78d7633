"""Photos that a page or the API was sent: made small and clean by the sandbox while whoever brought them waits.

The file as it came is never kept. Few are worked on at a time, and some of a web process's threads stay free.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from fabqueue.analysis import photo
from fabqueue.analysis.findings import AnalysisError
from fabqueue.dispatch.context import Context
from fabqueue.services.errors import Refused
from fabqueue.services.photos import Pictures
from fabqueue.tasks.estimates import limits, seats_of

AT_ONCE = 2
PATIENCE_SECONDS = 20.0
"""How long a photo waits for its turn."""
_CHUNK = 1 << 20


def take(context: Context, stream: BinaryIO) -> Pictures:
    """The two pictures of a photo, kept in the storage. No transaction may be open. Raises Refused."""
    with _turn(seats_of(context.config.server.threads)), context.storage.scratch() as folder:
        original = folder / "original"
        _write(stream, original, context.config.uploads.photo_mb * 1_000_000)
        try:
            made = photo.shrink(
                original, folder, replace(limits(context), output_bytes=original.stat().st_size + _ROOM)
            )
        except AnalysisError as error:
            raise Refused(error.code, error.values, "photo") from None
        large, small = context.storage.keep_file(made.large), context.storage.keep_file(made.small)
        return Pictures(large, small, made.width, made.height)


_ROOM = 64 * 1024**2
"""For the pictures, beside the original in the same folder."""


def _write(stream: BinaryIO, place: Path, largest: int) -> None:
    size = 0
    with place.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > largest:
                raise Refused("photo_too_large", {"most_bytes": largest}, "photo")
            file.write(chunk)


@contextmanager
def _turn(seats: int) -> Iterator[None]:
    """A seat among those who wait, then one of the places. Raises Refused."""
    waiting, working = _room(seats)
    if not waiting.acquire(blocking=False):
        raise Refused("photo_busy")
    try:
        if not working.acquire(timeout=PATIENCE_SECONDS):
            raise Refused("photo_busy")
        try:
            yield
        finally:
            working.release()
    finally:
        waiting.release()


@cache
def _room(seats: int) -> tuple[BoundedSemaphore, BoundedSemaphore]:
    return BoundedSemaphore(seats), BoundedSemaphore(AT_ONCE)
