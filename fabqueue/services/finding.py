"""Bringing machines into the lab: what was found in the network or typed, its key, a model that fits, and its own row.

No function here reaches a machine; `dispatch/finding` does, and writes by these.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from fabqueue.db import WritingSession, now
from fabqueue.models import (
    MANUAL,
    OCTOPRINT,
    Candidate,
    CandidateSource,
    CandidateState,
    Machine,
    MachineKind,
    MachineModel,
    NetworkSearch,
    Person,
)
from fabqueue.services import events, sites, supplies, workshop
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.workshop import MachineFacts, ModelFacts
from printers.profiles import Kind, Profile

SEARCH_SECONDS = 60
"""A search that has not ended by then was interrupted."""
ASK_SECONDS = 180
"""How long OctoPrint's screen shows the question."""
KEPT_DAYS = 7
NEAR_MM = 2.0
"""Beds of one size differ by so much in what people write down."""
_ASKABLE = (CandidateState.ANSWERS, CandidateState.DENIED, CandidateState.EXPIRED, CandidateState.SILENT)


# searching


def search(session: WritingSession, by: Person) -> NetworkSearch:
    """Look around the network. One look at a time: a second wish gets the one that goes on."""
    going_on = running_search(session)
    if going_on is not None:
        return going_on
    session.execute(delete(NetworkSearch).where(NetworkSearch.asked_at < now() - timedelta(days=KEPT_DAYS)))
    made = NetworkSearch(asked_by_id=by.id)
    session.add(made)
    session.flush()
    events.record(session, events.actor_of(by), sites.the_site(session), "search")
    session.wake("search", made.id)
    return made


def running_search(session: Session) -> NetworkSearch | None:
    young = NetworkSearch.asked_at > now() - timedelta(seconds=SEARCH_SECONDS)
    return session.scalar(select(NetworkSearch).where(young, NetworkSearch.ended_at.is_(None)).limit(1))


def last_search(session: Session) -> NetworkSearch | None:
    return session.scalar(select(NetworkSearch).order_by(NetworkSearch.asked_at.desc()).limit(1))


def begin_search(session: Session, key: str) -> bool:
    """Whether this worker does the search; another may have begun."""
    begun = update(NetworkSearch).where(NetworkSearch.id == key, NetworkSearch.began_at.is_(None))
    return _changes(session, begun.values(began_at=now()))


def end_search(session: Session, key: str) -> None:
    session.execute(update(NetworkSearch).where(NetworkSearch.id == key).values(ended_at=now()))


def typed(session: WritingSession, by: Person, url: str) -> Candidate:
    """An address somebody typed, already in its plain form. Raises Refused for one that a machine has."""
    if session.scalar(select(Machine.id).where(Machine.url == url, Machine.retired_at.is_(None))):
        raise Refused("machine_address_taken", field="address")
    found = note(session, url, "", "", CandidateSource.TYPED)
    events.record(session, events.actor_of(by), sites.the_site(session), "type_address", values={"address": url})
    session.wake("approach", found.id)
    return found


def note(session: Session, url: str, name: str, version: str, source: CandidateSource) -> Candidate:
    """Keep what was found; one that is known is only looked at again."""
    found = session.scalar(select(Candidate).where(Candidate.url == url))
    if found is None:
        found = Candidate(url=url, source=source)
        session.add(found)
    found.name, found.version = name or found.name, version or found.version
    busy = {CandidateState.TO_ASK, CandidateState.ASKING, CandidateState.ALLOWED}
    if found.state not in busy:
        found.state, found.changed_at, found.problem_code, found.problem_values = CandidateState.FOUND, now(), "", {}
        found.machine_id = None
    session.flush()
    return found


def candidates(session: Session) -> list[Candidate]:
    """What was found and is no machine of the lab, by name."""
    of_machines = select(Machine.url).where(Machine.retired_at.is_(None))
    found = select(Candidate).where(Candidate.state != CandidateState.ADDED, Candidate.url.not_in(of_machines))
    return sorted(session.scalars(found), key=lambda each: (each.name.casefold(), each.url))


