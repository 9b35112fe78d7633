"""People as staff see them: finding, new accounts, links for a password, roles, certificates, money."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from fabqueue.analysis import kinds
from fabqueue.db import WritingSession
from fabqueue.models import Certification, EntryKind, Job, MachineKind, MachineModel, Person, Role
from fabqueue.permissions import NotFound, Permission, allowed, require
from fabqueue.services import certifications, guarding, jobs, ledger, people, workshop
from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.access import permitted
from fabqueue.web.acting import Question, acted, asked
from fabqueue.web.forms import AtMost, Choice, Day, Form, LongText, Money, Needed, Text
from fabqueue.web.machines import KINDS
from fabqueue.web.reviewing import certifications_of, record_of
from fabqueue.web.site import context, current_person, me, reading, the_site, writing

blueprint = Blueprint("staff_people", __name__, url_prefix="/people")

MOST_FOUND = 100
MOST_JOBS = 20


class NewPerson(Form):
    """An account that staff make for somebody; the person chooses a password by the link."""

    user_name = Text(lazy_gettext("User name"), [Needed(), AtMost(32)],
                     render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
                     description=lazy_gettext("For signing in: small letters, digits, hyphens. It stays."))  # fmt: skip
    display_name = Text(lazy_gettext("Name others see"), [AtMost(80)], render_kw={"autocomplete": "off"})
    email = Text(lazy_gettext("E-mail"), [AtMost(254)], render_kw={"type": "email", "autocomplete": "off"},
                 description=lazy_gettext("Only where there is one. Pupils and guests need none."))  # fmt: skip


class Certify(Form):
    subject = Choice(lazy_gettext("For"))
    expires_on = Day(lazy_gettext("Last day"), description=lazy_gettext("Empty: no end date."))


class Payment(Form):
    amount = Money(lazy_gettext("Amount"), [Needed()])
    note = Text(lazy_gettext("Note"), [AtMost(120)], description=lazy_gettext("Cash, card, number of the receipt."))


class Note(Form):
    note = LongText(lazy_gettext("Why"), [Needed(), AtMost(200)], render_kw={"rows": 2})


def person_of(session: Session, name: str) -> Person:
    """The person with this user name. Raises NotFound, also for people who have left."""
    found = session.scalar(select(Person).where(Person.user_name == name, Person.left_at.is_(None)))
    if found is None:
        raise NotFound
    return found


@blueprint.get("")
@permitted(Permission.CERTIFY)
def index() -> Response:
    words = request.args.get("q", "")
    found = people.find(reading(), words, MOST_FOUND)
    return make_response(render_template("staff/people.html", found=found, words=words, most=MOST_FOUND))


@blueprint.route("/new", methods=["GET", "POST"])
@permitted(Permission.MANAGE_PEOPLE)
def create() -> Response:
    form = NewPerson()
    if form.validate_on_submit():
        try:
            with writing() as session:
                name, secret, expires = _made(session, form)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return link_page(name, secret, expires)
    return make_response(render_template("staff/new.html", form=form), 422 if form.is_submitted() else 200)


def _made(session: WritingSession, form: NewPerson) -> tuple[str, str, datetime]:
    """The account with a password that nobody knows, and a link to choose another. Raises Invalid."""
    by, rules = me(session), context().config.people
    person = people.sign_up(
        session, rules, form.user_name.data or "", people.nobodys_password(), by=by,
        display_name=form.display_name.data or "", email=form.email.data or "",
    )  # fmt: skip
    secret, expires = people.issue_link(session, rules, person, by)
    return person.user_name, secret, expires


@blueprint.post("/<name>/link")
@permitted(Permission.MANAGE_PEOPLE)
def issue_link(name: str) -> Response:
    """Make a link for a new password and show it this once."""
    with writing() as session:
        by, person = me(session), person_of(session, name)
        require(by, Permission.ISSUE_LINK, person)
        if person.is_guest:
            raise NotFound
        secret, expires = people.issue_link(session, context().config.people, person, by)
    return link_page(name, secret, expires)


def link_page(name: str, secret: str, expires: datetime) -> Response:
    """The link, this once."""
    address = context().config.site.public_url.rstrip("/") + url_for("people.new_password", secret=secret)
    body = render_template(
        "staff/link.html", subject=person_of(reading(), name), address=address, expires=expires,
        matrix=segno.make(address, error="m").matrix,
    )  # fmt: skip
    answer = make_response(body)
    answer.headers["Cache-Control"], answer.headers["Referrer-Policy"] = "no-store", "no-referrer"
    return answer


@blueprint.get("/<name>")
@permitted(Permission.CERTIFY)
def show(name: str) -> Response:
    return _page(person_of(reading(), name))


def _page(
    subject: Person, certify: Certify | None = None, payment: Payment | None = None, status: int = 200
) -> Response:
    shown = {"certify": certify or _certify_form(formdata=None), "payment": payment or Payment(formdata=None)}
    body = render_template(
        "staff/person.html", subject=subject, certificates=certifications_of(reading(), subject), roles=list(Role),
        consents=guarding.consents(reading(), subject), accept=",".join(kinds.EXTENSIONS),
        largest=context().config.uploads.largest_mb * 1_000_000, **shown, **_private(subject),
    )  # fmt: skip
    return make_response(body, status)


def _private(subject: Person) -> dict[str, Any]:
    """What only those who manage people see: jobs and money."""
    session, by = reading(), current_person()
    if not allowed(by, Permission.MANAGE_PEOPLE):
        return {"manages": False}
    account = ledger.account_of(session, subject)
    entries = ledger.entries(session, account, 50)
    found = {each.job_id: session.get(Job, each.job_id) for each in entries if each.job_id}
    charged = {each.job_id for each in entries if each.job_id and each.kind is EntryKind.CHARGE}
    refundable = {key for key in charged if (job := found.get(key)) and ledger.charged_for(session, job) > 0}
    return {
        "manages": True, "balance": ledger.balance(session, account), "entries": entries, "entry_jobs": found,
        "refundable": refundable, "jobs": jobs.of(session, subject, limit=MOST_JOBS),
        "record": record_of(session, subject),
        "may_link": allowed(by, Permission.ISSUE_LINK, subject) and not subject.is_guest,
        "may_take_leave": allowed(by, Permission.TAKE_LEAVE_FOR, subject) and subject.id != (by.id if by else ""),
    }  # fmt: skip


def _certify_form(**given: Any) -> Certify:
    form = Certify(**given)
    kinds = [SelectChoice(f"kind:{each.value}", _("every %(kind)s", kind=str(each.label))) for each in KINDS]
    models = [SelectChoice(f"model:{each.slug}", each.title) for each in workshop.models(reading())]
    form.subject.choices = [*models, *kinds]
    return form


@blueprint.post("/<name>/certifications")
@permitted(Permission.CERTIFY)
def certify(name: str) -> Response:
    form = _certify_form()
    if form.validate():
        try:
            with writing() as session:
                model, kind = _subject(session, form.subject.data or "")
                certifications.grant(session, person_of(session, name), me(session), model=model, kind=kind,
                                     expires_at=_end_of(form))  # fmt: skip
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("staff_people.show", name=name, _anchor="certificates"), 303)
    return _page(person_of(reading(), name), certify=form, status=422)


def _subject(session: Session, chosen: str) -> tuple[MachineModel | None, MachineKind | None]:
    what, _colon, which = chosen.partition(":")
    if what == "kind":
        return None, MachineKind(which)
    return session.scalar(select(MachineModel).where(MachineModel.slug == which)), None


def _end_of(form: Certify) -> datetime | None:
    """The midnight, in the lab's zone, that ends the last day."""
    if form.expires_on.data is None:
        return None
    return datetime.combine(form.expires_on.data + timedelta(days=1), time(), ZoneInfo(the_site().time_zone))


