"""A project in one zip, sent while it is written: nothing is collected in memory or on the disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flask import abort, render_template
from werkzeug.wrappers import Response
from zipstream import ZIP_STORED, ZipStream

from fabqueue.models import Design, Photo, Project
from fabqueue.services import archives, licences
from fabqueue.web.markdown import PHOTO
from fabqueue.web.site import context

_CHUNK = 1 << 20


def answer(project: Project, designs: Sequence[Design], photos: Sequence[Photo]) -> Response:
    """The answer that streams it, with those `photos`. 404 where a file is gone from the storage."""
    archive = ZipStream(compress_type=ZIP_STORED, sized=True)
    archive.add(_readme(project, photos).encode(), "README.md")
    for each in [*archives.entries(designs), *archives.pictures(photos)]:
        try:
            place = context().storage.path(each.sha256)
        except FileNotFoundError:
            abort(404)
        archive.add(_pieces(place), each.path, size=place.stat().st_size)
    sent = Response(iter(archive), mimetype="application/zip")
    sent.headers["Content-Length"] = str(len(archive))
    sent.headers["Content-Disposition"] = f'attachment; filename="{project.slug}.zip"'
    return sent


def _readme(project: Project, photos: Sequence[Photo]) -> str:
    """The page as Markdown; its pictures are those of the zip."""
    inside = {each.id for each in photos}
    text = PHOTO.sub(
        lambda found: archives.picture(found[1]) if found[1] in inside else found[0], project.documentation
    )
    return render_template(
        "projects/readme.txt", project=project, documentation=text, parts=licences.plain(project.licence),
        address=context().config.site.public_url.rstrip("/"),
    )  # fmt: skip


def _pieces(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
