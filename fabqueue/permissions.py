"""Who may do what: one table from permission to the predicates that allow it, and the one call that fetches a thing.

A view obtains an object only through `fetch`, which also checks. What a person may not see does not exist for
them (NotFound), whoever they are; what they may see and not do is Forbidden.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from fabqueue.models import (
    Base,
    Build,
    Candidate,
    Design,
    ImportBatch,
    Job,
    Machine,
    Notice,
    Person,
    Photo,
    Project,
    Request,
    Revision,
    Role,
    Run,
    Screen,
    Showcase,
    SignIn,
    Token,
)


class NotFound(Exception):
    """There is no such thing for this person."""


class Forbidden(Exception):
    """The person knows the thing and may not do this with it."""


class Permission(Enum):
    """Each with the sentence that says what it allows."""

    READ_PROJECT = "Read a project's page and its files."
    WRITE_PROJECT = "Change, publish and unpublish a project, add designs and revisions."
    READ_HISTORY = "Read the versions of a project's words, also those of before it was public."
    READ_AUTHORS = "See who writes a project, by the names members know."
    OWN_PROJECT = "Bring authors in and take them out, hand a project over, delete it."
    READ_DESIGN = "See a design, its revisions and reports."
    READ_ANEW = "Say what the colours of a drawing mean, and have it read so."
    ORDER_DESIGN = "Ask for a job from a revision."
    READ_PHOTO = "See a photo."
    CHANGE_PHOTO = "Describe, order, withdraw and restore a photo."
    READ_JOB = "See a job, its price and its events."
    CHANGE_JOB = "Submit, answer and cancel a job."
    READ_REQUEST = "See jobs that were asked for together."
    CHANGE_REQUEST = "Send a request of several jobs, take jobs out of it, and say that all of it was collected."
    AGREE_TO_PRICE = "Say yes to a dearer price: only whoever pays it, or looks after them."
    COLLECT_JOB = "Say that a job was collected."
    FINISH_PAGE = "Finish the page of a collected job: its note, its photos; staff in its owner's name."
    REVIEW_JOB = "Approve, send back, decline, requeue and reprioritise jobs."
    READ_MACHINES = "See machines and what they do."
    RUN_MACHINES = "Load, pause, cancel, start and finish runs, take machines out of service."
    CLEAR_MACHINE = "Say that a bed is clear and what came out."
    ARM_MACHINE = "Arm a laser, trace the outline there, take the arming back: whoever is certified for it."
    RESOLVE_RUN = "Decide about a run in doubt."
    HOLD_QUEUE = "Hold and release all dispatch."
    MANAGE_MACHINES = "Set up machines, models, materials and stock."
    MANAGE_PEOPLE = "See everybody, issue links for new passwords, make accounts."
    ISSUE_LINK = "Make a link for a new password: whoever has it can sign in as that person."
    MANAGE_POLICY = "Decide the lab's settings, look at its check."
    IMPORT = "Bring in people, past jobs and slicer settings from files, and undo it."
    GRANT_ROLES = "Grant and withdraw roles."
    CERTIFY = "Grant and withdraw certifications."
    TAKE_PAYMENT = "Record payments, refunds and top-ups."
    UPLOAD = "Upload designs."
    FILE_FOR_OTHERS = "Ask for a job in somebody else's name."
    GUARD_PEOPLE = "Guard an account, name who looks after it, record consent."
    MERGE_PEOPLE = "Make two accounts of one person one."
    TAKE_LEAVE_FOR = "Take somebody out for good, or hand out their data, because they asked."
    OWN_NOTICE = "Read and mark a notice."
    OWN_TOKEN = "Revoke a token."  # noqa: S105  a sentence, no secret
    OWN_SIGN_IN = "Sign a browser out."
    READ_SHOWCASE = "See a showcase and present it."
    WRITE_SHOWCASE = "Change a showcase, its slides and their order, publish, unpublish and delete it."
    LEND_SHOWCASE = "Let others write a showcase too."
    MAKE_SHOWCASE = "Begin a showcase."
    SEE_WALLBOARD = "See the wallboard by being signed in."
    MANAGE_SCREENS = "Make and revoke the secret addresses by which screens show the wallboard."


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


def owns_project(person: Person | None, thing: Any) -> bool:
    return person is not None and is_author(person, thing) and _project(thing).owner_id == person.id


def staff_of_project(person: Person | None, thing: Any) -> bool:
    return technician(person, thing) and _project(thing).deleted_at is None


def photo_is_public(_person: Person | None, photo: Photo) -> bool:
    return photo.is_for_everybody and photo.project.is_public


def brought_photo(person: Person | None, photo: Photo) -> bool:
    mine = person is not None and is_present(person) and photo.person_id == person.id
    return mine and photo.project.deleted_at is None


def author_of_photo(person: Person | None, photo: Photo) -> bool:
    """A photo of a run is its author's to see once it stands in the log: the job may be somebody else's."""
    return not photo.is_of_run_alone and is_author(person, photo)


def photographed_for(person: Person | None, photo: Photo) -> bool:
    """Whose job it was that lay there, and who looks after them."""
    jobs = [item.job for item in photo.run.items] if photo.run is not None else []
    of_theirs = bool(jobs) and all(owns_job(person, each) or guards_owner(person, each) for each in jobs)
    return of_theirs and photo.project.deleted_at is None


def member_of_open_project(person: Person | None, thing: Any) -> bool:
    return member(person, thing) and _project(thing).is_public


def owns_job(person: Person | None, job: Job) -> bool:
    return person is not None and is_present(person) and job.request.owner_id == person.id


def owns_request(person: Person | None, request: Request) -> bool:
    return person is not None and is_present(person) and request.owner_id == person.id


def guards_owner(person: Person | None, job: Job) -> bool:
    """Who looks after a guarded person acts for them."""
    return _guards(person, job.request.owner)


def guards_author(person: Person | None, thing: Any) -> bool:
    project = _project(thing)
    return project.deleted_at is None and _guards(person, project.owner)


def _guards(person: Person | None, ward: Person) -> bool:
    return person is not None and is_present(person) and ward.guarded and ward.guardian_id == person.id


def filed_it(person: Person | None, job: Job) -> bool:
    """An instructor follows what they asked for in somebody's name."""
    return person is not None and job.request.filed_by_id == person.id and instructor(person, job)


