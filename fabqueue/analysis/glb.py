"""A part as binary glTF for the page's viewer: metres, Y up, plain arrays, flat faces, the colour of the picture."""

from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from fabqueue.analysis.surface import Surface

_visual: Any = trimesh.visual  # untyped there
_MATERIAL: dict[str, Any] = {"baseColorFactor": [226, 118, 47, 255], "metallicFactor": 0.0, "roughnessFactor": 0.75}


def write(surface: Surface, path: Path) -> None:
    """Write `surface`, in mm with Z up, standing on the ground in the middle of the scene."""
    corners = surface.corners
    low, high = corners.min(axis=0), corners.max(axis=0)
    corners = corners - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]
    upright = np.stack([corners[:, 0], corners[:, 2], -corners[:, 1]], axis=1) / 1000
    visual = _visual.TextureVisuals(material=_visual.material.PBRMaterial(**_MATERIAL, doubleSided=True))
    scene: Any = trimesh.Scene()
    scene.add_geometry(trimesh.Trimesh(upright, surface.faces, process=False, visual=visual), geom_name="part")
    path.write_bytes(scene.export(file_type="glb", include_normals=False))
