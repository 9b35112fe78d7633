"""Guarded accounts as staff keep them, and the people somebody looks after."""

from flask import Blueprint, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.permissions import Permission
from fabqueue.services import guarding, jobs, people
from fabqueue.web import jobviews
from fabqueue.web.access import permitted, signed_in
from fabqueue.web.acting import Question, asked
from fabqueue.web.forms import AtMost, Form, Needed, Text, YesNo
from fabqueue.web.site import current_person, me, reading
from fabqueue.web.staff_people import person_of

blueprint = Blueprint("guarding", __name__)


class Guard(Form):
    guardian = Text(
        lazy_gettext("Who looks after them"), [AtMost(40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
        description=lazy_gettext("User name of a parent, teacher or host; they get the notices and may answer. "
                                 "It may stay empty."),
    )  # fmt: skip


class Release(Form):
    earlier = YesNo(lazy_gettext("Show builds again that were hidden meanwhile"),
                    description=lazy_gettext("In public logs. Off, they stay hidden."))  # fmt: skip


class ConsentGiven(Form):
    given_by = Text(lazy_gettext("Who agreed, and how"), [Needed(), AtMost(200)],
                    description=lazy_gettext("For example: mother, on paper, 3 November."))  # fmt: skip
    earlier = YesNo(lazy_gettext("Show builds again that were hidden meanwhile"),
                    description=lazy_gettext("In public logs. Off, they stay hidden."))  # fmt: skip


def _question(name: str, title: str, text: str, yes: str, done: str, css: str = "primary") -> Question:
    back = url_for("staff_people.show", name=name, _anchor="guarded")
    return Question(title=title, text=text, yes=yes, done=done, back=back, css=css, nav="people")


@blueprint.route("/people/<name>/guard", methods=["GET", "POST"])
@permitted(Permission.GUARD_PEOPLE)
def guard(name: str) -> Response:
    """Guard an account, or name another guardian."""
    subject = person_of(reading(), name)
    form = Guard(guardian=subject.guardian.user_name if subject.guardian else "")
    question = _question(
        name, _("Guard the account of %(name)s?", name=subject.display_name),
        _("A guarded person never appears publicly without a recorded consent. Projects that are public now become "
          "private, and their builds are hidden."),
        _("Guard the account"), _("The account is guarded."),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        guardian = people.named(session, form.guardian.data, "guardian") if form.guardian.data else None
        guarding.guard(session, person_of(session, name), me(session), guardian)

    return asked(question, form, work)


@blueprint.route("/people/<name>/release", methods=["GET", "POST"])
@permitted(Permission.GUARD_PEOPLE)
def release(name: str) -> Response:
    """The account is like any other again."""
    subject = person_of(reading(), name)
    question = _question(
        name, _("End the guarding of %(name)s?", name=subject.display_name),
        _("They then decide themselves what is public, and nobody else sees their jobs."), _("End it"),
        _("The account is like any other again."), "danger solid",
    )  # fmt: skip
    form = Release()

    def work(session: WritingSession) -> None:
        guarding.release(session, person_of(session, name), me(session), show_earlier=form.earlier.data)

    return asked(question, form, work)


@blueprint.route("/people/<name>/consent", methods=["GET", "POST"])
@permitted(Permission.GUARD_PEOPLE)
def give_consent(name: str) -> Response:
    """Write down that somebody responsible agreed."""
    subject, form = person_of(reading(), name), ConsentGiven()
    question = _question(
        name, _("Record a consent for %(name)s?", name=subject.display_name),
        _("With it they may publish projects and be named, as their settings say. It can be withdrawn at any time."),
        _("Record the consent"), _("The consent is recorded."),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        given_by, earlier = form.given_by.data, form.earlier.data
        guarding.give_consent(session, person_of(session, name), me(session), given_by, show_earlier=earlier)

    return asked(question, form, work)


@blueprint.route("/people/<name>/consent/withdraw", methods=["GET", "POST"])
@permitted(Permission.GUARD_PEOPLE)
def withdraw_consent(name: str) -> Response:
    """Everything public of them goes at once."""
    subject = person_of(reading(), name)
    question = _question(
        name, _("Withdraw the consent for %(name)s?", name=subject.display_name),
        _("Their public projects become private and their builds are hidden, at once."), _("Withdraw it"),
        _("The consent is withdrawn; nothing of theirs is public."), "danger solid",
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        guarding.withdraw_consent(session, person_of(session, name), me(session))

    return asked(question, Form(), work)


@blueprint.get("/account/guarded")
@signed_in
def wards() -> Response:
    """Whom one looks after, with their jobs."""
    person = current_person()
    assert person is not None
    found = [
        (ward, jobviews.standings(reading(), jobs.of(reading(), ward, limit=20)))
        for ward in guarding.wards(reading(), person)
    ]
    return make_response(render_template("account/wards.html", found=found, label=jobviews.state_label))
