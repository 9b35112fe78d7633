"""Ray casting by embree where its package is installed (x86-64); everybody who uses it can do without."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Rays:
    """Triangles (n, 3, 3) that rays can be cast at, their middle near the origin: embree counts in single precision."""

    def __init__(self, scene: Any, mesh: Any) -> None:
        self._scene, self._mesh = scene, mesh  # the scene does not keep its mesh alive

    def first(
        self, start: NDArray[np.float64], direction: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """For rays (m, 3): the triangle first hit or -1, and its distance (inf where none)."""
        found = self._run(start, direction, "INTERSECT", output=1)
        seen = found["primID"].astype(np.int64)
        return seen, np.where(seen >= 0, found["tfar"], np.inf).astype(np.float64)

    def blocked(self, start: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether rays (m, 3) hit anything."""
        return np.asarray(self._run(start, direction, "OCCLUDED") >= 0, np.bool_)

    def _run(self, start: NDArray[np.float64], direction: NDArray[np.float64], query: str, **options: Any) -> Any:
        origins = np.ascontiguousarray(start.reshape(-1, 3), np.float32)
        directions = np.array(np.broadcast_to(direction, origins.shape), np.float32)
        return self._scene.run(origins, directions, query=query, **options)


def rays(triangles: NDArray[np.float64]) -> Rays | None:
    """Rays for `triangles`, or None where embree is not installed."""
    try:
        from embreex import rtcore_scene
        from embreex.mesh_construction import TriangleMesh
    except ImportError:
        return None
    scene: Any = rtcore_scene.EmbreeScene()
    return Rays(scene, TriangleMesh(scene, np.ascontiguousarray(triangles, np.float32)))
