"""A warm process of its own for the tests: `python -m tests.analysis.driver` reads orders from standard input, one JSON
object a line, and answers each with a line. It forks for every order, as an analysis worker does; the process of pytest
itself has threads and may not.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Driver:
    """The asking side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.forks = self._answer()["forks"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the driver died"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def call(self, entry: str, folder: Path, **limits: Any) -> dict[str, Any]:
        """`sandbox.call`: {"lines", "stopped"} or {"error"}."""
        return self.ask(entry=f"tests.analysis.misbehaving:{entry}", folder=str(folder), limits=limits)

    def run(self, path: Path, out: Path | None, **more: Any) -> dict[str, Any]:
        """`sandbox.run`: {"report", "estimates", "files"} or {"error"}."""
        return self.ask(path=str(path), out=str(out) if out else None, **more)


@contextmanager
def driver() -> Iterator[Driver]:
    """A driver, ended at the end."""
    argv = [sys.executable, "-m", "tests.analysis.driver"]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Driver(process)
        finally:
            process.kill()


def _call(order: dict[str, Any]) -> dict[str, Any]:
    from fabqueue.analysis import sandbox

    outcome = sandbox.call(order["entry"], {}, Path(order["folder"]), sandbox.Limits(**order["limits"]))
    return {"lines": outcome.lines, "stopped": outcome.stopped}


def _run(order: dict[str, Any]) -> dict[str, Any]:
    from fabqueue.analysis import sandbox
    from printers import profiles

    printer = profiles.builtin()["marlin-250"]
    request = sandbox.EstimateRequest("pla", printer.settings("pla"), printer.bed_mm)
    out = Path(order["out"]) if order["out"] else None
    path = Path(order["path"])
    found = sandbox.run(path, path.name, order.get("units"), out, [request])
    files = {key: str(each) for key, each in found.files.items()}
    return {"report": found.report, "estimates": found.estimates, "files": files}


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    from fabqueue.analysis import sandbox

    try:
        return _call(order) if "entry" in order else _run(order)
    except sandbox.AnalysisError as error:
        return {"error": {"code": error.code, "values": error.values}}


def main() -> None:
    from fabqueue.analysis import sandbox

    print(json.dumps({"forks": sandbox.preload()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
