"""The lab's own row: kept in step with the configuration; the lab-wide hold switch."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import WritingSession, now
from fabqueue.models import Account, AccountKind, Job, Person, Site
from fabqueue.services import events
from fabqueue.services.errors import Conflict, Refused

DEFAULT_SLUG = "main"


def the_site(session: Session) -> Site:
    """The lab. Raises LookupError before `sync` has run once."""
    site = session.scalar(select(Site).order_by(Site.created_at).limit(1))
    if site is None:
        raise LookupError("there is no site yet: run `fabqueue init` or `fabqueue serve` first")
    return site


def sync(session: Session, config: Config) -> Site:
    """Bring the site's row in step with the configuration, making it on the first run.

    Raises Refused when the currency changed although prices exist in the old one.
    """
    wanted = config.site
    site = session.scalar(select(Site).limit(1))
    if site is None:
        site = Site(slug=DEFAULT_SLUG, name=wanted.name, time_zone=wanted.time_zone, currency=wanted.currency,
                    job_prefix=wanted.job_prefix)  # fmt: skip
        session.add(site)
        session.add(Account(kind=AccountKind.HOUSE, name=wanted.name))
    if refused := stuck(session, config):
        raise refused
    site.name, site.time_zone = wanted.name, wanted.time_zone
    site.currency, site.job_prefix = wanted.currency, wanted.job_prefix
    session.flush()
    return site


def stuck(session: Session, config: Config) -> Refused | None:
    """Why the site cannot have the currency of `config`: prices exist in another one."""
    site, wanted = session.scalar(select(Site).limit(1)), config.site.currency
    if site is None or site.currency == wanted or not session.scalar(select(Job.id).limit(1)):
        return None
    return Refused("site_currency_in_use", {"old": site.currency, "new": wanted})


def next_job_number(session: Session, site: Site) -> int:
    """A number no other job of the site has."""
    session.execute(update(Site).where(Site.id == site.id).values(last_job_number=Site.last_job_number + 1))
    session.refresh(site)
    return site.last_job_number


def hold(session: Session, person: Person, reason: str) -> Site:
    """Stop all dispatch of the lab. Raises Refused without a reason, Conflict when it is held already."""
    site = the_site(session)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    if site.is_held:
        raise Conflict("held", "queue_already_held")
    site.held_at, site.held_by_id, site.held_reason = now(), person.id, reason.strip()
    events.record(session, events.actor_of(person), site, "hold", old="open", new="held", code="said",
                  values={"text": site.held_reason})  # fmt: skip
    return site


def release(session: WritingSession, person: Person, reason: str = "") -> Site:
    """Let dispatch go on. Raises Conflict when it is not held."""
    site = the_site(session)
    if not site.is_held:
        raise Conflict("open", "queue_not_held")
    site.held_at, site.held_by_id, site.held_reason = None, None, ""
    said = {"code": "said", "values": {"text": reason.strip()}} if reason.strip() else {}
    events.record(session, events.actor_of(person), site, "release", old="held", new="open", **said)  # type: ignore[arg-type]
    session.wake("dispatch")
    return site
