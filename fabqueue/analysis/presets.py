"""A slicer's exported configuration into its presets. For the sandbox child."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fabqueue.analysis import gates, table
from fabqueue.analysis.findings import AnalysisError
from printers import bundle

ENTRY = "fabqueue.analysis.presets:steps"
_MOST_BYTES = 20_000_000
_IN_PROJECT = "metadata/slic3r_pe.config"
_OF_OTHERS = ("metadata/project_settings.config", "metadata/model_settings.config", "metadata/superslicer.config",
              "cura/")  # fmt: skip
"""What project files of Bambu Studio, OrcaSlicer, SuperSlicer and Cura hold."""


def steps(folder: Path, path: str) -> Iterator[dict[str, Any]]:
    """First the file without what is never used, as text; then one line for each preset."""
    try:
        found = bundle.sections(_text(Path(path)))
        presets = bundle.presets(found)
    except bundle.BundleError as error:
        raise AnalysisError(error.code, error.values) from None
    yield {"clean": bundle.clean(found), "connections": bundle.connections(found)}
    yield from (asdict(each) for each in presets)


def _text(path: Path) -> str:
    """The settings as text, out of a project file where it is one. Raises AnalysisError."""
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        content = _out_of_archive(path)
    try:
        text = table.decoded(content, table.found_encoding(content))
    except AnalysisError:  # said of a table, which this is not
        raise AnalysisError("import_bundle_no_text") from None
    if "\0" in text:
        raise AnalysisError("import_bundle_no_text")
    if text.lstrip()[:1] in {"{", "<"}:
        raise AnalysisError("import_bundle_other_slicer")
    return text


def _out_of_archive(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            gates.check_archive(archive.infolist())
            return _settings(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, zlib.error):
        raise AnalysisError("import_bundle_archive_broken") from None


def _settings(archive: zipfile.ZipFile) -> bytes:
    names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    if _IN_PROJECT not in names:
        raise AnalysisError(_why_not(names))
    with archive.open(names[_IN_PROJECT]) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise AnalysisError("import_too_large")
    return content


def _why_not(names: dict[str, str]) -> str:
    if any(name.startswith(_OF_OTHERS) or name.endswith((".json", ".cfg")) for name in names):
        return "import_bundle_other_slicer"
    if any(name.endswith(".model") for name in names):
        return "import_bundle_no_settings"
    return "import_bundle_archive"
