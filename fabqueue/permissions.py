"""Who may do what: one table from permission to the predicates that allow it, and the one call that fetches a thing.

A view obtains an object only through `fetch`, which also checks. What a person may not see does not exist for
them (NotFound), whoever they are; what they may see and not do is Forbidden.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from fabqueue.models import Base, Build, Design, Job, Machine, Notice, Person, Project, Revision, Role, Run, Token


class NotFound(Exception):
    """There is no such thing for this person."""


class Forbidden(Exception):
    """The person knows the thing and may not do this with it."""


class Permission(Enum):
    """Each with the sentence that says what it allows."""

    READ_PROJECT = "Read a project's page and its files."
    WRITE_PROJECT = "Change, publish and unpublish a project, add designs and revisions."
    READ_DESIGN = "See a design, its revisions and reports."
    ORDER_DESIGN = "Ask for a job from a revision."
    READ_JOB = "See a job, its price and its events."
    CHANGE_JOB = "Submit, answer and cancel a job."
    AGREE_TO_PRICE = "Say yes to a dearer price: only whoever pays it."
    COLLECT_JOB = "Say that a job was collected."
    REVIEW_JOB = "Approve, send back, decline, requeue and reprioritise jobs."
    READ_MACHINES = "See machines and what they do."
    RUN_MACHINES = "Load, pause, cancel, start and finish runs, take machines out of service."
    CLEAR_MACHINE = "Say that a bed is clear and what came out."
    RESOLVE_RUN = "Decide about a run in doubt."
    HOLD_QUEUE = "Hold and release all dispatch."
    MANAGE_MACHINES = "Set up machines, models, materials and stock."
    MANAGE_PEOPLE = "See everybody, issue links for new passwords, make accounts."
    ISSUE_LINK = "Make a link for a new password: whoever has it can sign in as that person."
    GRANT_ROLES = "Grant and withdraw roles."
    CERTIFY = "Grant and withdraw certifications."
    TAKE_PAYMENT = "Record payments, refunds and top-ups."
    UPLOAD = "Upload designs."
    OWN_NOTICE = "Read and mark a notice."
    OWN_TOKEN = "Revoke a token."  # noqa: S105  a sentence, no secret


Predicate = Callable[[Person | None, Any], bool]


def anybody(_person: Person | None, _thing: Any) -> bool:
    return True


def is_present(person: Person | None) -> bool:
    """Signed in and has not left."""
    return person is not None and person.left_at is None


def has_role(*roles: Role) -> Predicate:
    def holds(person: Person | None, _thing: Any) -> bool:
        return person is not None and is_present(person) and bool(person.roles & set(roles))

    return holds


member = has_role(*Role)
technician = has_role(Role.TECHNICIAN, Role.ADMIN)
instructor = has_role(Role.INSTRUCTOR, Role.ADMIN)
admin = has_role(Role.ADMIN)


def technician_for_others(person: Person | None, subject: Person) -> bool:
    """Technicians help everybody but admins: else they could become one."""
    return technician(person, subject) and Role.ADMIN not in subject.roles


def project_is_public(_person: Person | None, thing: Any) -> bool:
    return _project(thing).is_public


def is_author(person: Person | None, thing: Any) -> bool:
    project = _project(thing)
    return (
        person is not None
        and is_present(person)
        and project.deleted_at is None
        and any(each.person_id == person.id for each in project.authors)
    )


def staff_of_project(person: Person | None, thing: Any) -> bool:
    return technician(person, thing) and _project(thing).deleted_at is None


def member_of_open_project(person: Person | None, thing: Any) -> bool:
    return member(person, thing) and _project(thing).is_public


def owns_job(person: Person | None, job: Job) -> bool:
    return person is not None and is_present(person) and job.request.owner_id == person.id


def is_certified(person: Person | None, machine: Machine) -> bool:
    return person is not None and is_present(person) and person.certified_for(machine.machine_model_id, machine.kind)


def is_own(person: Person | None, thing: Notice | Token) -> bool:
    return person is not None and thing.person_id == person.id


def _project(thing: Project | Design | Revision | Build) -> Project:
    if isinstance(thing, Project):
        return thing
    return thing.design.project if isinstance(thing, Revision) else thing.project  # type: ignore[union-attr]


P = Permission
TABLE: dict[Permission, tuple[Predicate, ...]] = {
    P.READ_PROJECT: (project_is_public, is_author, staff_of_project),
    P.WRITE_PROJECT: (is_author,),
    P.READ_DESIGN: (project_is_public, is_author, staff_of_project),
    P.ORDER_DESIGN: (is_author, staff_of_project, member_of_open_project),
    P.READ_JOB: (owns_job, technician),
    P.CHANGE_JOB: (owns_job, technician),
    P.AGREE_TO_PRICE: (owns_job,),
    P.COLLECT_JOB: (owns_job, technician),
    P.REVIEW_JOB: (technician,),
    P.READ_MACHINES: (member,),
    P.RUN_MACHINES: (technician,),
    P.CLEAR_MACHINE: (technician, is_certified),
    P.RESOLVE_RUN: (technician,),
    P.HOLD_QUEUE: (technician,),
    P.MANAGE_MACHINES: (technician,),
    P.MANAGE_PEOPLE: (technician,),
    P.ISSUE_LINK: (admin, technician_for_others),
    P.GRANT_ROLES: (admin,),
    P.CERTIFY: (instructor, technician),
    P.TAKE_PAYMENT: (technician,),
    P.UPLOAD: (member,),
    P.OWN_NOTICE: (is_own,),
    P.OWN_TOKEN: (is_own,),
}
"""Permission to predicates; any one of them allows."""

VISIBILITY: dict[type[Base], tuple[Permission, ...]] = {
    Project: (P.READ_PROJECT,),
    Design: (P.READ_DESIGN,),
    Revision: (P.READ_DESIGN,),
    Job: (P.READ_JOB,),
    Machine: (P.READ_MACHINES,),
    Run: (P.RUN_MACHINES,),
    Notice: (P.OWN_NOTICE,),
    Token: (P.OWN_TOKEN,),
}
"""Who may know that a thing exists at all."""

Thing = TypeVar("Thing", bound=Base)


def allowed(person: Person | None, permission: Permission, thing: Any = None) -> bool:
    """Whether `person` (None: a visitor) may do `permission` with `thing`."""
    return any(predicate(person, thing) for predicate in TABLE[permission])


def require(person: Person | None, permission: Permission, thing: Any = None) -> None:
    """Raises Forbidden unless allowed; use it for permissions that concern no single thing."""
    if not allowed(person, permission, thing):
        raise Forbidden(permission.name)


def check(person: Person | None, permission: Permission, thing: Thing | None) -> Thing:
    """`thing`, when `person` may do `permission` with it. Raises NotFound or Forbidden."""
    if thing is None or not any(allowed(person, seen, thing) for seen in VISIBILITY[type(thing)]):
        raise NotFound
    require(person, permission, thing)
    return thing


def fetch(session: Session, person: Person | None, kind: type[Thing], key: str, permission: Permission) -> Thing:
    """The `kind` with id `key`, or with that slug or code where it has one. Raises NotFound or Forbidden."""
    found = session.get(kind, key)
    for column in ("slug", "code"):
        if found is None and hasattr(kind, column):
            found = session.query(kind).filter(getattr(kind, column) == key).one_or_none()
    return check(person, permission, found)
