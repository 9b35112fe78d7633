"""Performing tasks: the one function that workers call, and the context of their process."""

import time
from collections.abc import Callable
from importlib import import_module

import structlog

from fabqueue.dispatch.context import Context
from fabqueue.tasks.queue import ROUTES

Task = Callable[[Context, str], None]
"""A task gets its process's context and the id it is about ("" where it concerns none)."""

_MODULES = {
    "analyse": "analyse",
    "slice": "slice",
    "mail": "mail",
    "password_mail": "mail",
    "tidy": "tidy",
    "read_import": "imports",
    "make_import": "imports",
    "dispatch": "machines",
    "advance": "machines",
    "search": "finding",
    "approach": "finding",
}
assert _MODULES.keys() == ROUTES.keys()

_log = structlog.get_logger(__name__)
_tasks: dict[str, Task] = {}
_context: list[Context] = []


def task(name: str) -> Callable[[Task], Task]:
    """Register a function as the task `name`: its log, its time, its errors.

    A task opens its own sessions, late, and closes them before any network, slicer or file work. It records what goes
    wrong where people see it; what it could not record is raised, logged, and found again from the database.
    """

    def register(function: Task) -> Task:
        def logged(context: Context, key: str) -> None:
            began = time.monotonic()
            try:
                function(context, key)
            except Exception:
                _log.exception("task_failed", task=name, key=key)
                raise
            _log.debug("task", task=name, key=key, seconds=round(time.monotonic() - began, 3))

        _tasks[name] = logged
        return logged

    return register


def use(context: Context) -> None:
    """What the tasks of this process, and of processes it forks, work with."""
    _context[:] = [context]


def find(name: str) -> Task:
    """The task of that name; its module is imported on first use. Raises KeyError."""
    module = _MODULES[name]
    if name not in _tasks:
        import_module(f"fabqueue.tasks.{module}")
    return _tasks[name]


def perform(name: str, key: str) -> None:
    """What a wake-up call makes a worker do."""
    find(name)(_context[0], key)
