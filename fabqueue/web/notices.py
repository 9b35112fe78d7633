"""The bell: what a person should know, newest first."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from fabqueue.models import Machine, Notice, Run
from fabqueue.services import events, notices
from fabqueue.web.access import signed_in
from fabqueue.web.site import current_person, me, reading, writing

blueprint = Blueprint("notices", __name__)


def leads_to(notice: Notice) -> str:
    """The page to open for a notice: the job, the project, the question of a run in doubt, or the machine."""
    if notice.job_id:
        return url_for("jobs.show", code=notice.values["job"])
    if notice.project_id:
        return url_for("projects.show", slug=notice.project_id)
    about = notices.about(reading(), notice)
    if isinstance(about, Run):
        return url_for("floor.resolve", key=about.id)
    return url_for("tools.show", slug=about.slug) if isinstance(about, Machine) else url_for("notices.index")


blueprint.add_app_template_filter(leads_to)


@blueprint.get("/notices")
@signed_in
def index() -> str:
    person = current_person()
    assert person is not None
    found = notices.latest(reading(), person)
    names = events.actor_names(reading(), [each.over for each in found if each.over])
    return render_template("notices/index.html", notices=found, names=names)


@blueprint.post("/notices/read")
@signed_in
def read_all() -> Response:
    with writing() as session:
        notices.mark_read(session, me(session))
    return redirect(url_for("notices.index"), 303)
