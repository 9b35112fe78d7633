"""Explore: the open projects of the lab, found by words, tags and filters, and what its machines make now."""

from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from fabqueue.models import MachineKind, Project, Revision, Showcase
from fabqueue.services import gallery, showcases, tags
from fabqueue.services.errors import Refused
from fabqueue.services.gallery import Mark, Order, Wish
from fabqueue.services.licences import Openness
from fabqueue.web import inpublic
from fabqueue.web.access import open_to_all
from fabqueue.web.live import Part
from fabqueue.web.site import reading

blueprint = Blueprint("explore", __name__)

PER_PAGE = 24
TAGS_SHOWN = 12
MOST_SHOWCASES = 4
ON_CARD = 3
"""Pictures on the card of a showcase."""
_BUILT = {"yes": True, "no": False}


@dataclass(frozen=True)
class Search:
    """What an address asks for. Whatever cannot be read asks for nothing."""

    wish: Wish
    after: Mark | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        """Names and values of the address, without the place in the list."""
        wish = self.wish
        built = {value: name for name, value in _BUILT.items()}.get(wish.built, "") if wish.built is not None else ""
        order = "" if wish.order is Order.BUILT else str(wish.order)
        pairs = [("q", wish.words), *(("tag", each) for each in wish.tags), ("made", str(wish.made_on or "")),
                 ("licence", str(wish.openness or "")), ("built", built), ("order", order)]  # fmt: skip
        return [(name, value) for name, value in pairs if value]

    def address(self, after: Mark | None = None, without_tag: str = "") -> str:
        """Where the same is found: from the beginning, or behind a mark; without one of its tags."""
        pairs = [each for each in self.query if each != ("tag", without_tag)]
        if after is not None:
            pairs.append(("after", f"{after[0]}~{after[1]}"))
        return url_for("explore.index") + (f"?{urlencode(pairs)}" if pairs else "")

    @property
    def chosen(self) -> dict[str, str]:
        return dict(self.query)


def _asked() -> Search:
    given = request.args
    wish = Wish(
        words=" ".join(given.get("q", "").split())[:200], tags=_tags(given.getlist("tag")),
        made_on=_one(MachineKind, given.get("made", "")), openness=_one(Openness, given.get("licence", "")),
        built=_BUILT.get(given.get("built", "")), order=_one(Order, given.get("order", "")) or Order.BUILT,
    )  # fmt: skip
    value, _, key = given.get("after", "")[:100].rpartition("~")
    return Search(wish, (value, key) if value and key else None)


def _tags(typed: list[str]) -> tuple[str, ...]:
    found = []
    for each in typed[: tags.MOST]:
        try:
            found.append(tags.normal(each))
        except Refused:
            continue  # nothing is called so; the rest of the address still says something
    return tuple(dict.fromkeys(found))


def _one(kind: Any, value: str) -> Any:
    return next((each for each in kind if each.value == value), None)


@blueprint.get("/")
@open_to_all
def index() -> Response:
    search = _asked()
    now = _now_part().html(machines=inpublic.machines(reading())) if search.wish.is_any and not search.after else ""
    chosen = showcases.public(reading(), MOST_SHOWCASES) if search.wish.is_any and not search.after else []
    return _shown("explore/index.html", search, now=now, showcases=[(each, covers(each)) for each in chosen])


@blueprint.get("/search")
@open_to_all
def search() -> Response:
    """The same list with nothing around it, for addresses that are given to others."""
    return _shown("explore/search.html", _asked())


@blueprint.get("/now")
@open_to_all
def now() -> Response:
    """What the machines make, for the part that renews itself."""
    return _now_part().response(machines=inpublic.machines(reading()))


def _now_part() -> Part:
    return Part("now", "explore/_now.html", url_for("explore.now"), 20, "wrap block", "now-h")


def _shown(template: str, search: Search, **more: Any) -> Response:
    found = _found(search)
    page = found[:PER_PAGE]
    order = search.wish.order
    older = search.address(gallery.mark(page[-1], order)) if len(found) > PER_PAGE else None
    return make_response(render_template(
        template, projects=[(each, face(each)) for each in page], search=search, wish=search.wish, older=older,
        newest=search.address() if search.after else None, total=gallery.count(reading(), search.wish),
        all_total=gallery.count(reading(), Wish()), tags=tags.known(reading(), TAGS_SHOWN), **more,
    ))  # fmt: skip


def _found(search: Search) -> list[Project]:
    """One more than a page. A place in the list that cannot be read is its beginning."""
    try:
        return list(gallery.find(reading(), search.wish, search.after, PER_PAGE + 1))
    except Refused:
        return list(gallery.find(reading(), search.wish, None, PER_PAGE + 1))


def face(project: Project) -> Revision | None:
    """The revision whose picture stands for a project: of its first design that has one."""
    with_picture = (
        revision
        for design in project.designs
        if design.deleted_at is None
        for revision in reversed(design.revisions)
        if revision.report is not None and (revision.report.picture_sha256 or revision.report.preview_sha256)
    )
    return next(with_picture, None)


def covers(showcase: Showcase) -> list[Revision]:
    """The first pictures that a visitor sees in a showcase, as many as stand side by side on its card."""
    faces = (face(item.project) for item in showcase.shown if item.project)
    return list(islice((each for each in faces if each), ON_CARD))