def uploaded_it(person: Person | None, thing: Any) -> bool:
    """An instructor who brought the file for somebody sees what became of it, until the project is deleted."""
    if person is None or _project(thing).deleted_at is not None or not instructor(person, thing):
        return False
    design = thing.design if isinstance(thing, Revision) else thing
    return isinstance(design, Design) and any(each.uploaded_by_id == person.id for each in design.revisions)


def is_certified(person: Person | None, machine: Machine) -> bool:
    return person is not None and is_present(person) and person.certified_for(machine.machine_model_id, machine.kind)


def showcase_is_public(_person: Person | None, showcase: Showcase) -> bool:
    return showcase.is_public


def curates(person: Person | None, showcase: Showcase) -> bool:
    """Made it, or looks after everything."""
    if person is None or not is_present(person) or showcase.deleted_at is not None:
        return False
    return showcase.curator_id == person.id or admin(person, showcase)


def helps_curate(person: Person | None, showcase: Showcase) -> bool:
    if person is None or not is_present(person) or showcase.deleted_at is not None:
        return False
    return any(each.person_id == person.id for each in showcase.helpers)


def is_own(person: Person | None, thing: Notice | Token | SignIn) -> bool:
    return person is not None and thing.person_id == person.id


def _project(thing: Project | Design | Revision | Build | Photo) -> Project:
    if isinstance(thing, Project):
        return thing
    return thing.design.project if isinstance(thing, Revision) else thing.project


