"""The web server: gunicorn with threads, set up from the configuration, logging where everything else logs."""

import logging
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from fabqueue.config import Config


class PlainLogger(Logger):  # type: ignore[misc]
    """gunicorn's messages go the way of all others instead of through handlers of its own."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self._access_log_enabled = False
        self.loglevel = logging.INFO
        self.error_log.propagate = True
        self.error_log.handlers.clear()


class WebServer(BaseApplication):  # type: ignore[misc]
    """`WebServer(config).run()` serves until it is told to stop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        server = self._config.server
        settings = {
            "bind": f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}",
            "workers": server.workers, "threads": server.threads, "worker_class": "gthread",
            "timeout": 60, "graceful_timeout": 10, "keepalive": 15, "proc_name": "fabqueue-web",
            "logger_class": PlainLogger, "accesslog": None, "control_socket_disable": True,
            # who a request came from is decided by [server] trusted_proxies, in the application
            "forwarded_allow_ips": "",
        }  # fmt: skip
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from fabqueue.app import create_app  # in the worker: the parent stays small

        return create_app(self._config)
