"""Looking for OctoPrints and asking them for a key: in threads beside a machine worker, which goes on driving.

The rows say how far it is. Whoever waits looks at them; a thread that dies with its process leaves a row that the
ticker finds again.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fabqueue.dispatch.context import Context
from fabqueue.models import Candidate, CandidateSource, CandidateState
from fabqueue.services import finding
from printers.driver import DriverError
from printers.finding import Denied, Stranger, announced, clean_address

POLL_SECONDS = 1.0
"""OctoPrint takes its question back when nobody asks for the answer for five seconds."""
PATIENCE_SECONDS = 15.0
"""How long an OctoPrint may stay silent while it shows the question."""
GREETINGS = 8
_log = structlog.get_logger(__name__)


def aside(work: Callable[[], None], name: str) -> threading.Thread:
    """Do something that takes its time beside the tasks; the process does not wait for it when it ends."""

    def logged() -> None:
        try:
            work()
        except SQLAlchemyError as error:  # the row stays as it is and is found again
            _log.warning("finding_not_kept", what=name, error=str(error))

    thread = threading.Thread(target=logged, name=name, daemon=True)
    thread.start()
    return thread


def plain_address(typed: str) -> str:
    """What somebody typed as an address that can be kept, "" for what cannot be one."""
    try:
        return clean_address(typed)
    except DriverError:
        return ""


def search(context: Context, key: str) -> None:
    """Listen to the network, keep what is there, greet each. Another worker may have begun: then nothing."""
    with context.db.writing() as session:
        mine = finding.begin_search(session, key)
        session.commit()
    if not mine:
        return
    try:
        found = announced()
    except DriverError as error:
        _log.warning("network_not_heard", error=error.message)
        found = []
    with context.db.writing() as session:
        noted = [finding.note(session, each.url, each.name, each.version, CandidateSource.ANNOUNCED) for each in found]
        keys = [each.id for each in noted if each.state is CandidateState.FOUND]
        session.commit()
    with ThreadPoolExecutor(GREETINGS, "greeting") as pool:
        list(pool.map(lambda each: _greet(context, each), keys))
    with context.db.writing() as session:
        finding.end_search(session, key)
        session.commit()


def approach(context: Context, key: str) -> None:
    """The next step of one candidate, whichever it is."""
    with context.db.reading() as session:
        found = session.get(Candidate, key)
        state = found.state if found else None
    if state is CandidateState.FOUND:
        _greet(context, key)
    elif state is CandidateState.TO_ASK:
        _ask(context, key)
    elif state is CandidateState.ASKING and found is not None:  # whoever asked is gone
        _answered(context, key, CandidateState.EXPIRED)


def _url(context: Context, key: str) -> str:
    with context.db.reading() as session:
        return session.get_one(Candidate, key).url


def _greet(context: Context, key: str) -> None:
    try:
        Stranger(_url(context, key)).greet()
    except DriverError as error:
        _move(context, key, CandidateState.FOUND, CandidateState.SILENT, error)
    else:
        _move(context, key, CandidateState.FOUND, CandidateState.ANSWERS)


def _ask(context: Context, key: str) -> None:
    """Put the question and wait for somebody to answer it there."""
    if not _move(context, key, CandidateState.TO_ASK, CandidateState.ASKING):
        return
    url = _url(context, key)
    try:
        stranger = Stranger(url)
        token = stranger.ask_for_key()
        given = _wait(context, key, stranger, token)
        if given is not None:
            facts = Stranger(url, given).facts()
            _answered(context, key, CandidateState.ALLOWED, key=given, facts=facts.as_json(),
                      name=facts.name, version=facts.version)  # fmt: skip
    except Denied:
        _answered(context, key, CandidateState.DENIED)
    except DriverError as error:
        _answered(context, key, CandidateState.SILENT, problem_code=error.code, problem_values=dict(error.values))


def _wait(context: Context, key: str, stranger: Stranger, token: str) -> str | None:
    """The key; None when nobody answered in time or nobody waits any more. Raises Denied, DriverError."""
    until = time.monotonic() + finding.ASK_SECONDS
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if not _is_asking(context, key):
            return None
        try:
            if given := stranger.answer(token):
                return given
            patience = time.monotonic() + PATIENCE_SECONDS
        except DriverError as error:
            if error.permanent or time.monotonic() > patience:
                raise
        time.sleep(POLL_SECONDS)
    _answered(context, key, CandidateState.EXPIRED)
    return None


def _is_asking(context: Context, key: str) -> bool:
    with context.db.reading() as session:
        found = session.get(Candidate, key)
        return found is not None and found.state is CandidateState.ASKING


def _move(
    context: Context, key: str, old: CandidateState, new: CandidateState, error: DriverError | None = None
) -> bool:
    problem = {"problem_code": error.code if error else "", "problem_values": dict(error.values) if error else {}}
    with context.db.writing() as session:
        moved = finding.move(session, key, (old,), new, **problem)
        session.commit()
    return moved


def _answered(context: Context, candidate_key: str, state: CandidateState, **columns: object) -> None:
    with context.db.writing() as session:
        finding.answered(session, candidate_key, state, **columns)
        session.commit()