P = Permission
TABLE: dict[Permission, tuple[Predicate, ...]] = {
    P.READ_PROJECT: (project_is_public, is_author, guards_author, staff_of_project),
    P.WRITE_PROJECT: (is_author,),
    P.READ_HISTORY: (is_author, staff_of_project),
    P.READ_AUTHORS: (is_author, staff_of_project),
    P.OWN_PROJECT: (owns_project,),
    P.READ_DESIGN: (project_is_public, is_author, guards_author, uploaded_it, staff_of_project),
    P.READ_ANEW: (is_author, guards_author, staff_of_project),
    P.ORDER_DESIGN: (is_author, guards_author, uploaded_it, staff_of_project, member_of_open_project),
    P.READ_PHOTO: (photo_is_public, brought_photo, author_of_photo, photographed_for, staff_of_project),
    P.CHANGE_PHOTO: (brought_photo, author_of_photo, photographed_for, staff_of_project),
    P.READ_JOB: (owns_job, guards_owner, filed_it, technician),
    P.CHANGE_JOB: (owns_job, guards_owner, filed_it, technician),
    P.READ_REQUEST: (owns_request, technician),
    P.CHANGE_REQUEST: (owns_request, technician),
    P.AGREE_TO_PRICE: (owns_job, guards_owner),
    P.COLLECT_JOB: (owns_job, guards_owner, technician),
    P.FINISH_PAGE: (owns_job, technician),
    P.REVIEW_JOB: (technician,),
    P.READ_MACHINES: (member,),
    P.RUN_MACHINES: (technician,),
    P.CLEAR_MACHINE: (technician, is_certified),
    P.ARM_MACHINE: (is_certified,),
    P.RESOLVE_RUN: (technician,),
    P.HOLD_QUEUE: (technician,),
    P.MANAGE_MACHINES: (technician,),
    P.MANAGE_PEOPLE: (technician,),
    P.ISSUE_LINK: (admin, technician_for_others),
    P.MANAGE_POLICY: (admin,),
    P.IMPORT: (technician,),
    P.GRANT_ROLES: (admin,),
    P.CERTIFY: (instructor, technician),
    P.TAKE_PAYMENT: (technician,),
    P.UPLOAD: (member,),
    P.FILE_FOR_OTHERS: (technician, instructor),
    P.GUARD_PEOPLE: (technician, instructor),
    P.MERGE_PEOPLE: (technician,),
    P.TAKE_LEAVE_FOR: (admin, technician_for_others),
    P.OWN_NOTICE: (is_own,),
    P.OWN_TOKEN: (is_own,),
    P.OWN_SIGN_IN: (is_own,),
    P.READ_SHOWCASE: (showcase_is_public, curates, helps_curate),
    P.WRITE_SHOWCASE: (curates, helps_curate),
    P.LEND_SHOWCASE: (curates,),
    P.MAKE_SHOWCASE: (instructor,),
    P.SEE_WALLBOARD: (technician, instructor),
    P.MANAGE_SCREENS: (technician,),
}
"""Permission to predicates; any one of them allows."""

VISIBILITY: dict[type[Base], tuple[Permission, ...]] = {
    Project: (P.READ_PROJECT,),
    Design: (P.READ_DESIGN,),
    Revision: (P.READ_DESIGN,),
    Photo: (P.READ_PHOTO,),
    Job: (P.READ_JOB,),
    Candidate: (P.MANAGE_MACHINES,),
    Request: (P.READ_REQUEST,),
    Machine: (P.READ_MACHINES,),
    Run: (P.RUN_MACHINES,),
    ImportBatch: (P.IMPORT,),
    Notice: (P.OWN_NOTICE,),
    Token: (P.OWN_TOKEN,),
    SignIn: (P.OWN_SIGN_IN,),
    Showcase: (P.READ_SHOWCASE,),
    Screen: (P.MANAGE_SCREENS,),
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
