"""Sleeping in processes whose clock the drill moves: libfaketime 0.9 fails Python's own way (clock_nanosleep, EINVAL).

Found by every Python that has this folder on its path; `select` measures by the same clock and is left alone.
"""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
