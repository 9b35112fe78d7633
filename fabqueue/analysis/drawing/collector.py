"""Python's collector of cycles, paused where it would search in vain."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """While a tree of many nodes grows: all of it is needed, and it would be searched again and again for what is not.

    Takes a quarter off reading a large drawing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
