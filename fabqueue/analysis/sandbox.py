"""Runs the analysis of a hostile file in a child process with limits, and brings back JSON and named files only.

`run` is the one way in for everybody else. The child is forked when this process is warm (`preload`) and has a single
thread, which costs a few milliseconds; otherwise a fresh interpreter (`python -m fabqueue.analysis.child`) pays about
half a second of imports. Either way the child writes one JSON object a line into a pipe, as far as it gets: a report
that was reached survives an estimate that was not. When it ends, or must, its whole process group is killed.

`call` is the hook underneath: it runs any generator function, named "module:function", under the same regime. Its
arguments and what it yields are JSON, and it gets a scratch folder as `folder`. The tests drive it with functions that
eat memory, spin, sleep, flood and crash.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fabqueue.analysis import gates
from fabqueue.analysis.child import JOB_FILE, PIPE, THREADS, Job, Limits, serve
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.results import Analysis, EstimateRequest, assemble
from fabqueue.analysis.watch import Ended, watch

__all__ = ["Analysis", "AnalysisError", "EstimateRequest", "Limits", "Outcome", "call", "preload", "run"]

_log = logging.getLogger(__name__)

ENTRY = "fabqueue.analysis.analyse:steps"
_HEAVY = ("numpy", "scipy.sparse.csgraph", "scipy.ndimage", "trimesh", "fabqueue.analysis.analyse")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a child said before it ended, and `stopped`: None, or the code of what ended it early."""

    lines: list[dict[str, Any]]
    stopped: str | None


def preload() -> bool:
    """Import the heavy libraries into this process, so that the children it forks start warm (about 0.6 s, once).

    Returns whether it may fork: not with several threads, among them a BLAS pool made by an earlier import of numpy.
    """
    os.environ.update({name: value for name, value in THREADS.items() if name not in os.environ})
    for name in _HEAVY:
        import_module(name)
    return _may_fork()


def run(
    path: Path,
    filename: str,
    units: str | None = None,
    out: Path | None = None,
    profiles: Sequence[EstimateRequest] = (),
    *,
    reading: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Analysis:
    """Analyse the stored file `path`, which its owner calls `filename`, in a child process.

    units: "mm", "cm", "m", "in" when a person said so, else None. out: folder for picture, preview and drawing, or None
    for none of them. profiles: the estimates wanted. reading: how a drawing is to be read (`Reading.as_dict`), or None
    for what is usual. Raises AnalysisError when there is no report to be had: a format
    or size that is refused, a file that cannot be read, or a child that was stopped (`analysis_too_long`,
    `analysis_too_much_memory`, `analysis_too_much_output`, `analysis_crashed`).
    """
    gates.check_file(path, filename)
    arguments = {
        "path": str(path.resolve()),
        "filename": filename,
        "units": units,
        "files": out is not None,
        "profiles": [asdict(each) for each in profiles],
        "reading": reading,
    }
    with tempfile.TemporaryDirectory(prefix="fabqueue-", dir=out) as scratch:
        outcome = call(ENTRY, arguments, Path(scratch), limits)
        return assemble(outcome.lines, outcome.stopped, profiles, Path(scratch), out)


def call(entry: str, arguments: Mapping[str, Any], folder: Path, limits: Limits | None = None) -> Outcome:
    """Run the generator function `entry` ("module:function") as `entry(folder=..., **arguments)` in a limited child.

    Everything it yields must be a JSON object. An AnalysisError that it raises before that is raised here again.
    """
    job = Job(entry, dict(arguments), str(folder), limits or Limits())
    ended = watch(*(_fork(job) if _may_fork() else _spawn(job)), job.limits)
    lines = [line for line in ended.lines if "error" not in line]
    for trace in (line["trace"] for line in ended.lines if "trace" in line):
        _log.warning("a step of the analysis failed in the child\n%s", trace)
    for line in ended.lines:
        if "error" in line and not lines:
            raise AnalysisError(line["error"]["code"], line["error"]["values"])
    stopped = ended.stopped or _error_code(ended) or _flooded(folder, job.limits)
    return Outcome(lines, stopped)


def _error_code(ended: Ended) -> str | None:
    return next((str(line["error"]["code"]) for line in ended.lines if "error" in line), None)


def _flooded(folder: Path, limits: Limits) -> str | None:
    total = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file() and not each.is_symlink())
    return "analysis_too_much_output" if total > limits.output_bytes else None


def _may_fork() -> bool:
    """Only a single-threaded process that has everything loaded forks safely and fast."""
    return "fabqueue.analysis.analyse" in sys.modules and _thread_count() == 1


def _thread_count() -> int:
    """Native threads of this process: a BLAS pool counts as well, its locks may be held during a fork."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:  # no procfs: a fresh interpreter is always right
        return 2


def _fork(job: Job) -> tuple[int, int]:
    """Fork a child that serves `job`; returns its pid and the reading end of its pipe."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        serve(job, writing, forked=True)  # never returns
    os.close(writing)
    return pid, reading


def _spawn(job: Job) -> tuple[int, int]:
    """Start a fresh interpreter that serves `job`; returns its pid and the reading end of its pipe."""
    reading, writing = os.pipe()
    Path(job.folder, JOB_FILE).write_text(job.as_json(), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    given = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, writing, PIPE)]
    argv = [sys.executable, "-m", "fabqueue.analysis.child", job.folder]
    pid = os.posix_spawn(sys.executable, argv, _environment(), file_actions=given)
    os.close(writing)
    os.close(nothing)
    return pid, reading


def _environment() -> dict[str, str]:
    """What a fresh child may know: where Python's modules are, and no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, **THREADS, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
