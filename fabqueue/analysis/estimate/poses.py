"""Turning a part before it is measured."""

from collections.abc import Sequence

import numpy as np

from fabqueue.analysis.estimate.sections import Floats
from fabqueue.analysis.findings import AnalysisError


def posed(triangles: Floats, quaternion: Sequence[float] | None) -> Floats:
    """`triangles` (n, 3, 3) turned by the rotation `quaternion` (w, x, y, z) of any length; None leaves them.

    Raises AnalysisError `estimate_pose_unusable` for one that is no rotation.
    """
    if quaternion is None:
        return triangles
    found = np.asarray(quaternion, dtype=np.float64)
    length = float(np.linalg.norm(found)) if found.shape == (4,) else 0.0
    if not (np.isfinite(length) and length > 1e-9):
        raise AnalysisError("estimate_pose_unusable")
    w, x, y, z = found / length
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    turned: Floats = triangles @ turn.T
    return turned
