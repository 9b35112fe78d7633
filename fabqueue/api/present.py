"""People, designs, quotes, machines and projects as the API shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from fabqueue.api import present_photos, words
from fabqueue.api.figures import area, gram_span, grams, moment, money, span
from fabqueue.calls import context
from fabqueue.dispatch.promise import Promise
from fabqueue.models import (
    Account,
    Build,
    Certification,
    Design,
    Machine,
    MachineModel,
    Material,
    Person,
    Project,
    Quote,
    Revision,
    Run,
    Site,
    Slot,
    Stock,
)
from fabqueue.permissions import Permission, allowed
from fabqueue.pricing import Line
from fabqueue.services import lasers, ledger, occupancy, pauses, projects, runs
from fabqueue.services.occupancy import Occupancy
from fabqueue.services.quotes import Option, as_price


def person(session: Session, shown: Person) -> dict[str, Any]:
    """The caller themselves, with the accounts they may charge."""
    return {
        "id": shown.id,
        "user_name": shown.user_name,
        "name": shown.display_name,
        "email": shown.email,
        "language": shown.language,
        "roles": sorted(shown.roles),
        "certifications": [_certification(session, each) for each in shown.certifications if not each.withdrawn_at],
        "accounts": [_account(session, ledger.account_of(session, shown))],
    }


def _certification(session: Session, held: Certification) -> dict[str, Any]:
    model = session.get(MachineModel, held.machine_model_id) if held.machine_model_id else None
    return {
        "machine_model": model.slug if model else None,
        "kind": held.machine_kind,
        "granted_at": moment(held.granted_at),
        "expires_at": moment(held.expires_at),
    }


def _account(session: Session, account: Account) -> dict[str, Any]:
    balance, currency = ledger.balance(session, account), context().config.site.currency
    return {
        "id": account.id,
        "kind": account.kind,
        "name": account.name,
        "balance": money(balance.minor, currency),
        "held": money(balance.held_minor, currency),
        "available": money(balance.available_minor, currency),
    }


# designs


def project_link(project: Project) -> dict[str, Any]:
    return {"id": project.id, "slug": project.slug, "title": project.title}


def revision_summary(revision: Revision) -> dict[str, Any]:
    return {
        "id": revision.id,
        "number": revision.number,
        "sha256": revision.sha256,
        "state": revision.state,
        "kind": revision.design.kind,
        "filename": revision.filename,
        "size": revision.file.size,
        "uploaded_at": moment(revision.created_at),
    }


def uploaded(revision: Revision) -> dict[str, Any]:
    """A design with the revision that was just added to it."""
    design = revision.design
    return {
        "id": design.id,
        "name": design.name,
        "project": project_link(design.project),
        "revision": _revision(revision),
    }


def design(shown: Design) -> dict[str, Any]:
    """A design with its latest revision in full and the earlier ones in short."""
    return uploaded(shown.latest) | {"revisions": [revision_summary(each) for each in shown.revisions]}


def _revision(revision: Revision) -> dict[str, Any]:
    report = _report(revision.report.data) if revision.report else None
    problem = words.said(revision.problem_code, revision.problem_values)
    return revision_summary(revision) | {"report": report, "problem": problem}


def _report(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "findings": [words.finding(each) for each in data["findings"]]}


# quotes


def option(shown: Option) -> dict[str, Any]:
    return {
        "machine_model": shown.machine_model.slug,
        "machine_model_title": shown.machine_model.title,
        "material": shown.material.slug,
        "material_name": shown.material.name,
        "fits": shown.fits and not shown.pending,
        "reasons": [words.said(each["code"], each["values"]) for each in _reasons(shown)],
        "notes": _notes(shown.plan),
        "seconds": span(shown.seconds),
        "grams": gram_span(shown.milligrams),
        "sheet_mm2": area(shown.mm2),
        "price": _price(shown.price.lines, context().config.site.currency) if shown.price else None,
        "source": shown.source,
    }


def promise(shown: Promise, staff: bool) -> dict[str, Any]:
    """Whether it would be done by a day; why: where it hardly would, or nobody can say."""
    finish, why = shown.finish, shown.why
    return {
        "code": shown.code,
        "message": words.text(shown.code, shown.values),
        "values": shown.values,
        "finish": {name: moment(getattr(finish, name)) for name in ("low", "expected", "high")} if finish else None,
        "by_person": finish is not None and finish.by_person,
        "reason": words.waiting(why.code, why.values, staff) if why else None,
    }


def _reasons(shown: Option) -> Sequence[Mapping[str, Any]]:
    pending = [{"code": "estimate_pending", "values": {}}] if shown.pending else []
    return [*shown.reasons, *pending]


def _notes(plan: Mapping[str, Any] | None) -> list[dict[str, Any] | None]:
    """What a laser's plan could not do as wished."""
    return [words.said(each["code"], each["values"]) for each in (plan or {}).get("notes", ())]


