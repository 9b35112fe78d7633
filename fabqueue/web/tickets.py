"""Job tickets: one self-contained page in the size of the paper, readable with the server off, for one job or many.

The page carries its picture, its code and its style with it, so that it can be saved, sent to a label printer's own
computer, or printed after the network went. Its policy allows that one style by digest, pictures inside the page, and
nothing else.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import segno
from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from fabqueue import paths
from fabqueue.db import now
from fabqueue.models import Job, JobState
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import builds, jobs
from fabqueue.web.access import open_to_all, permitted, signed_in
from fabqueue.web.site import admits_guests, context, current_person, reading

blueprint = Blueprint("tickets", __name__)

MOST = 60
"""Tickets of one print; more is a mistake."""
_FRESH = timedelta(days=1)


@dataclass(frozen=True)
class Paper:
    """A size of paper in millimetres; `of_ticket` is the layout of its tickets, `on_page` how many one page has."""

    name: str
    width_mm: float
    height_mm: float
    title: str
    of_ticket: str = "a6"
    on_page: int = 1


PAPERS = {
    each.name: each
    for each in (
        Paper("a6", 105, 148, _("A6 card")),
        Paper("a4", 210, 297, _("A4, four cards to cut"), on_page=4),
        Paper("62x29", 62, 29, _("Label 62 × 29 mm"), "label"),
        Paper("89x36", 89, 36, _("Label 89 × 36 mm"), "label"),
        Paper("100x62", 100, 62, _("Label 100 × 62 mm"), "label"),
    )
}


@dataclass(frozen=True)
class Ticket:
    """What one ticket shows besides its job: the code to scan with what it says, and the picture inside the page."""

    job: Job
    address: str
    matrix: tuple[bytearray, ...]
    picture: str


@blueprint.get("/jobs/<code>/ticket")
@admits_guests
@signed_in
def show(code: str) -> Response:
    """The ticket of one job, in the `size` asked for; with `save` as a file."""
    job = fetch(reading(), current_person(), Job, code, Permission.READ_JOB)
    return _print([job], url_for("jobs.show", code=job.code))


@blueprint.get("/tickets")
@permitted(Permission.REVIEW_JOB)
def choose() -> str:
    """Which tickets to print together: those approved lately are ticked."""
    states = (JobState.QUEUED, JobState.IN_PRODUCTION, JobState.READY)
    found = sorted(jobs.with_state(reading(), *states), key=lambda each: -each.number)[:MOST]
    fresh = {each.code for each in found if each.approved_at and each.approved_at > now() - _FRESH}
    return render_template("tickets/choose.html", jobs=found, fresh=fresh, papers=PAPERS.values())


@blueprint.get("/tickets/print")
@permitted(Permission.REVIEW_JOB)
def together() -> Response:
    """The tickets of several jobs (`job`), one after the other."""
    codes = list(dict.fromkeys(request.args.getlist("job")))[:MOST]
    if not codes:
        return redirect(url_for("tickets.choose"), 303)
    found = [fetch(reading(), current_person(), Job, each, Permission.REVIEW_JOB) for each in codes]
    return _print(found, url_for("tickets.choose"))


def _print(found: Sequence[Job], back: str) -> Response:
    paper = PAPERS.get(request.args.get("size", "a6")) or abort(404)
    style = _style(paper)
    tickets = [_ticket(each) for each in found]
    pages = [tickets[at : at + paper.on_page] for at in range(0, len(tickets), paper.on_page)]
    saving = "save" in request.args
    body = render_template(
        "tickets/print.html", pages=pages, paper=paper, papers=PAPERS.values(), style=_element(style), saving=saving,
        codes=[each.code for each in found], back=back,
    )  # fmt: skip
    answer = make_response(body)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    if saving:
        name = found[0].code if len(found) == 1 else f"{len(found)}-tickets"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{paper.name}.html"'
    return answer


@cache
def _style(paper: Paper) -> str:
    """The style sheet of tickets with the size of the page before it."""
    sheet = (paths.static() / "css" / "tickets.css").read_text("utf-8")
    return f"@page {{ size: {paper.width_mm}mm {paper.height_mm}mm; margin: 0; }}\n{sheet}"


def _element(style: str) -> Markup:
    return Markup(f"<style>{style}</style>")  # noqa: S704  our own file


def _ticket(job: Job) -> Ticket:
    address = context().config.site.public_url.rstrip("/") + url_for("tickets.scan", code=job.code)
    return Ticket(job, address, tuple(segno.make(address, error="m").matrix), _picture(job))


def _picture(job: Job) -> str:
    """The rendering of the design as a data address; empty where there is none."""
    report = job.revision.report
    if report is None or not report.picture_sha256:
        return ""
    try:
        content = context().storage.path(report.picture_sha256).read_bytes()
    except FileNotFoundError:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"


@blueprint.get("/t/<code>")
@open_to_all
def scan(code: str) -> Response:
    """Where the code on a ticket leads: to the job for its people, to the page of what was made for everybody else.

    Who may know neither gets the same answer as for a code that never was.
    """
    job = reading().query(Job).filter_by(code=code).one_or_none()
    if job is None:
        abort(404)
    if allowed(current_person(), Permission.READ_JOB, job):
        finish = job.state in {JobState.READY, JobState.COLLECTED}
        return redirect(url_for("finish.show" if finish else "jobs.show", code=code), 303)
    build = builds.of(reading(), job) if job.state is JobState.COLLECTED else None
    if build is None or not build.shown or not allowed(current_person(), Permission.READ_PROJECT, build.project):
        abort(404)
    return redirect(url_for("projects.show", slug=build.project.slug, _anchor="log"), 303)
