"""Run one of the programs so that it ends when its keeper does: `python -m fabqueue.serving.leash KEEPER FILE NAME`.

FILE is `programs.json`, which holds the program's arguments as a list: no shell or configuration syntax reads them.
A keeper that is killed outright cannot stop anybody; then the kernel sends each of its programs a SIGTERM.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def follow(parent: int) -> None:
    """From now on this process, and what it becomes, is told to end when its parent is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it was gone before we asked
        sys.exit(0)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it and would hand that on


def main(keeper: int, file: str, name: str) -> None:
    """Become the program `name` of the plan in `file`."""
    follow(keeper)
    plan = json.loads(Path(file).read_text("utf-8"))
    argv = next(each["argv"] for each in plan["programs"] if each["name"] == name)
    os.execvp(argv[0], argv)  # noqa: S606  an argument list of ours


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