def _price(lines: Sequence[Line], currency: str) -> dict[str, Any]:
    return {
        "total": money(sum(each.minor for each in lines), currency),
        "lines": [_line(each, currency) for each in lines],
    }


def _line(line: Line, currency: str) -> dict[str, Any]:
    label = words.text(line.code, line.values)
    return {"label": label, "code": line.code, "values": line.values, "amount": money(line.minor, currency)}


def quote(session: Session, shown: Quote | None) -> dict[str, Any] | None:
    """A job's price as it was offered: like an option, with when it was offered and agreed to.

    Total and lines stand here as well as in `price`, where options have them.
    """
    if shown is None:
        return None
    price = _price(as_price(shown).lines, shown.currency)
    return {
        **price,
        "price": price,
        "machine_model": session.get_one(MachineModel, shown.machine_model_id).slug,
        "material": session.get_one(Material, shown.material_id).slug,
        "quantity": shown.quantity,
        "settings": shown.settings,
        "seconds": span(shown.seconds),
        "grams": gram_span(shown.milligrams),
        "sheet_mm2": area(shown.mm2),
        "source": shown.source,
        "created_at": moment(shown.created_at),
        "accepted_at": moment(shown.accepted_at),
    }


# machines


def machine(session: Session, caller: Person, shown: Machine) -> dict[str, Any]:
    """A machine with what it does now and what lies on its bed."""
    return occupied(session, caller, shown, occupancy.at(session, shown))


def occupied(session: Session, caller: Person, shown: Machine, known: Occupancy) -> dict[str, Any]:
    """The same with what was read for many of them."""
    active, left = known.active, known.last
    return {
        "slug": shown.slug,
        "name": shown.name,
        "kind": shown.kind,
        "model": shown.machine_model.slug,
        "driver": shown.driver,
        "connection": shown.connection,
        "condition": shown.condition(busy=active is not None),
        "slots": [_slot(each) for each in shown.slots],
        "run": _machine_run(session, caller, active) if active else None,
        "staged": [_staged(caller, each) for each in known.staged],
        "to_clear": _machine_run(session, caller, left) if left and not active else None,
        **_cleared(session, caller, shown),
        "fault": _seen(caller, shown) if shown.has_fault else None,
        "foreign_work": _seen(caller, shown) if shown.does_foreign_work else None,
        "beam": {"state": shown.beam, "at": moment(shown.beam_at)} if shown.beam else None,
        "emergency": _emergency(shown),
        "maintenance": shown.maintenance_reason if shown.maintenance_at else None,
        "worked_seconds": shown.worked_seconds,
        "worked_runs": shown.worked_runs,
        "last_seen_at": moment(shown.seen_at),
    }


def _cleared(session: Session, caller: Person, shown: Machine) -> dict[str, Any]:
    """Who said that the bed is clear, and when; nothing while it is not, and for those who do not run machines."""
    sees = allowed(caller, Permission.RUN_MACHINES, shown)
    by = session.get(Person, shown.bed_cleared_by_id) if sees and shown.bed_cleared_by_id else None
    at = moment(shown.bed_cleared_at) if sees else None
    return {"bed_cleared_at": at, "bed_cleared_by": by.display_name if by else None}


def _seen(caller: Person, shown: Machine) -> dict[str, Any] | None:
    """What a machine sent, the name of somebody else's file for one, is for those who run it."""
    told = words.said if allowed(caller, Permission.RUN_MACHINES) else words.said_in_public
    return told(shown.fault_code, shown.fault_values)


def _emergency(shown: Machine) -> dict[str, Any] | None:
    if shown.emergency_at is None:
        return None
    return {"asked_at": moment(shown.emergency_at), "confirmed_at": moment(shown.emergency_confirmed_at)}


