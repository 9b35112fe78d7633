"""Projects: the public ones for everybody, one's own to change and publish."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import paging, present
from fabqueue.api.access import caller, open_to_all, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.figures import moment
from fabqueue.api.problems import Problem
from fabqueue.api.schemas import Project as ProjectSchema
from fabqueue.api.schemas import ProjectSummary, page_of
from fabqueue.calls import reading
from fabqueue.db import WritingSession
from fabqueue.models import MachineKind, Person, Project
from fabqueue.permissions import Permission, fetch
from fabqueue.services import gallery, projects, tags
from fabqueue.services.errors import Refused
from fabqueue.services.gallery import Order
from fabqueue.services.licences import Openness

P = Permission


class ProjectsQuery(paging.PageQuery):
    """Which projects."""

    q = fields.String(load_default="", metadata={"description": "Words in title, summary, tags or names of makers."})
    tag = fields.String(load_default="", metadata={"description": "Tags separated by commas; all of them."})
    made_on = fields.Enum(MachineKind, by_value=fields.String(), load_default=None)
    licence = fields.Enum(Openness, by_value=fields.String(), load_default=None)
    built = fields.Boolean(load_default=None)
    order = fields.Enum(Order, by_value=fields.String(), load_default=Order.PUBLISHED)
    mine = fields.Boolean(load_default=False, metadata={"description": "Those the caller writes, also private ones."})


class ProjectChange(Schema):
    """Any of these; what is not named stays."""

    title = fields.String()
    summary = fields.String()
    documentation = fields.String(metadata={"description": "Markdown."})
    function = fields.String(metadata={"description": "What the thing is for; needed to publish."})
    licence = fields.String(metadata={"description": "SPDX expression; needed to publish."})
    licensor = fields.String()
    version = fields.String()
    tags = fields.List(fields.String())


@v1.route("/projects", tags=["projects"])
@v1.arguments(ProjectsQuery, location="query")
@v1.response(200, page_of(ProjectSummary))
@open_to_all
def list_projects(query: dict[str, Any]) -> Any:
    """Public projects, last published first or as ordered; with `mine=1` the caller's own, as they were made"""
    if query["mine"]:
        return _mine(query)
    limit, order = paging.limit_of(query), query["order"]
    rows = gallery.find(reading(), _wish(query), _after(query, order), limit + 1)
    return paging.page(rows, limit, lambda each: gallery.mark(each, order), present.project_summary)


def _wish(query: dict[str, Any]) -> gallery.Wish:
    named = tuple(tags.all_normal(tags.split(query["tag"])))
    return gallery.Wish(query["q"][:200], named, query["made_on"], query["licence"], query["built"], query["order"])


def _after(query: dict[str, Any], order: Order) -> gallery.Mark | None:
    """Where the page begins. A cursor that is an id alone is one of earlier days."""
    position = paging.position(query)
    if position is None:
        return None
    if isinstance(position, str):
        return gallery.mark_after(reading(), position, order)
    if not (isinstance(position, list) and len(position) == 2 and isinstance(position[1], str)):
        raise Refused("cursor_unreadable", field="cursor")
    return position[0], position[1]


def _mine(query: dict[str, Any]) -> Any:
    person = caller()
    if person is None:
        raise Problem(401, "token_missing", headers={"WWW-Authenticate": 'Bearer realm="FabQueue"'})
    rows = projects.of(reading(), person)
    return paging.slice_of(rows, query, lambda each: [moment(each.created_at), each.id], present.project_summary)


@v1.route("/projects/<slug>", tags=["projects"])
@v1.response(200, ProjectSchema)
@open_to_all
def get_project(slug: str) -> dict[str, Any]:
    """A project with its designs and builds"""
    return present.project(reading(), fetch(reading(), caller(), Project, slug, P.READ_PROJECT))


@v1.route("/projects/<slug>", methods=["PATCH"], tags=["projects"])
@v1.arguments(ProjectChange)
@v1.response(200, ProjectSchema)
@with_token
def patch_project(given: dict[str, Any], slug: str) -> Answer:
    """Change a project's words"""

    def work(session: WritingSession, person: Person) -> Project:
        project = _fetch(session, person, slug)
        projects.change(session, project, person, given)
        return project

    return change(work, _show)


@v1.route("/projects/<slug>/publish", methods=["POST"], tags=["projects"])
@v1.response(200, ProjectSchema)
@with_token
def publish_project(slug: str) -> Answer:
    """Show a project to everybody"""

    def work(session: WritingSession, person: Person) -> Project:
        project = _fetch(session, person, slug)
        projects.publish(session, project, person)
        return project

    return change(work, _show)


@v1.route("/projects/<slug>/unpublish", methods=["POST"], tags=["projects"])
@v1.response(200, ProjectSchema)
@with_token
def unpublish_project(slug: str) -> Answer:
    """Make a project private again"""

    def work(session: WritingSession, person: Person) -> Project:
        project = _fetch(session, person, slug)
        projects.unpublish(session, project, person)
        return project

    return change(work, _show)


def _fetch(session: Session, person: Person, slug: str) -> Project:
    return fetch(session, person, Project, slug, P.WRITE_PROJECT)


def _show(session: Session, _person: Person, project: Project) -> dict[str, Any]:
    return present.project(session, project)
