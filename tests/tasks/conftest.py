from collections.abc import Iterator
from dataclasses import replace

import pytest

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.context import Context
from fabqueue.models import Person
from fabqueue.storage import Storage
from fabqueue.tasks.queue import Waker
from tests.support import factories
from tests.support.factories import Lab
from tests.support.valkey import ValkeyServer, valkey_server  # noqa: F401  fixture


@pytest.fixture
def context(config: Config, database: Database, storage: Storage, lab: Lab) -> Context:
    """A lab's context; nobody is woken."""
    return Context(config, database, storage)


@pytest.fixture
def revision_id(context: Context, lab: Lab) -> str:
    """A box that waits for its analysis."""
    with context.db.writing() as session:
        made = factories.uploaded_box(session, context.storage, session.get_one(Person, lab.alice.id))
        session.commit()
        return made.id


@pytest.fixture
def waker(valkey_server: ValkeyServer) -> Iterator[Waker]:  # noqa: F811
    made = Waker(valkey_server.url)
    yield made
    made.close()


@pytest.fixture
def queued(context: Context, valkey_server: ValkeyServer) -> Context:  # noqa: F811
    """The context with the address of a real queue."""
    config = replace(context.config, data=replace(context.config.data, redis=valkey_server.url))
    return replace(context, config=config)