def _slot(slot: Slot) -> dict[str, Any]:
    loaded = slot.stock
    return {
        "position": slot.position,
        "stock": loaded.id if loaded else None,
        "label": loaded.label if loaded else None,
        "material": loaded.material.slug if loaded else None,
        "colour": loaded.colour if loaded else None,
        **_left(loaded),
    }


def _left(loaded: Stock | None) -> dict[str, Any]:
    """Grams of a spool; area and size of sheets of a pile."""
    pile = loaded is not None and loaded.is_sheets
    return {
        "left_grams": grams(loaded.left_mg) if loaded and not pile else None,
        "left_mm2": loaded.left_mm2 if loaded and pile else None,
        "sheet_mm": list(loaded.sheet_mm or ()) if loaded and pile else None,
        "thickness_mm": loaded.material.thickness_mm if loaded else None,
    }


def _machine_run(session: Session, caller: Person, shown: Run) -> dict[str, Any]:
    """What everybody may know of a run; of its jobs only those the caller may see."""
    visible = [item.job.code for item in shown.items if allowed(caller, Permission.READ_JOB, item.job)]
    return {
        "id": shown.id,
        "state": shown.state,
        "progress": shown.progress,
        "seconds_left": shown.seconds_left,
        "started_at": moment(shown.started_at),
        "jobs": visible,
        "asked": runs.asked(shown)[0] or None,
        "unconfirmed": bool(runs.overdue(shown)),
        "paused_unasked": pauses.is_unasked(session, shown),
        "armed_until": moment(shown.armed_until),
        "asks_presence": lasers.asks(context().config.machines, shown),
    }


def _staged(caller: Person, shown: Run) -> dict[str, Any]:
    visible = [item.job.code for item in shown.items if allowed(caller, Permission.READ_JOB, item.job)]
    return {
        "id": shown.id, "state": shown.state, "jobs": visible, "predicted_seconds": shown.predicted_seconds,
        "framed_at": moment(shown.framed_at), "notes": _notes(shown.slicing.plan if shown.slicing else None),
    }  # fmt: skip


def run(shown: Run) -> dict[str, Any]:
    """A run for technicians."""
    return {
        "id": shown.id,
        "state": shown.state,
        "machine": shown.machine.slug if shown.machine else None,
        "jobs": [item.job.code for item in shown.items],
        "reason": words.said(shown.reason_code, shown.reason_values),
        "started_at": moment(shown.started_at),
        "ended_at": moment(shown.ended_at),
    }


def stock(shown: Stock) -> dict[str, Any]:
    return {
        "id": shown.id,
        "label": shown.label,
        "material": shown.material.slug,
        "colour": shown.colour,
        **_left(shown),
        "full_grams": None if shown.is_sheets else grams(shown.full_mg),
        "full_mm2": shown.full_mm2 if shown.is_sheets else None,
    }


def queue(site: Site) -> dict[str, Any]:
    return {"held": site.is_held, "reason": site.held_reason or None, "held_at": moment(site.held_at)}


# projects


def project_summary(shown: Project) -> dict[str, Any]:
    return project_link(shown) | {
        "summary": shown.summary,
        "function": shown.function,
        "licence": shown.licence,
        "licensor": shown.licensor,
        "version": shown.version,
        "tags": shown.tag_names,
        "authors": [name for each in shown.authors if (name := each.person.author_name)],
        "good_builds": shown.good_builds,
        "visibility": shown.visibility,
        "published_at": moment(shown.published_at),
        "changed_at": moment(shown.changed_at),
        "url": f"{request.url_root}projects/{shown.slug}",
    }


def project(session: Session, shown: Project) -> dict[str, Any]:
    """A project with its designs and builds."""
    return project_summary(shown) | {
        "function": shown.function,
        "documentation": shown.documentation,
        "designs": [_project_design(each) for each in projects.designs(session, shown)],
        "builds": [_build(each) for each in projects.builds(session, shown)],
        "photos": present_photos.of_project(session, shown),
    }


def _project_design(shown: Design) -> dict[str, Any]:
    return {"id": shown.id, "name": shown.name, "revision": revision_summary(shown.latest)}


def _build(shown: Build) -> dict[str, Any]:
    return {
        "number": shown.number,
        "version": shown.version,
        "outcome": shown.outcome,
        "made_at": moment(shown.made_at),
        "builder": shown.builder.public_name,
        "note": shown.author_note,
    }