def due(session: Session) -> list[str]:
    """Ids of candidates that a worker should see to, whoever lost them."""
    waiting = Candidate.state.in_((CandidateState.FOUND, CandidateState.TO_ASK))
    forgotten = (Candidate.state == CandidateState.ASKING) & (
        Candidate.changed_at < now() - timedelta(seconds=ASK_SECONDS + 30)
    )
    return list(session.scalars(select(Candidate.id).where(waiting | forgotten)))


def searches_due(session: Session) -> list[str]:
    young = NetworkSearch.asked_at > now() - timedelta(seconds=SEARCH_SECONDS)
    return list(session.scalars(select(NetworkSearch.id).where(young, NetworkSearch.began_at.is_(None))))


def forget_old(session: Session) -> None:
    """What was found and not taken is found again when somebody looks; a key nobody used is not kept."""
    old = Candidate.changed_at < now() - timedelta(days=KEPT_DAYS)
    session.execute(delete(Candidate).where(old))


# its key


def ask(session: WritingSession, by: Person, candidate: Candidate) -> None:
    """Have the question put on OctoPrint's screen. Raises Conflict when it stands there already."""
    moved = move(session, candidate.id, _ASKABLE, CandidateState.TO_ASK, asked_by_id=by.id, problem_code="")
    if not moved:
        raise Conflict(str(candidate.state))
    events.record(session, events.actor_of(by), sites.the_site(session), "ask_key",
                  values={"address": candidate.url})  # fmt: skip
    session.wake("approach", candidate.id)


def stop_asking(session: Session, candidate: Candidate) -> None:
    """Wait no longer; OctoPrint forgets the question by itself a few seconds later."""
    move(session, candidate.id, (CandidateState.TO_ASK, CandidateState.ASKING), CandidateState.ANSWERS)


def forget(session: Session, candidate: Candidate) -> None:
    """Take it off the list. A key that it gave is forgotten."""
    session.delete(candidate)
    session.flush()


def answered(session: Session, candidate_id: str, state: CandidateState, **columns: Any) -> bool:
    """What OctoPrint answered to the question; False when nobody waits for it any more."""
    if not move(session, candidate_id, (CandidateState.ASKING,), state, **columns):
        return False
    url = session.scalar(select(Candidate.url).where(Candidate.id == candidate_id))
    events.record(session, events.SYSTEM, sites.the_site(session), f"key_{state}", values={"address": url})
    return True


def move(
    session: Session, candidate_id: str, old: Sequence[CandidateState], new: CandidateState, **columns: Any
) -> bool:
    """Change the state if it is one of `old`; whether it was."""
    changed = update(Candidate).where(Candidate.id == candidate_id, Candidate.state.in_(old))
    moved = _changes(session, changed.values(state=new, changed_at=now(), **columns))
    if (found := session.get(Candidate, candidate_id)) is not None:
        session.refresh(found)
    return moved


def _changes(session: Session, statement: Any) -> bool:
    session.flush()
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return bool(result.rowcount)


# a model that fits


@dataclass(frozen=True)
class Fit:
    """A machine model of the lab, or a profile to make one from. `choice` is what a form sends."""

    choice: str
    title: str
    profile: str
    is_exact: bool


def fits(session: Session, profiles: Mapping[str, Profile], facts: Mapping[str, Any]) -> list[Fit]:
    """What may be printed with on such a printer, the models that match it first.

    A profile with a smaller bed is safe; one with a larger bed, or another nozzle, is left out. Where the printer's
    profile could not be read nothing is known, and a person chooses.
    """
    own = [each for each in workshop.models(session) if each.kind is MachineKind.PRINTER and each.profile in profiles]
    made = {each.profile for each in own}
    known = [(f"model:{each.slug}", each.title, profiles[each.profile]) for each in own]
    known += [(f"profile:{slug}", each.title, each) for slug, each in sorted(profiles.items())
              if each.kind is Kind.PRINTER and slug not in made]  # fmt: skip
    safe = [(choice, title, each) for choice, title, each in known if _is_safe(each, facts)]
    found = [Fit(choice, title, each.slug, _is_exact(each, facts)) for choice, title, each in safe]
    return sorted(found, key=lambda each: (not each.is_exact, each.choice.startswith("profile:"), each.title))


