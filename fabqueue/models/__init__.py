"""Tables, one family per file, with the questions a row can answer about itself."""

from fabqueue.models.base import Base
from fabqueue.models.builds import Build, BuildPart
from fabqueue.models.designs import (
    Design,
    DesignKind,
    Estimate,
    Project,
    ProjectAuthor,
    Report,
    Revision,
    RevisionState,
    StoredFile,
    Visibility,
)
from fabqueue.models.events import ActorKind, Event, MailState, Notice, RepeatedAnswer, SubjectKind
from fabqueue.models.jobs import Job, JobState, Quote, Request
from fabqueue.models.machines import (
    Condition,
    Connection,
    DriverKind,
    Machine,
    MachineModel,
    Material,
    MaterialOffer,
    Slot,
    Stock,
)
from fabqueue.models.money import Account, AccountKind, Entry, EntryKind
from fabqueue.models.people import Certification, MachineKind, PasswordLink, Person, Role, RoleGrant, Token
from fabqueue.models.runs import ACTIVE, Outcome, Run, RunItem, RunState, Slicing, SlicingState
from fabqueue.models.site import Heartbeat, Site

__all__ = [
    "ACTIVE", "Account", "AccountKind", "ActorKind", "Base", "Build", "BuildPart", "Certification", "Condition",
    "Connection", "Design", "DesignKind", "DriverKind", "Entry", "EntryKind", "Estimate", "Event", "Heartbeat", "Job",
    "JobState", "Machine", "MachineKind", "MachineModel", "MailState", "Material", "MaterialOffer", "Notice", "Outcome",
    "PasswordLink", "Person", "Project", "ProjectAuthor", "Quote", "RepeatedAnswer", "Report", "Request", "Revision",
    "RevisionState", "Role", "RoleGrant", "Run", "RunItem", "RunState", "Site", "Slicing", "SlicingState", "Slot",
    "Stock", "StoredFile", "SubjectKind", "Token", "Visibility",
]  # fmt: skip
