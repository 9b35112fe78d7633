"""OctoPrints on their way into the lab, as pages and tasks bring them."""

import threading

from fabqueue.dispatch import finding as driving
from fabqueue.dispatch.context import Context
from fabqueue.models import Candidate, CandidateSource
from fabqueue.services import finding
from printers.finding import clean_address
from tests.support.factories import Lab


class Candidates:
    """Candidates made as a page makes them, and looked at afterwards."""

    def __init__(self, context: Context, lab: Lab) -> None:
        self.context, self.lab = context, lab

    def typed(self, address: str) -> str:
        with self.context.db.writing() as session:
            key = finding.typed(session, session.merge(self.lab.tara), clean_address(address)).id
            session.commit()
        driving.approach(self.context, key)
        return key

    def ask(self, key: str) -> threading.Thread:
        with self.context.db.writing() as session:
            finding.ask(session, session.merge(self.lab.tara), session.get_one(Candidate, key))
            session.commit()
        thread = threading.Thread(target=driving.approach, args=(self.context, key))
        thread.start()
        return thread

    def now(self, key: str) -> Candidate:
        with self.context.db.reading() as session:
            found = session.get_one(Candidate, key)
            session.expunge(found)
        return found

    def given(self, url: str, **columns: object) -> str:
        with self.context.db.writing() as session:
            made = Candidate(url=url, source=CandidateSource.TYPED, **columns)
            session.add(made)
            session.commit()
            return made.id