@blueprint.route("/<name>/certifications/<key>/withdraw", methods=["GET", "POST"])
@permitted(Permission.CERTIFY)
def withdraw_certification(name: str, key: str) -> Response:
    person = person_of(reading(), name)
    _certification(reading(), person, key)
    question = Question(
        title=_("Withdraw the certificate of %(name)s?", name=person.display_name), yes=_("Withdraw it"),
        css="danger solid", nav="people",
        text=_("They cannot start or clear the machines that ask for it until they are certified again."),
        done=_("The certificate is withdrawn."),
        back=url_for("staff_people.show", name=name, _anchor="certificates"),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        certifications.withdraw(session, _certification(session, person_of(session, name), key), me(session))

    return asked(question, Form(), work)


def _certification(session: Session, person: Person, key: str) -> Certification:
    found = session.get(Certification, key)
    if found is None or found.person_id != person.id:
        raise NotFound
    return found


@blueprint.post("/<name>/roles")
@permitted(Permission.GRANT_ROLES)
def change_role(name: str) -> Response:
    """Grant (`on`) or withdraw one role."""
    role, on = request.form.get("role", ""), request.form.get("on") == "1"
    if role not in set(Role):
        raise NotFound

    def work(session: WritingSession) -> None:
        by, person = me(session), person_of(session, name)
        require(by, Permission.GRANT_ROLES)
        (people.grant_role if on else people.withdraw_role)(session, person, Role(role), by)

    said = _("The role is granted.") if on else _("The role is withdrawn.")
    return acted(work, said, url_for("staff_people.show", name=name, _anchor="roles"))


@blueprint.post("/<name>/payments")
@permitted(Permission.TAKE_PAYMENT)
def pay(name: str) -> Response:
    """Record money that the person brought: for a job, or as a top-up."""
    form = Payment()
    if form.validate():
        try:
            with writing() as session:
                account = ledger.account_of(session, people.present(session, person_of(session, name)))
                ledger.payment(session, account, form.amount.data or 0, me(session), form.note.data or "")
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("staff_people.show", name=name, _anchor="money"), 303)
    return _page(person_of(reading(), name), payment=form, status=422)


@blueprint.route("/<name>/refunds/<code>", methods=["GET", "POST"])
@permitted(Permission.TAKE_PAYMENT)
def refund(name: str, code: str) -> Response:
    """Give back what a job cost."""
    job, form = _job_of(reading(), name, code), Note()
    question = Question(
        title=_("Give back what %(code)s cost?", code=job.code), yes=_("Give it back"), css="danger solid",
        text=_("The amount is booked back to the account of %(name)s.", name=job.owner.display_name), nav="people",
        done=_("What %(code)s cost is given back.", code=job.code),
        back=url_for("staff_people.show", name=name, _anchor="money"),
    )  # fmt: skip

    def work(session: WritingSession) -> None:
        ledger.refund(session, _job_of(session, name, code), me(session), form.note.data or "")

    return asked(question, form, work)


def _job_of(session: Session, name: str, code: str) -> Job:
    found = session.scalar(select(Job).where(Job.code == code))
    if found is None or found.payer_id != ledger.account_of(session, person_of(session, name)).id:
        raise NotFound
    return found
