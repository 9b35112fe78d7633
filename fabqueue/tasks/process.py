"""What every process of FabQueue holds: made without the web, which workers and the ticker never load."""

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.storage import Storage
from fabqueue.tasks.queue import Waker


def make_context(settings: Config) -> Context:
    """Database, storage and the waker of workers for one process."""
    return Context(settings, Database(settings.database_url, Waker(settings.redis_url)), Storage(settings.folder))
