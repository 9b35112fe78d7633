"""What `fabqueue serve` runs, as argument lists: no shell and no configuration syntax ever reads a path."""

import os
import sys
from dataclasses import asdict, dataclass

from fabqueue.config import Config
from fabqueue.serving import valkey
from fabqueue.serving.folder import prepare_socket

OURS = (sys.executable, "-m", "fabqueue.cli")


@dataclass(frozen=True)
class Program:
    """One supervised program. Lower priorities start first and stop last; equal ones stop together."""

    name: str
    argv: tuple[str, ...]
    priority: int
    stop_seconds: int
    """How long it may take to end by itself before it is killed."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def programs(config: Config) -> list[Program]:
    """Everything one machine needs. Raises valkey.NoServer, FolderTaken."""
    own = [] if config.data.redis else [_own_valkey(config)]
    return [
        *own,
        Program("web", (*OURS, "web"), 20, 20),
        Program("analysis", (*OURS, "worker", "--queue", "analysis"), 20, 20),
        Program("slicing", (*OURS, "worker", "--queue", "slicing"), 20, 20),
        Program("machines", (*OURS, "worker", "--queue", "machines"), 20, 20),
        Program("ticker", (*OURS, "ticker"), 20, 20),
    ]


def environment(config: Config) -> dict[str, str]:
    """What the programs see: ours, with the address of our own Valkey when it is not the usual one."""
    own = {} if config.data.redis else {"FABQUEUE_DATA__REDIS": f"unix://{prepare_socket(config)}?db=0"}
    return {**os.environ, **own, "PYTHONUNBUFFERED": "1"}


def _own_valkey(config: Config) -> Program:
    return Program("valkey", tuple(valkey.argv(valkey.find(), prepare_socket(config))), 10, 10)
