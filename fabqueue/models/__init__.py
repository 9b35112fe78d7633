"""Tables, one family per file, with the questions a row can answer about itself."""

from fabqueue.models.base import Base
from fabqueue.models.builds import Build, BuildPart
from fabqueue.models.designs import (
    Design,
    DesignKind,
    Estimate,
    PageVersion,
    Project,
    ProjectAuthor,
    ProjectTag,
    Report,
    Revision,
    RevisionState,
    StoredFile,
    Visibility,
)
from fabqueue.models.events import ActorKind, Event, MailState, Notice, RepeatedAnswer, SubjectKind
from fabqueue.models.finding import Candidate, CandidateSource, CandidateState, NetworkSearch
from fabqueue.models.handovers import Handover
from fabqueue.models.imports import ImportBatch, ImportedProfile, ImportedThing, ImportKind, ImportState, PastJob
from fabqueue.models.jobs import Job, JobState, Quote, Request, Urgency
from fabqueue.models.machines import (
    FOREIGN_WORK,
    MANUAL,
    OCTOPRINT,
    Beam,
    Chore,
    ChoreState,
    Condition,
    Connection,
    LeftFile,
    Machine,
    MachineModel,
    Material,
    MaterialOffer,
    ServiceKind,
    ServiceRecord,
    ServiceTask,
    ServiceUnit,
    Slot,
    Stock,
    same_colour,
)
from fabqueue.models.money import Account, AccountKind, Entry, EntryKind, Means
from fabqueue.models.people import (
    Certification,
    Consent,
    MachineKind,
    PasswordLink,
    Person,
    RetiredName,
    Role,
    RoleGrant,
    SignIn,
    Token,
)
from fabqueue.models.photos import Photo
from fabqueue.models.runs import ACTIVE, Outcome, Run, RunItem, RunState, Slicing, SlicingState
from fabqueue.models.showcases import Screen, Showcase, ShowcaseHelper, ShowcaseItem
from fabqueue.models.site import HandoverNote, Heartbeat, Policy, Site

__all__ = [
    "ACTIVE", "FOREIGN_WORK", "MANUAL", "OCTOPRINT",
    "Account", "AccountKind", "ActorKind", "Base", "Beam", "Build", "BuildPart", "Candidate",
    "CandidateSource", "CandidateState", "Certification", "Chore",
    "ChoreState", "Condition", "Connection", "Consent", "Design",
    "DesignKind", "Entry", "EntryKind", "Estimate", "Event", "Handover", "HandoverNote", "Heartbeat",
    "ImportBatch", "ImportKind", "ImportState", "ImportedProfile", "ImportedThing", "Job", "JobState", "LeftFile",
    "Machine",
    "MachineKind", "MachineModel", "MailState", "Material", "MaterialOffer", "Means", "NetworkSearch", "Notice",
    "Outcome", "PageVersion", "PasswordLink", "PastJob", "Person", "Photo", "Policy", "Project", "ProjectAuthor",
    "ProjectTag", "Quote", "RepeatedAnswer", "Report", "Request", "RetiredName", "Revision", "RevisionState",
    "Role", "RoleGrant", "Run", "RunItem", "RunState", "Screen", "ServiceKind", "ServiceRecord", "ServiceTask",
    "ServiceUnit", "Showcase", "ShowcaseHelper", "ShowcaseItem", "SignIn", "Site", "Slicing", "SlicingState",
    "Slot", "Stock", "StoredFile", "SubjectKind", "Token", "Urgency", "Visibility",
    "same_colour",
]  # fmt: skip
