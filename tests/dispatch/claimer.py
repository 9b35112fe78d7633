"""What a process does that claims for every machine it knows, again and again."""

import random

from sqlalchemy.exc import IntegrityError, OperationalError

from fabqueue.config import Config
from fabqueue.db import Database
from fabqueue.dispatch.claim import claim_for
from fabqueue.models import Machine
from fabqueue.services.errors import Conflict


def claim_all(url: str, seed: int) -> list[str]:
    """What one process gets that tries every machine twice in an order of its own."""
    database, order = Database(url), random.Random(seed)
    with database.reading() as session:
        machines = [each.id for each in session.query(Machine)]
    taken = []
    for machine_id in order.choices(machines, k=2 * len(machines)):
        with database.writing() as session:
            try:
                run = claim_for(session, Config(), machine_id)
                session.commit()
            except (IntegrityError, Conflict, OperationalError):
                session.rollback()
                continue
            if run is not None:
                taken.append(run.id)
    database.close()
    return taken
