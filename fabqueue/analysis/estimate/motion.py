"""How long a machine needs for straight moves, with its acceleration and its allowed sudden change of speed.

The model of Marlin's planner that PrusaSlicer's own time estimate uses, for the mean of many moves.
Lengths in mm, speeds in mm/s, accelerations in mm/s², times in s. Everything works on arrays.
"""

import numpy as np

from fabqueue.analysis.estimate.sections import Floats


def move_seconds(length: Floats, speed: Floats, acceleration: float, jerk: float) -> Floats:
    """Time of a move of `length` at `speed` that begins and ends at the `jerk` speed (or slower, when `speed` is)."""
    speed = np.maximum(speed, 1e-9)
    ends = np.minimum(jerk, speed)
    cruising = length / speed + (speed - ends) ** 2 / (acceleration * speed)
    peak = np.sqrt(np.maximum(acceleration * length + ends * ends, 0))
    short = 2 * (peak - ends) / acceleration
    return np.where(length >= (speed**2 - ends**2) / acceleration, cruising, short)


def lost_seconds(length: Floats, speed: Floats, acceleration: float, jerk: float) -> Floats:
    """By how much longer than `length` / `speed` such a move takes."""
    return move_seconds(length, speed, acceleration, jerk) - length / speed


def corner_seconds(speed: Floats, acceleration: float, jerk: float) -> Floats:
    """Time lost by braking from `speed` to the `jerk` speed at a corner and speeding up again."""
    return np.maximum(speed - jerk, 0) ** 2 / (acceleration * speed)


def hop_seconds(height: float, speed: float, acceleration: float) -> float:
    """Time to lift the nozzle by `height` and to lower it again, both from and to a stand."""
    if height <= 0:
        return 0.0
    if height * acceleration < speed**2:
        return 4 * float(np.sqrt(height / acceleration))
    return 2 * (height / speed + speed / acceleration)