def _bed(facts: Mapping[str, Any]) -> tuple[float, float, float] | None:
    bed = facts.get("bed_mm")
    if not bed:
        return None
    width, depth, height = bed
    if facts.get("round"):  # the square within the circle
        width = depth = width / math.sqrt(2)
    return float(width), float(depth), float(height)


def _is_safe(profile: Profile, facts: Mapping[str, Any]) -> bool:
    bed, nozzle = _bed(facts), facts.get("nozzle_mm")
    if nozzle and profile.nozzle_mm and not math.isclose(nozzle, profile.nozzle_mm, abs_tol=0.01):
        return False
    return bed is None or all(ours <= real + NEAR_MM for ours, real in zip(profile.bed_mm, bed, strict=True))


def _is_exact(profile: Profile, facts: Mapping[str, Any]) -> bool:
    bed = _bed(facts)
    if bed is None or facts.get("round") or (facts.get("extruders") or 1) > 1:
        return False
    return all(abs(ours - real) <= NEAR_MM for ours, real in zip(profile.bed_mm, bed, strict=True))


# into the lab


def add(
    session: WritingSession, by: Person, candidate: Candidate, name: str, choice: str, profiles: Mapping[str, Profile]
) -> Machine:
    """The candidate becomes a machine of the lab, with its key. Raises Invalid, and Conflict before it gave one."""
    if candidate.state is not CandidateState.ALLOWED:
        raise Conflict(str(candidate.state))
    if choice not in {each.choice for each in fits(session, profiles, candidate.facts)}:
        raise Invalid([Refused("machine_model_unfit", field="choice")])
    kind, _, slug = choice.partition(":")
    model = model_of_profile(session, by, profiles[slug]) if kind == "profile" else None
    facts = MachineFacts(name, model.slug if model else slug, OCTOPRINT, candidate.url, candidate.key,
                         position=_last_position(session))  # fmt: skip
    machine = workshop.save_machine(session, by, facts)
    if not move(session, candidate.id, (CandidateState.ALLOWED,), CandidateState.ADDED, key="", machine_id=machine.id):
        raise Conflict(str(candidate.state))
    return machine


def model_of_profile(session: Session, by: Person, profile: Profile) -> MachineModel:
    """A machine model made from a profile, with its materials; those new to the lab cost nothing at first."""
    known = {each.slug for each in supplies.materials(session, retired=True)}
    for slug, preset in profile.materials.items():
        if slug not in known:
            supplies.save_material(session, by, preset.title, 0, slug=slug)
    offers = {slug: slug for slug in profile.materials}
    facts = ModelFacts(profile.title, MachineKind(profile.kind), profile.slug, offers=offers)
    return workshop.save_model(session, by, facts, slug=profile.slug)


def add_by_hand(session: WritingSession, by: Person, name: str, kind: MachineKind, materials: str) -> Machine:
    """A tool without a network, a model of its own, and the materials it works (names with commas between them)."""
    wanted = _names(materials)
    faults = [] if name.strip() else [Refused("name_missing", field="name")]
    faults += [] if wanted else [Refused("tool_material_missing", field="materials")]
    if faults:
        raise Invalid(faults)
    known = {each.name.casefold(): each for each in supplies.materials(session)}
    works = [known.get(each.casefold()) or supplies.save_material(session, by, each, 0) for each in wanted]
    facts = ModelFacts(name, kind, "", offers={each.slug: "" for each in works})
    model = workshop.save_model(session, by, facts)
    return workshop.save_machine(session, by, MachineFacts(name, model.slug, MANUAL, position=_last_position(session)))


def _names(text: str) -> list[str]:
    parts = (" ".join(each.split())[:60] for each in text.replace("，", ",").replace("、", ",").split(","))
    found: dict[str, str] = {}
    for each in parts:
        if each:
            found.setdefault(each.casefold(), each)
    return list(found.values())[:20]


def _last_position(session: Session) -> int:
    return max((each.position for each in workshop.machines(session)), default=0) + 1
