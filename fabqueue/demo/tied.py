"""Run a program that ends with the demonstration, even a killed one: `-m fabqueue.demo.tied PARENT PROGRAM ...`."""

import os
import sys

from fabqueue.serving.leash import follow


def tied_to_us() -> list[str]:
    """What stands before a command so that it ends with this process, and with the thread that starts it."""
    return [sys.executable, "-m", "fabqueue.demo.tied", str(os.getpid())]


if __name__ == "__main__":
    follow(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  an argument list of ours
