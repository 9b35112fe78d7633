"""Projects are private unless published; publishing says what is missing; deleting can be undone."""

import pytest

from fabqueue.db import WritingSession, now
from fabqueue.models import Job, Outcome, Project, Run, RunItem, RunState, Visibility
from fabqueue.models import Request as JobRequest
from fabqueue.services import builds, gallery, ledger, projects
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.gallery import Wish
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

WHOLE = {"licence": "CERN-OHL-S-2.0", "licensor": "Alice", "function": "Holds a shelf."}


@pytest.fixture
def project(session: WritingSession, here: Lab, storage: Storage) -> Project:
    return factories.analysed_box(session, storage, here.alice).design.project


@pytest.fixture
def job(session: WritingSession, here: Lab, project: Project) -> Job:
    request = JobRequest(site_id=here.site.id, owner_id=here.alice.id, filed_by_id=here.alice.id)
    session.add(request)
    session.flush()
    revision = projects.designs(session, project)[0].latest
    made = Job(
        site_id=here.site.id, number=1, code="J-1", request_id=request.id, revision_id=revision.id,
        machine_model_id=here.model.id, material_id=here.pla.id, payer_id=ledger.account_of(session, here.alice).id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_publishing_names_everything_that_is_missing(session: WritingSession, here: Lab, project: Project) -> None:
    with pytest.raises(Invalid) as caught:
        projects.publish(session, project, here.alice)
    assert {each.field for each in caught.value.refusals} == {"licence", "licensor", "function"}
    assert not project.is_public


def test_a_whole_project_is_published_and_taken_back(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, WHOLE)
    projects.publish(session, project, here.alice)
    assert project.is_public
    assert list(gallery.find(session, Wish())) == [project]
    with pytest.raises(Conflict):
        projects.publish(session, project, here.alice)
    projects.unpublish(session, project, here.alice)
    assert list(gallery.find(session, Wish())) == []


def test_a_guarded_person_needs_consent_to_publish(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, WHOLE)
    here.alice.guarded = True
    with pytest.raises(Invalid) as caught:
        projects.publish(session, project, here.alice)
    assert [each.code for each in caught.value.refusals] == ["project_consent_missing"]
    here.alice.consent_at = now()
    projects.publish(session, project, here.alice)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("title", " ", "project_title_missing"),
        ("licence", "Sharealot", "project_licence_unknown"),
        ("version", "one two", "project_version_shape"),
        ("summary", "x" * 401, "text_too_long"),
        ("owner", "bob", "project_field_unknown"),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    session: WritingSession, here: Lab, project: Project, field: str, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        projects.change(session, project, here.alice, {field: text})
    assert [(each.code, each.field) for each in caught.value.refusals] == [(code, field)]


def test_a_public_project_keeps_a_licence(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, WHOLE)
    projects.publish(session, project, here.alice)
    with pytest.raises(Invalid) as caught:
        projects.change(session, project, here.alice, {"licence": ""})
    assert [each.code for each in caught.value.refusals] == ["project_licence_missing"]


def test_deleting_hides_and_restoring_brings_back_private(session: WritingSession, here: Lab, project: Project) -> None:
    projects.change(session, project, here.alice, WHOLE)
    projects.publish(session, project, here.alice)
    projects.delete(session, project, here.alice)
    assert not project.is_public
    assert list(projects.of(session, here.alice)) == []
    assert list(projects.deleted_of(session, here.alice, 30)) == [project]
    projects.restore(session, project, here.alice)
    assert project.visibility is Visibility.PRIVATE
    assert list(projects.of(session, here.alice)) == [project]


def test_a_project_with_open_jobs_is_not_deleted(
    session: WritingSession, here: Lab, project: Project, job: Job
) -> None:
    projects.delete(session, project, here.alice)  # a draft does not hinder
    projects.restore(session, project, here.alice)
    job.state = type(job.state).QUEUED
    session.flush()
    with pytest.raises(Refused, match="project_has_open_jobs"):
        projects.delete(session, project, here.alice)


def test_a_build_is_logged_once_with_its_failures(
    session: WritingSession, here: Lab, project: Project, job: Job
) -> None:
    for outcome, good in ((Outcome.FAILED, 0), (Outcome.GOOD, 1)):
        run = Run(site_id=here.site.id, machine_model_id=here.model.id, material_id=here.pla.id, state=RunState.DONE)
        session.add(run)
        session.flush()
        session.add(RunItem(run_id=run.id, job_id=job.id, copies=1, good_copies=good, outcome=outcome))
    session.flush()
    build = builds.log(session, job)
    assert build is not None
    assert (build.number, build.outcome, build.version) == (1, Outcome.GOOD, "1.0.0")
    assert [each.run_item.good_copies for each in build.parts] == [0, 1]
    assert builds.log(session, job) is build
    assert list(projects.builds(session, project)) == [build]
    assert project.good_builds == 1


def test_a_job_that_made_nothing_gives_no_build(session: WritingSession, here: Lab, job: Job) -> None:
    assert builds.log(session, job) is None
