"""Logging of every process: structlog and the standard library in one stream, for people or for programs."""

import logging
import os
import sys
from typing import Any

import structlog

from fabqueue.config import LogSettings

PROGRAM = "FABQUEUE_PROGRAM"
"""Environment variable with the name of a supervised program; part of every line in JSON."""

_TALKATIVE = ("urllib3", "PIL", "trimesh", "alembic", "httpx", "shapely", "matplotlib")


def configure(settings: LogSettings) -> None:
    """Send what structlog and the standard library say to standard error, in the format asked for."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(settings.format))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # tests configure anew
    )


def _last(form: str) -> list[Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        return [drop, _add_program, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [drop, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, pad_level=False)]


def _add_program(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if name := os.environ.get(PROGRAM):
        event["program"] = name
    return event
