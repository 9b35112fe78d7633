"""From a configuration to a running lab: lock, migrate, write the plan, become the keeper."""

import json
import os
import socket
import sys
from typing import NoReturn

import structlog

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.migrations import runner
from fabqueue.services import policy, setup, sites
from fabqueue.serving.folder import lock, run_folder
from fabqueue.serving.programs import environment, programs
from fabqueue.storage import Storage

log = structlog.get_logger(__name__)


class AddressInUse(Exception):
    """Something else listens where the web server should."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"something else listens on {host}:{port}; choose another [server] port")
        self.host, self.port = host, port


def serve(config: Config) -> NoReturn:
    """Run everything in this process's place until it is told to stop.

    Raises AlreadyServing, AddressInUse, FolderTaken, NoServer, UnknownRevision, Refused (site): nothing runs then.
    """
    lock(config)
    _check_address(config)
    plan = {"programs": [each.as_json() for each in programs(config)], "json": config.log.format == "json"}
    prepare_database(config)
    say_how_to_begin(config)
    (run_folder(config) / "programs.json").write_text(json.dumps(plan, indent=1), "utf-8")
    log.info("serving", address=config.site.public_url, listening=f"{config.server.host}:{config.server.port}")
    keeper = [sys.executable, "-m", "fabqueue.serving.keeper", str(run_folder(config))]
    # In our place, so that what migrating needed is given back and signals reach the keeper itself.
    os.execve(keeper[0], keeper, environment(config))  # noqa: S606


def prepare_database(config: Config) -> list[str]:
    """Migrate after a copy, and bring the lab's row in step with the settings; the revisions that were applied."""
    config.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    applied = runner.upgrade(config.database_url, config.folder / "backups")
    database = Database(config.database_url)
    with database.writing() as session:
        sites.sync(session, policy.effective(session, config))
        session.commit()
    database.close()
    return applied


def say_how_to_begin(config: Config) -> None:
    """While nobody has an account: the link by which whoever started this sets the lab up, and nobody else can."""
    database = Database(config.database_url)
    with database.reading() as session:
        is_open, public_url = setup.is_open(session), policy.effective(session, config).site.public_url
    database.close()
    storage = Storage(config.folder)
    if not is_open:
        storage.forget_setup_code()
        return
    link = f"{public_url.rstrip('/')}/setup?code={storage.setup_code()}"
    if config.log.format == "json":
        log.warning("set_up_this_lab", link=link)
    else:
        sys.stdout.write(f"\nThis lab is not set up yet. Open this link in a browser; it works once:\n\n    {link}\n\n")
        sys.stdout.flush()


def _check_address(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.server.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.server.host, config.server.port))
        except OSError:
            raise AddressInUse(config.server.host, config.server.port) from None
