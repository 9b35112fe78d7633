"""A part as binary glTF for the page's viewer: metres, Y up, plain arrays, flat faces, the colour of the picture."""

import io
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

Floats = NDArray[np.float64]

_MATERIAL = {"baseColorFactor": [226, 118, 47, 255], "metallicFactor": 0.0, "roughnessFactor": 0.75}


def write(triangles: Floats, path: Path) -> None:
    """Write `triangles` (n, 3, 3) in mm, Z up, standing on the ground in the middle of the scene."""
    corners, faces = indexed(triangles)
    low, high = corners.min(axis=0), corners.max(axis=0)
    corners = corners - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]
    upright = np.stack([corners[:, 0], corners[:, 2], -corners[:, 1]], axis=1) / 1000
    visual = TextureVisuals(material=PBRMaterial(**_MATERIAL, doubleSided=True))
    mesh = trimesh.Trimesh(upright, faces, process=False, visual=visual)
    data = trimesh.Scene({"part": mesh}).export(file_type="glb", include_normals=False)
    path.write_bytes(io.BytesIO(data).getvalue())


def indexed(triangles: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Corners (m, 3), equal ones once, and faces (n, 3) without those that have two corners alike."""
    corners = np.ascontiguousarray(triangles.reshape(-1, 3) + 0.0)
    whole = corners.view([("x", "f8"), ("y", "f8"), ("z", "f8")]).ravel()
    _, first, numbers = np.unique(whole, return_index=True, return_inverse=True)
    faces = numbers.reshape(-1, 3).astype(np.int64)
    a, b, c = faces.T
    return corners[first], faces[(a != b) & (b != c) & (c != a)]
