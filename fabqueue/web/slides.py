"""A showcase's slides as they are shown: words, picture, facts of what was built, the way to the project's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import segno
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from fabqueue.models import Build, Outcome, Photo, Project, Revision, Showcase, ShowcaseItem
from fabqueue.services import photos, projects
from fabqueue.web import jobviews
from fabqueue.web.explore import face
from fabqueue.web.markdown import render
from fabqueue.web.site import context, reading
from fabqueue.web.text import reader


@dataclass(frozen=True)
class Slide:
    """One slide. number: from 1 among the shown ones. facts: (label, value, small print) about what was built."""

    number: int
    item: ShowcaseItem
    words: Markup
    face: Revision | None
    photo: Photo | None
    """The first one that everybody may see; it says more than a rendering."""
    facts: list[tuple[str, str, str]]
    address: str
    """Of the project's page as others reach it; empty on a slide of words alone."""
    matrix: Sequence[Any] | None
    """The QR code of it."""

    @property
    def project(self) -> Project | None:
        return self.item.project

    @property
    def title(self) -> str:
        return self.item.title or (self.item.project.title if self.item.project else "")


def slides(showcase: Showcase) -> list[Slide]:
    """The slides a visitor sees."""
    return [_slide(number, item) for number, item in enumerate(showcase.shown, 1)]


def _slide(number: int, item: ShowcaseItem) -> Slide:
    project = item.project
    if project is None:
        return Slide(number, item, render(item.words), None, None, [], "", None)
    address = public_address(project)
    words = render(item.words or project.summary)
    return Slide(number, item, words, face(project), _photo(project), _facts(project), address, qr(address))


def _photo(project: Project) -> Photo | None:
    every = photos.of_project(reading(), project)
    return next((each for each in every if each.is_for_everybody and not each.is_of_failure), None)


def public_address(project: Project) -> str:
    return context().config.site.public_url.rstrip("/") + url_for("projects.show", slug=project.slug)


def qr(address: str) -> Sequence[Any]:
    return segno.make(address, error="m").matrix


def _facts(project: Project) -> list[tuple[str, str, str]]:
    """What the build log knows: how long the last good one took and on what, how many there are, how many failed."""
    builds = projects.builds(reading(), project)
    good = [each for each in builds if each.outcome is Outcome.GOOD]
    facts = _last(good[0]) if good else []
    if builds:
        failed = len(builds) - len(good)
        note = ngettext("%(num)s failed", "%(num)s failed", failed) if failed else ""
        facts.append((_("Built"), ngettext("%(num)s time", "%(num)s times", len(builds)), note))
    if project.licence:
        facts.append((_("Licence"), Markup('<span translate="no">{}</span>').format(project.licence), ""))
    return facts


def _last(build: Build) -> list[tuple[str, str, str]]:
    items = [each.run_item for each in build.parts]
    time, mass = jobviews.compare_seconds(items), jobviews.compare_milligrams(items)
    run = items[-1].run if items else None
    facts = []
    if time:
        facts.append((_("Time"), reader().duration(time.actual), run.machine.name if run and run.machine else ""))
    if mass and run:
        facts.append((_("Material"), reader().mass(mass.actual / 1000), run.material.name))
    return facts
