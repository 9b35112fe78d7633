"""3MF, read by expat as a stream: the core specification's meshes, components, build items and unit, and nothing else.

trimesh's reader keeps the whole tree (5.9 GB for a 524 KB file), merges objects that share an outside model file and
leaves the unit aside, so the reading is our own. Counts of instances and triangles are known before anything is placed.
"""

import posixpath
import zipfile
from pathlib import Path
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from fabqueue.analysis import gates
from fabqueue.analysis.findings import AnalysisError, Finding, Severity
from fabqueue.analysis.threemf_model import Key, Model, Part, parse

_SETTINGS = ("metadata/slic3r_pe.config", "metadata/project_settings.config", "metadata/superslicer.config")


def read(path: Path) -> tuple[NDArray[np.float64], str, list[Finding]]:
    """The triangles (n, 3, 3) of all printable build items in the file's unit, that unit's name, and notes.

    Raises AnalysisError for archives that are broken, encrypted or bombs, and for models that are.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            gates.check_archive(archive.infolist())
            return _read(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise AnalysisError("file_not_3mf") from error
    except expat.ExpatError as error:
        raise AnalysisError("file_bad_xml", {"line": error.lineno}) from error


def _read(archive: zipfile.ZipFile) -> tuple[NDArray[np.float64], str, list[Finding]]:
    names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    root = _root(archive, names)
    model = parse(archive, names, root)
    if not model.items:
        raise AnalysisError("mesh_nothing_inside")
    _check_counts(model)
    triangles = np.concatenate(list(_place(model, model.items, np.eye(4))) or [np.empty((0, 3, 3))])
    found = any(name in names for name in _SETTINGS)
    notes = [Finding("file_has_settings", Severity.OK)] if found else []
    return triangles, model.unit, notes


def _root(archive: zipfile.ZipFile, names: dict[str, str]) -> str:
    """The name of the main model: what the relations point to, else the usual place, else the only one there is."""
    models = [name for name in names if name.endswith(".model")]
    pointed = _related(archive, names)
    for name in (pointed, "3d/3dmodel.model", *models[:1]):
        if name in names:
            return str(name)
    raise AnalysisError("file_not_3mf")


def _related(archive: zipfile.ZipFile, names: dict[str, str]) -> str:
    targets: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("Relationship") and attributes.get("Type", "").endswith("/3dmodel"):
            targets.append(posixpath.normpath(attributes.get("Target", "")).lstrip("/").lower())

    if "_rels/.rels" in names:
        reader = expat.ParserCreate()
        reader.StartElementHandler = start
        reader.Parse(archive.read(names["_rels/.rels"]), True)
    return targets[0] if targets else ""


def _check_counts(model: Model) -> None:
    """Refuse components that multiply beyond reason, before a single one is placed."""
    known: dict[Key, tuple[int, int]] = {}
    total = [_count(model, part.key, known, ()) for part in model.items]
    if sum(instances for instances, _ in total) > gates.MAX_INSTANCES:
        raise AnalysisError("file_component_bomb")
    gates.check_triangles(sum(triangles for _, triangles in total))


def _count(model: Model, key: Key, known: dict[Key, tuple[int, int]], above: tuple[Key, ...]) -> tuple[int, int]:
    """Instances and triangles that object `key` comes to with all its components."""
    if key in above or len(above) > gates.MAX_DEPTH:
        raise AnalysisError("file_component_bomb")
    if key not in known:
        body = model.objects.get(key)
        if body is None:
            raise AnalysisError("file_3mf_object_missing", {"object": key[1]})
        below = [_count(model, part.key, known, (*above, key)) for part in body.parts]
        known[key] = (1 + sum(each[0] for each in below), len(body.faces) + sum(each[1] for each in below))
    return known[key]


def _place(model: Model, parts: list[Part], outer: NDArray[np.float64]) -> "list[NDArray[np.float64]]":
    """The triangles of `parts` and their components, moved to where they are built."""
    placed: list[NDArray[np.float64]] = []
    for part in parts:
        body, matrix = model.objects[part.key], part.matrix @ outer
        if len(body.faces):
            moved = body.corners @ matrix[:3, :3] + matrix[3, :3]
            triangles = moved[body.faces]
            mirrored = np.linalg.det(matrix[:3, :3]) < 0
            placed.append(triangles[:, ::-1] if mirrored else triangles)
        placed += _place(model, body.parts, matrix)
    return placed
