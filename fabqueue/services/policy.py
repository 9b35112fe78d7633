"""What the lab decides about itself on its pages: kept with the site, laid over the defaults.

The rules for a value are those of `config`; what the configuration file or the environment says wins and cannot be
changed here. Opening hours have a shape of their own and stand in the site's row.
"""

from collections.abc import Mapping

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue import config
from fabqueue.config import Config
from fabqueue.models import Policy, Site
from fabqueue.services import events, locks, sites
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.events import Actor

_log = structlog.get_logger(__name__)


def version(session: Session) -> int:
    """Counts the changes; 0 before the first, and while there is no site yet."""
    return session.scalar(select(Site.policy_version).order_by(Site.created_at).limit(1)) or 0


def decided(session: Session) -> dict[str, str]:
    """What was decided on the pages: names of settings and their values as text."""
    return {each.name: each.value for each in session.scalars(select(Policy))}


def effective(session: Session, settings: Config) -> Config:
    """The settings that hold: file and environment over what was decided here, over the defaults."""
    made, faults = config.overlay(settings, decided(session))
    for fault in faults:  # it was right when it was decided; a later version may know better
        _log.warning("policy_not_usable", setting=f"{fault.section}.{fault.key}", message=fault.message)
    return made


def change(session: Session, settings: Config, actor: Actor, wanted: Mapping[str, str]) -> Config:
    """Decide some settings; those that stay as they are cost nothing. Returns the settings that hold then.

    A value that is the default is not kept: the default is what holds without it. Raises Invalid naming every fault,
    with the setting's name, its dot written as two underscores, as the field.
    """
    site = sites.the_site(session)
    locks.lock(session, site)
    old = effective(session, settings)
    changed = {name: text for name, text in wanted.items() if _is_new(old, name, text)}
    new = _checked(session, settings, changed)
    if not changed:
        return old
    for name in changed:
        _keep(session, name, config.text_of(new, name))
        said = {"setting": {"code": words(name)}}
        events.record(session, actor, site, "change_policy", old=config.text_of(old, name)[:200],
                      new=config.text_of(new, name)[:200], values=said)  # fmt: skip
    site.policy_version += 1
    sites.sync(session, new)
    return new


def check(session: Session, settings: Config, wanted: Mapping[str, str]) -> None:
    """Whether that could be decided. Raises Invalid as `change`, which comes later."""
    old = effective(session, settings)
    changed = {name: text for name, text in wanted.items() if _is_new(old, name, text)}
    _checked(session, settings, changed)


def words(name: str) -> str:
    """The code of the words for a setting."""
    return f"policy_{name.replace('.', '_')}"


def field(name: str) -> str:
    """What a form calls a setting."""
    return name.replace(".", "__")


def _is_new(old: Config, name: str, text: str) -> bool:
    return name not in config.adjustable() or config.text_of(old, name) != text


def _checked(session: Session, settings: Config, changed: Mapping[str, str]) -> Config:
    refused = [_locked(settings, name) for name in changed if name in settings.fixed]
    refused += [Refused("setting_unknown", {"name": name}) for name in changed if name not in config.adjustable()]
    made, faults = config.overlay(settings, {**decided(session), **changed})
    names = {name: Refused(fault.code, fault.values, field(name)) for fault in faults
             if (name := f"{fault.section}.{fault.key}") in changed}  # fmt: skip
    if stuck := sites.stuck(session, made):
        stuck.field = field("site.currency")
        refused.append(stuck)
    if refused or names:
        raise Invalid([*refused, *names.values()])
    return made


def _locked(settings: Config, name: str) -> Refused:
    return Refused("setting_locked", {"place": settings.fixed[name]}, field(name))


def _keep(session: Session, name: str, text: str) -> None:
    row = session.get(Policy, name)
    if text == config.text_of(Config(), name):
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(Policy(name=name, value=text))
    else:
        row.value = text
    session.flush()
