"""supervisord in the foreground, with what it lacks: a ceiling on its delays, names before lines, no orphans.

Run as a module with one argument, the folder of a running `serve`, which holds `programs.json`. Knows nothing else of
FabQueue, so that the process that lives longest stays small.
"""

import ctypes
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Any

from supervisor import dispatchers, loggers
from supervisor.options import ProcessConfig, ServerOptions
from supervisor.process import Subprocess
from supervisor.states import ProcessStates
from supervisor.supervisord import go

LONGEST_DELAY = 20
"""Seconds between two starts of a program that keeps dying; supervisord alone adds one second each time for ever."""

_PR_SET_CHILD_SUBREAPER = 36
_FOR_EVER = 2**31


class NamedLines:
    """Writes what a program says to standard output, each line after the program's name; as JSON if asked."""

    handlers: tuple[Any, ...] = ()  # supervisord asks its logs for them when told to reopen files

    def __init__(self, name: str, as_json: bool) -> None:
        self._name, self._as_json, self._rest = name, as_json, b""

    def info(self, data: bytes | str) -> None:
        text = data if isinstance(data, bytes) else data.encode()
        *lines, self._rest = (self._rest + text).split(b"\n")
        for line in lines:
            self._write(line.decode("utf-8", "replace").rstrip("\r"))

    def _write(self, line: str) -> None:
        if self._as_json:
            said = line if line.startswith("{") else json.dumps({"program": self._name, "event": line})
        else:
            said = f"{self._name:<8} | {line}"
        try:
            print(said, flush=True)  # noqa: T201  standard output is the log
        except BrokenPipeError:  # whoever read the log has gone; the programs go on
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  until the end of the process


class KeptProcess(Subprocess):  # type: ignore[misc]
    """One program: tried again for ever, at most LONGEST_DELAY seconds apart."""

    delay: float = 0

    def change_state(self, new_state: int, expected: bool = True) -> None:
        super().change_state(new_state, expected)
        if new_state == ProcessStates.BACKOFF:
            self.delay = min(self.delay, time.time() + LONGEST_DELAY)


class KeptProgram(ProcessConfig):  # type: ignore[misc]
    """What supervisord knows of a program; its command is ours as a list, never parsed from text."""

    def make_process(self, group: Any = None) -> KeptProcess:
        process = KeptProcess(self)
        process.group = group
        return process

    def make_dispatchers(self, proc: KeptProcess) -> tuple[dict[int, Any], dict[str, int]]:
        made, pipes = super().make_dispatchers(proc)
        for each in made.values():
            if isinstance(each, dispatchers.POutputDispatcher):
                each.normallog = each.childlog = NamedLines(self.name, self.options.as_json)
        return made, pipes


class KeeperOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's options, from a generated file that holds names and numbers only."""

    as_json = False

    def processes_from_section(self, parser: Any, section: str, group_name: str, klass: Any = None) -> Any:
        return super().processes_from_section(parser, section, group_name, KeptProgram)

    def cleanup_fds(self) -> None:
        """Nothing leaked: the handles that are open hold the lock of this folder."""

    def make_logger(self) -> None:
        self.logger = loggers.getLogger(self.loglevel)
        handler = loggers.StreamHandler(_Stream(NamedLines("keeper", self.as_json)))
        handler.setFormat("%(message)s\n")
        handler.setLevel(self.loglevel)
        self.logger.addHandler(handler)

    def setsignals(self) -> None:
        super().setsignals()
        # A closed terminal means stop; supervisord would start everything anew.
        signal.signal(signal.SIGHUP, lambda _signal, frame: self.signal_receiver.receive(signal.SIGTERM, frame))


class _Stream:
    """A text stream for supervisord's own log."""

    def __init__(self, lines: NamedLines) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        self._lines.info(text)

    def flush(self) -> None:
        """Every line is written at once."""

    def close(self) -> None:
        """Standard output stays open."""


def configuration(programs: list[dict[str, Any]]) -> str:
    """supervisord's file: names and numbers; whatever may hold a path comes from the environment or from JSON."""
    sections = [
        "[supervisord]\nnodaemon=true\nnocleanup=true\nlogfile=/dev/null\nlogfile_maxbytes=0\nloglevel=info\n"
        "pidfile=%(ENV_FABQUEUE_RUN)s/keeper.pid\nchildlogdir=%(ENV_FABQUEUE_RUN)s\n"
    ]
    for each in programs:
        sections.append(
            f"[program:{each['name']}]\ncommand=%(ENV_FABQUEUE_LEASH)s {each['name']}\npriority={each['priority']}\n"
            f"autorestart=true\nstartsecs=2\nstartretries={_FOR_EVER}\nstopwaitsecs={each['stop_seconds']}\n"
            "stopasgroup=true\nkillasgroup=true\nredirect_stderr=true\nstdout_logfile=NONE\n"
            f'environment=FABQUEUE_PROGRAM="{each["name"]}"\n'
        )
    for priority in {each["priority"] for each in programs}:
        names = ",".join(each["name"] for each in programs if each["priority"] == priority)
        # groups stop one after the other, their programs all at once
        sections.append(f"[group:priority-{priority}]\nprograms={names}\npriority={priority}\n")
    return "\n".join(sections)


def keep(folder: Path) -> None:
    """Run the programs until SIGTERM, SIGINT or SIGHUP, then leave nothing behind."""
    _adopt_orphans()
    plan = json.loads((folder / "programs.json").read_text("utf-8"))
    file = folder / "supervisord.conf"
    file.write_text(configuration(plan["programs"]), "utf-8")
    os.environ["FABQUEUE_RUN"] = str(folder)
    leash = [sys.executable, "-m", "fabqueue.serving.leash", str(os.getpid()), str(folder / "programs.json")]
    os.environ["FABQUEUE_LEASH"] = shlex.join(leash)
    options = KeeperOptions()
    options.realize(["-c", str(file)])
    options.first, options.test, options.as_json = True, False, plan["json"]
    try:
        go(options)
    finally:
        end_children()


def _adopt_orphans() -> None:
    """What a killed program leaves behind becomes our child, so that we can end it."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """The processes whose parent we are."""
    ours = f"PPid:\t{os.getpid()}\n"
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if ours in status.read_text("utf-8", "replace"):
                found.append(int(status.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
    return found


def end_children() -> None:
    """Kill what is left below us; the children of the killed become ours and follow."""
    while left := children():
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        for _ in left:
            os.wait()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
