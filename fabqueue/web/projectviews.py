"""What a project's page shows: builds against their prediction, the licence in plain words, the names of authors."""

from collections.abc import Sequence
from dataclasses import dataclass

from fabqueue.models import Build, Outcome, Photo, Project, Run
from fabqueue.permissions import Permission, allowed
from fabqueue.services import licences, photos, projects
from fabqueue.services.failures import Cause
from fabqueue.services.licences import Openness, Plain
from fabqueue.web import jobviews
from fabqueue.web.site import current_person, reading
from fabqueue.web.text import reader

BUILDS_SHOWN = 10
CAUSES = frozenset(each.code for each in Cause)


@dataclass(frozen=True)
class BuildView:
    """A build as the page shows it. `actual` and `predicted` of its runs together; None where one is unknown."""

    build: Build
    runs: list[Run]
    seconds: jobviews.Compared | None
    milligrams: jobviews.Compared | None
    is_own: bool
    """Whether the reader may see its job."""
    photos: Sequence[Photo] = ()
    """Those the reader may see; none where an author hid them."""
    failures: Sequence[Photo] = ()
    """In the same way, of what did not turn out."""

    @property
    def note(self) -> str:
        """What the maker says; on a public page not that of a guest or of a guarded person without consent."""
        may_appear = self.build.builder.work_may_appear
        return self.build.note if may_appear or not self.build.project.is_public else ""

    @property
    def is_good(self) -> bool:
        return self.build.outcome is Outcome.GOOD

    @property
    def reasons(self) -> list[str]:
        """Why runs failed; what staff typed and machines sent is for those who may see the job."""
        say = reader().say if self.is_own else reader().say_in_public
        said: list[str] = []
        for run in self.runs:
            said += [say(run.reason_code, run.reason_values)] if run.reason_code else []
            said += [_cause(run)] if run.cause in CAUSES and "cause" not in run.reason_values else []
        return [each for each in said if each]


def _cause(run: Run) -> str:
    """What a technician found when the machine said no more than that it broke off: one of a list, for everybody."""
    return reader().say("failed_because", {"cause": {"code": run.cause}})


def build_view(build: Build, photos: Sequence[Photo]) -> BuildView:
    items = [each.run_item for each in build.parts]
    shown = [each for each in photos if each.build_id == build.id] if build.pictures_shown else []
    return BuildView(
        build, [each.run for each in items], jobviews.compare_seconds(items), jobviews.compare_milligrams(items),
        is_own=any(allowed(current_person(), Permission.READ_JOB, each.job) for each in items),
        photos=[each for each in shown if not each.is_of_failure],
        failures=[each for each in shown if each.is_of_failure],
    )  # fmt: skip


@dataclass(frozen=True)
class Log:
    """A page of the build log; `older` is the number below which the next page begins."""

    builds: Sequence[BuildView]
    older: int | None


def visible_photos(project: Project) -> list[Photo]:
    """The photos of a project that the reader may see, in order."""
    every = photos.of_project(reading(), project)
    return [each for each in every if allowed(current_person(), Permission.READ_PHOTO, each)]


def photos_by_key(project: Project) -> dict[str, Photo]:
    """What documentation may show this reader."""
    return {each.id: each for each in visible_photos(project)}


def as_markdown(photo: Photo) -> str:
    """The line that puts a photo into documentation."""
    words = "".join(f"\\{each}" if each in "\\[]`<>*_!" else each for each in photo.alternative_text)
    return f"![{words}](photo:{photo.id})"


def log(project: Project, before: str, shown_photos: Sequence[Photo]) -> Log:
    """Builds newest first; those with numbers below `before` where that is one."""
    number = int(before) if before.isdecimal() and len(before) < 9 else None
    found = projects.builds(reading(), project, BUILDS_SHOWN + 1, number)
    shown = found[:BUILDS_SHOWN]
    return Log(
        [build_view(each, shown_photos) for each in shown], shown[-1].number if len(found) > BUILDS_SHOWN else None
    )


@dataclass(frozen=True)
class Terms:
    """A licence in plain words; `is_limited` where it is not open hardware."""

    expression: str
    parts: list[Plain]
    is_choice: bool
    is_limited: bool


def terms(expression: str) -> Terms:
    is_limited = bool(expression) and licences.openness(expression) is Openness.LIMITED
    return Terms(expression, licences.plain(expression), licences.is_choice(expression), is_limited)


@dataclass(frozen=True)
class Names:
    """Who wrote it, as this reader may know: names, and how many more there are."""

    shown: list[str]
    others: int


def author_names(project: Project) -> Names:
    """The owner first. Authors and staff read every name, others those of people who may be named."""
    by_rank = sorted(project.authors, key=lambda each: (each.person_id != project.owner_id, each.since))
    knows = allowed(current_person(), Permission.READ_AUTHORS, project)
    names = [each.person.display_name if knows else each.person.author_name for each in by_rank]
    shown = [each for each in names if each]
    return Names(shown, len(names) - len(shown))
