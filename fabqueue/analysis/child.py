"""The child's side of the sandbox: give up everything, accept limits, run one generator, write its lines, be gone.

Started by `fabqueue.analysis.sandbox` only, by fork or as `python -m fabqueue.analysis.child FOLDER`, where the folder
holds `job.json` and descriptor 3 is the pipe to write to.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from fabqueue.analysis.findings import AnalysisError

JOB_FILE = "job.json"
PIPE = 3
THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}
"""One thread each: pools are no faster here, reserve address space and forbid forking."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one analysis may use. Memory is address space; wall time includes waiting; output is files and lines."""

    memory_bytes: int = 3 * 1024**3
    cpu_seconds: int = 25
    wall_seconds: float = 60.0
    output_bytes: int = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the generator function `entry` ("module:function") in scratch folder `folder`."""

    entry: str
    arguments: dict[str, Any]
    folder: str
    limits: Limits
    parent: int = field(default_factory=os.getpid)

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Job":
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


def serve(job: Job, writing: int, *, forked: bool) -> NoReturn:
    """Run `job`, writing its lines to descriptor `writing`; ends this process whatever happens."""
    status = 1
    try:
        os.setsid()
        _die_with(job.parent)
        if forked:
            _forget_parent(writing)
        _confine(job.limits)
        os.chdir(job.folder)
        status = _talk(job, writing)
    except BaseException:  # noqa: BLE001  a forked child must never unwind into its parent's frames
        traceback.print_exc()
    finally:
        os._exit(status)


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent is killed, so that nothing is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _forget_parent(writing: int) -> None:
    """Drop what a fork inherits: descriptors, signal handlers, and objects whose finalizers would touch either."""
    gc.freeze()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.closerange(3, writing)
    os.closerange(writing + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _confine(limits: Limits) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; here it must end the child
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, grace=2)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(which: int, value: int, grace: int = 0) -> None:
    hard = resource.getrlimit(which)[1]
    ceiling = value + grace if hard == resource.RLIM_INFINITY else min(hard, value + grace)
    resource.setrlimit(which, (min(value, ceiling), ceiling))


def _talk(job: Job, writing: int) -> int:
    """Write one line for everything the job yields, at the end its error if it has one; returns the exit status."""
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        try:
            for line in _generator(job):
                print(json.dumps(line, allow_nan=False), file=pipe, flush=True)
        except Exception as error:  # noqa: BLE001  every failure of a parser becomes a code for the parent
            print(json.dumps(_told(error)), file=pipe, flush=True)
    return 0


def _generator(job: Job) -> Iterator[dict[str, Any]]:
    module, _, name = job.entry.partition(":")
    lines: Iterator[dict[str, Any]] = getattr(import_module(module), name)(folder=Path(job.folder), **job.arguments)
    return lines


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, AnalysisError):
        return {"error": {"code": error.code, "values": error.values}}
    code = "analysis_too_much_memory" if isinstance(error, MemoryError) else "analysis_failed"
    return {"error": {"code": code, "values": {}}, "trace": "".join(traceback.format_exception(error)[-8:])}


def main() -> NoReturn:
    """Entry of the fresh interpreter: the job lies in the folder of argument 1, the pipe is descriptor 3."""
    job = Job.from_json(Path(sys.argv[1], JOB_FILE).read_text(encoding="utf-8"))
    serve(job, PIPE, forked=False)


if __name__ == "__main__":
    main()
