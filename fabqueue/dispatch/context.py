"""What dispatch and the tasks work with: made once for each process."""

from dataclasses import dataclass

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.storage import Storage


@dataclass(frozen=True)
class Context:
    config: Config
    db: Database
    storage: Storage
