"""What a job may expect of the queue while parts of FabQueue may have stopped: no time that nobody keeps."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.dispatch import lines, promise, seeing
from fabqueue.dispatch.match import Reason
from fabqueue.dispatch.promise import Promise
from fabqueue.dispatch.waiting import Finish, Outlook
from fabqueue.models import Job, Machine, Person
from fabqueue.services.quotes import Option
from fabqueue.tasks import heartbeat
from fabqueue.tasks.heartbeat import QUEUE, TICKER

BY_PERSON = frozenset({"wait_in_doubt", "wait_taking_off"})
"""Why a job waits that goes on with a person, whatever has stopped."""


class Promises(Outlook):
    """The outlook of the queues, which knows what has stopped."""

    def __init__(self, session: Session, config: Config) -> None:
        super().__init__(session, config)
        self._stopped = heartbeat.stopped(session)

    def stop(self, job: Job) -> str:
        """Why nothing happens with an approved job that needs no person, as the code of a sentence; else empty."""
        if not self._stopped or not job.state.is_approved or not job.machine_model.profile:
            return ""
        reason = self.reason(job)
        code = reason.code if reason else ""
        if code in BY_PERSON:
            return ""
        if TICKER in self._stopped:
            return "stop_making"
        is_prepared = code != "wait_slicing" or QUEUE in self._stopped  # without the queue the ticker prepares
        return "stop_preparing" if "slicing" in self._stopped and not is_prepared else ""

    def promised(
        self, option: Option, owner: Person, day: date, colour: str = "", machine: Machine | None = None,
        required: bool = False, beds: Sequence[int] = (),
    ) -> Promise:  # fmt: skip
        """Whether what somebody might ask for would be done by the end of a day, were it approved now.

        beds: the copies of each of its runs, the largest first; nothing: all in one.
        """
        wish = seeing.asked(self._config, option, owner, colour, machine, required)
        return promise.by(self, wish, lines.quoted(option.seconds), owner.id, day,
                          [each / sum(beds) for each in beds] or [1.0])  # fmt: skip

    def halted(self) -> Reason | None:
        return Reason("stop_making") if TICKER in self._stopped else None

    def finish(self, job: Job) -> Finish | None:
        """When it is expected to be finished; None also while that waits for a part that has stopped."""
        return None if self.stop(job) else super().finish(job)
