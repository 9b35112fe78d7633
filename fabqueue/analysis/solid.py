"""What a soup of triangles is as a solid: sizes, volume, shells, and the findings that follow from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import gates, stance, topology, units, walls
from fabqueue.analysis.findings import Finding, Severity
from fabqueue.analysis.mesh import Mesh
from fabqueue.analysis.surface import Surface
from fabqueue.analysis.topology import Topology

_THINNEST_SHARE = 2e-4
"""A mean thickness below this share of the largest extent is a sheet or a tangle (a 0.4 mm wall 200 mm wide: 2e-3)."""

_SHEET_SHARE = 0.6
"""An open surface that mostly faces one way is a sheet: 1 for a plane, 0.5 a hemisphere, 0.2 a box without lid."""

INSIDE_OUT = Finding("mesh_inside_out", Severity.WARNING)
"""Said of a part that `turned_out` had to turn."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solid:
    """A part measured. Lengths in mm; low and high are the corners of its box; volume is signed, negative inside out.

    vectors (n, 3) are the area vectors of the triangles, shells their signed volumes per body.
    """

    triangles: Floats
    low: Floats
    high: Floats
    area: float
    volume: float
    vectors: Floats
    topology: Topology
    shells: Floats

    @property
    def extents(self) -> Floats:
        return self.high - self.low

    @property
    def solid(self) -> bool:
        """Whether it encloses a volume that could be filled with material."""
        largest = float(self.extents.max())
        if self.area <= 0 or 2 * abs(self.volume) < _THINNEST_SHARE * largest * self.area:
            return False
        sheet = float(np.linalg.norm(self.vectors.sum(axis=0))) > _SHEET_SHARE * self.area
        return not (sheet and self.topology.open_edges)

    @property
    def surface(self) -> Surface:
        """The same triangles with shared corners, those without area left out."""
        numbers = self.topology.corners
        corners = np.empty((int(numbers.max()) + 1, 3))
        corners[numbers.ravel()] = self.triangles.reshape(-1, 3)
        return Surface(corners, numbers[self.topology.kept])

    @property
    def cavities(self) -> int:
        """Shells that are turned against the whole: hollows inside it."""
        return int((self.shells * np.sign(self.volume) < 0).sum())


def measure(triangles: Floats) -> Solid:
    """Measure `triangles` (n, 3, 3) in mm, n >= 1."""
    corners = triangles.reshape(-1, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    hang = topology.study(triangles)
    first, second, third = (triangles - _origin(triangles, hang, (low + high) / 2)).transpose(1, 0, 2)
    vectors = np.cross(second - first, third - first) / 2
    volumes = np.einsum("ij,ij->i", first, vectors) / 3
    shells = np.bincount(hang.shells, volumes[hang.kept], minlength=hang.bodies).astype(np.float64)
    area = float(np.linalg.norm(vectors, axis=1).sum())
    return Solid(triangles, low, high, area, float(volumes.sum()), vectors, hang, shells)


def _origin(triangles: Floats, hang: Topology, centre: Floats) -> Floats:
    """Where volumes are measured from. It matters only for an open surface: a point in its opening closes it flat."""
    if not len(hang.rim):
        return centre
    rim = triangles[hang.kept].reshape(-1, 3)[hang.rim]
    return np.asarray(rim.mean(axis=0), np.float64)


def turned_out(solid: Solid) -> Solid:
    """The same part with its surface facing outwards."""
    if solid.volume >= 0:
        return solid
    return measure(solid.triangles[:, ::-1])


def report(mesh: Mesh, solid: Solid) -> dict[str, object]:
    """The figures of a mesh report; see `api.md`, "Report"."""
    hang = solid.topology
    return {
        "kind": "mesh",
        "units": mesh.units,
        "extents_mm": _rounded(solid.extents),
        "volume_mm3": round(abs(solid.volume), 3),
        "area_mm2": round(solid.area, 3),
        "watertight": hang.watertight,
        "bodies": hang.bodies,
        "triangles": len(mesh.triangles),
        "center_mm": _rounded((solid.low + solid.high) / 2),
        "bottom_mm": round(float(solid.low[2]), 6),
        "cavities": solid.cavities,
        "estimable": solid.solid,
    }


def _rounded(values: Floats) -> list[float]:
    return [round(float(each), 6) for each in values]


def findings(mesh: Mesh, solid: Solid) -> list[Finding]:
    """Everything worth saying about a part, `solid` facing outwards and `mesh` as it came."""
    unit = units.doubts(mesh, solid.extents)
    found = [*mesh.notes, *_size(solid), *unit]
    if not solid.solid:
        return [*found, Finding("mesh_no_volume", Severity.BLOCKER)]
    found += [*_surface(mesh, solid), *_pieces(solid), *stance.findings(solid.triangles, solid.vectors)]
    sure = solid.topology.watertight and all(each.severity is Severity.OK for each in unit)
    return [*found, *walls.findings(solid.triangles, solid.vectors)] if sure else found


def _size(solid: Solid) -> list[Finding]:
    width, depth, height = _rounded(solid.extents)
    values = {"width_mm": width, "depth_mm": depth, "height_mm": height}
    largest = max(values.values())
    if largest > gates.LARGEST_MM:
        return [Finding("mesh_too_large", Severity.BLOCKER, values)]
    if largest < gates.SMALLEST_MM:
        return [Finding("mesh_too_small", Severity.BLOCKER, values)]
    return []


def _surface(mesh: Mesh, solid: Solid) -> list[Finding]:
    hang = solid.topology
    lost = len(hang.kept) - int(hang.kept.sum())
    counted = [
        ("mesh_open_edges", hang.open_edges, Severity.WARNING),
        ("mesh_crowded_edges", hang.crowded_edges, Severity.WARNING),
        ("mesh_flipped_faces", hang.flipped_edges, Severity.WARNING),
        ("mesh_faces_without_area", lost, Severity.OK),
    ]
    found = [Finding(code, severity, {"count": count}) for code, count, severity in counted if count]
    if hang.watertight:
        found.append(Finding("mesh_closed", Severity.OK))
    return found


def _pieces(solid: Solid) -> list[Finding]:
    pieces = solid.topology.bodies - solid.cavities
    found = []
    if pieces > 1:
        found.append(Finding("mesh_several_pieces", Severity.WARNING, {"count": pieces}))
    if solid.cavities and solid.topology.watertight:
        found.append(Finding("mesh_cavities", Severity.OK, {"count": solid.cavities}))
    return found
