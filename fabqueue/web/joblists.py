"""A member's jobs as a list, and what the account says of them. The same blueprint as `jobs`, which shows one."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from fabqueue.models import Job, JobState, Person
from fabqueue.services import jobs, ledger, notices, projects, requests, statements
from fabqueue.web import jobviews, statement_csv
from fabqueue.web.access import signed_in
from fabqueue.web.live import Part
from fabqueue.web.site import current_person, reading
from fabqueue.web.text import reader

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
blueprint.add_app_template_filter(jobviews.when, "when")

PER_PAGE = 20


@blueprint.get("")
@signed_in
def mine() -> str:
    person = _me()
    every = jobs.of(reading(), person)
    waiting = [each for each in every if each.state.needs_member]
    return render_template(
        "jobs/mine.html", waiting=waiting, ready=[each for each in every if each.state is JobState.READY],
        making=[each for each in every if each.state is JobState.IN_PRODUCTION], table=_table(every),
        notices=notices.latest(reading(), person, 6), projects=projects.of(reading(), person)[:8], show=_show_which(),
        counts={name: sum(each.state in states for each in every) for name, states in SHOWN.items()},
        all_count=len(every), **_gathered(person), **_money(person, 6),
    )  # fmt: skip


def _gathered(person: Person) -> dict[str, Any]:
    """The request that the person has not sent yet, when there is something in it."""
    found = requests.open_of(reading(), person)
    inside = requests.drafts(reading(), found) if found else []
    return {"gathering": found if inside else None, "gathered": inside}


def _money(person: Person, limit: int) -> dict[str, Any]:
    """The person's account: what is there, what is held, and the last lines."""
    account = ledger.account_of(reading(), person)
    return {"balance": ledger.balance(reading(), account), "lines": statements.lines(reading(), account, limit)}


@blueprint.get("/statement")
@signed_in
def statement() -> str:
    """Everything that was held, charged and paid, each line with why and what was left."""
    return render_template("jobs/statement.html", **_money(_me(), 500))


@blueprint.get("/statement.csv")
@signed_in
def statement_file() -> Response:
    """The same for a spreadsheet."""
    answer = make_response(statement_csv.table(_money(_me(), 100_000)["lines"], reader()))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return answer


@blueprint.get("/table")
@signed_in
def table() -> Response:
    """The table alone, asked for while something moves."""
    answer: Response = _table_part(jobs.of(reading(), _me()), answer=True)
    return answer


def _me() -> Person:
    person = current_person()
    assert person is not None
    return person


SHOWN: dict[str, frozenset[JobState]] = {
    "open": jobs.OPEN_STATES,
    "asked": frozenset({JobState.SUBMITTED, JobState.CHANGES_REQUESTED, JobState.AWAITING_MEMBER}),
    "making": frozenset({JobState.QUEUED, JobState.IN_PRODUCTION}),
    "ready": frozenset({JobState.READY}),
    "failed": frozenset({JobState.FAILED, JobState.REJECTED}),
    "drafts": frozenset({JobState.DRAFT}),
    "closed": frozenset(each for each in JobState if each.is_closed),
}
"""What the list can be narrowed to."""


def _show_which() -> str:
    wanted = request.args.get("show", "")
    return wanted if wanted in SHOWN else ""


def _table(every: Sequence[Job]) -> Any:
    return _table_part(every, answer=False)


def _table_part(every: Sequence[Job], *, answer: bool) -> Any:
    show, before = _show_which(), request.args.get("before", "")
    chosen = [each for each in every if not show or each.state in SHOWN[show]]
    later = [each for each in chosen if not before.isdecimal() or each.number < int(before[:18])]
    page = later[:PER_PAGE]
    is_moving = any(each.state.is_approved or each.state.awaits_review for each in page)
    address = url_for("jobs.table", show=show or None, before=before or None)
    part = Part("jobs", "jobs/_table.html", address, 4 if is_moving else 30, labelled="j")
    older = url_for("jobs.mine", show=show or None, before=page[-1].number) if len(later) > PER_PAGE else None
    newer = url_for("jobs.mine", show=show or None) if before.isdecimal() else None
    found = jobviews.standings(reading(), page)
    shown = {"standings": found, "label": jobviews.state_label, "older": older, "newer": newer, "show": show}
    return part.response(**shown) if answer else part.html(**shown)
