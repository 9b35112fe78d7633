"""Showcases for everybody: the list, a showcase's page, and its presentation on the whole screen."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from fabqueue.models import Showcase
from fabqueue.permissions import Permission, allowed, fetch
from fabqueue.services import showcases
from fabqueue.services.errors import Invalid
from fabqueue.web.access import open_to_all, permitted
from fabqueue.web.explore import covers
from fabqueue.web.forms import AtMost, Form, LongText, Needed, Text
from fabqueue.web.markdown import render
from fabqueue.web.site import context, current_person, me, reading, writing
from fabqueue.web.slides import slides

blueprint = Blueprint("showcases", __name__)


class About(Form):
    title = Text(_("Title"), [Needed(), AtMost(showcases.LONGEST["title"])])
    introduction = LongText(
        _("Introduction"), [AtMost(showcases.LONGEST["introduction"])], render_kw={"rows": 4},
        description=_("What these projects have in common and whom you show them to. Markdown works."),
    )  # fmt: skip


@blueprint.get("/showcases")
@open_to_all
def index() -> str:
    """The public ones, and those the reader writes."""
    person, session = current_person(), reading()
    days = context().config.retention.deleted_days
    return render_template(
        "showcases/index.html", found=[(each, covers(each)) for each in showcases.public(session)],
        mine=showcases.of(session, person) if person else [],
        deleted=showcases.deleted_of(session, person, days) if person else [],
    )  # fmt: skip


@blueprint.get("/showcases/<slug>")
@open_to_all
def show(slug: str) -> Response:
    showcase = fetch(reading(), current_person(), Showcase, slug, Permission.READ_SHOWCASE)
    return _page("showcases/show.html", showcase)


@blueprint.get("/showcases/<slug>/present")
@open_to_all
def present(slug: str) -> Response:
    """The slides alone, each as large as the screen."""
    showcase = fetch(reading(), current_person(), Showcase, slug, Permission.READ_SHOWCASE)
    return _page("showcases/present.html", showcase)


def _page(template: str, showcase: Showcase) -> Response:
    body = render_template(
        template, showcase=showcase, slides=slides(showcase), introduction=render(showcase.introduction),
        may_write=allowed(current_person(), Permission.WRITE_SHOWCASE, showcase),
    )  # fmt: skip
    return make_response(body)


@blueprint.route("/new-showcase", methods=["GET", "POST"])
@permitted(Permission.MAKE_SHOWCASE)
def create() -> Response:
    form = About()
    if form.validate_on_submit():
        try:
            with writing() as session:
                made = showcases.create(session, me(session), form.title.data or "", form.introduction.data or "")
                slug = made.slug
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return redirect(url_for("curating.edit", slug=slug), 303)
    body = render_template("showcases/new.html", form=form)
    return make_response(body, 422 if form.is_submitted() else 200)
