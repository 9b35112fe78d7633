"""The page that is finished at the shelf, with a phone: three questions and one button."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.models import Job
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import builds, finishing, licences, projects
from fabqueue.services import photos as kept_photos
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.finishing import Said
from fabqueue.web import photos, projectviews
from fabqueue.web.access import signed_in
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import AtMost, Form, LongText, Text, YesNo
from fabqueue.web.site import context, current_person, me, reading, writing

blueprint = Blueprint("finish", __name__, url_prefix="/jobs")


class Finish(Form):
    function = Text(_("What is it for?"), [AtMost(400)], description=_("For example: holds a shelf of up to 30 cm."))
    note = LongText(
        _("What would you tell the next maker?"), [AtMost(finishing.LONGEST_NOTE)],
        description=_("What went well, what to watch out for. It stands beside what the machine wrote."),
    )  # fmt: skip
    title = Text(_("Title"), [AtMost(120)])
    licence = Text(_("Licence"), [AtMost(licences.LONGEST)])
    licensor = Text(_("Who gives the licence"), [AtMost(200)])
    agreed = YesNo(_("The owner is here and agrees"))


_OF_PAGE = ("function", "title", "licence", "licensor")


@blueprint.get("/<code>/finish")
@signed_in
def show(code: str) -> Response:
    job = _job(code)
    if not finishing.is_over(job):
        return redirect(url_for("jobs.show", code=code), 303)
    build = builds.of(reading(), job)
    given = finishing.defaults(reading(), context().config, job)
    return _page(job, Finish(formdata=None, data=given | {"note": build.note if build else ""}))


def _job(code: str) -> Job:
    return fetch(reading(), current_person(), Job, code, Permission.FINISH_PAGE)


def _is_for_other(job: Job) -> bool:
    person = current_person()
    return person is not None and person.id != job.request.owner_id


def _page(job: Job, form: Finish, status: int = 200) -> Response:
    project, build = job.revision.design.project, builds.of(reading(), job)
    may_publish = finishing.may_publish(job)
    if not (may_publish and _is_for_other(job)):
        del form.agreed
    if not may_publish:
        for name in _OF_PAGE:
            delattr(form, name)
    shown = kept_photos.of_build(reading(), build) if build else []
    body = render_template(
        "jobs/finish.html", job=job, project=project, form=form, accept=photos.ACCEPT, may_publish=may_publish,
        view=projectviews.build_view(build, shown) if build else None, photos=shown, may_say=finishing.may_say(job),
        in_the_way=_in_the_way(job) if may_publish else [], for_other=_is_for_other(job),
        licences=[part for name in licences.COMMON for part in licences.plain(name)],
    )  # fmt: skip
    return make_response(body, status)


def _in_the_way(job: Job) -> list[Refused]:
    """What stops publishing and cannot be answered here: a design nobody could read, a consent that is missing."""
    faults = projects.publish_faults(reading(), job.revision.design.project)
    return [each for each in faults if each.field not in _OF_PAGE]


@blueprint.post("/<code>/finish")
@signed_in
def save(code: str) -> Response:
    """Keep what was said; publish the page only where that button was pressed (`do`)."""
    job, form = _job(code), Finish()
    wants_public = request.form.get("do") == "publish" and finishing.may_publish(job)
    if wants_public and _is_for_other(job) and not form.agreed.data:
        form.agreed.errors = [gettext("Tick it when they do, or keep the page private.")]
        return _page(job, form, 422)
    if not form.validate():
        return _page(job, form, 422)
    try:
        _keep(job, form)
        if wants_public:
            _publish(code)
    except Conflict as conflict:
        flash_problem(conflict)
        return redirect(url_for("jobs.show", code=code), 303)
    except (Refused, Invalid) as problem:
        form.refuse(problem)
        return _page(_job(code), form, 422)
    flash(_said(wants_public, job), "ok")
    return redirect(_after(job), 303)


def _keep(job: Job, form: Finish) -> None:
    """Photos are made small before anything is written, and no transaction is open meanwhile."""
    pictures, code = _pictures(job), job.code
    with writing() as session:
        found = fetch(session, me(session), Job, code, Permission.FINISH_PAGE)
        said = Said(form.note.data, {name: form[name].data for name in _OF_PAGE}, pictures)
        finishing.save(session, context().config, found, me(session), said)


def _pictures(job: Job) -> list[Any]:
    if not photos.sent() or not finishing.may_say(job):
        return []
    taken, _refused = photos.take_sent(job.revision.design.project)
    return list(taken)


def _publish(code: str) -> None:
    with writing() as session:
        person = me(session)
        finishing.publish(session, fetch(session, person, Job, code, Permission.FINISH_PAGE), person)


def _said(is_public: bool, job: Job) -> str:
    if is_public:
        return str(gettext("It is public now: everybody can read and rebuild it."))
    if job.revision.design.project.is_public:
        return str(gettext("Added to the page."))
    return str(gettext("Saved. It stays private."))


def _after(job: Job) -> str:
    """The page itself where its reader may see it: it may have become somebody else's private one since."""
    project = job.revision.design.project
    if allowed(current_person(), Permission.READ_PROJECT, project):
        return url_for("projects.show", slug=project.slug, _anchor="log")
    return url_for("jobs.show", code=job.code)
