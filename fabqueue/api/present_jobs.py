"""Jobs as the API shows them: price, prediction, where they stand, what happened, what the caller may do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from fabqueue.api import present, words
from fabqueue.api.figures import area, gram_span, grams, moment, span
from fabqueue.calls import context
from fabqueue.models import Event, Job, Person, Run
from fabqueue.permissions import Permission, allowed
from fabqueue.services import events, handovers, ledger, runs
from fabqueue.services.actions import allowed_actions
from fabqueue.tasks.promises import Promises


def presenter(session: Session, caller: Person) -> Callable[[Job], dict[str, Any]]:
    """`job` for many: the queues are read once for all."""
    outlook = Promises(session, context().config)
    return lambda shown: job(session, caller, shown, outlook)


def job(session: Session, caller: Person, shown: Job, outlook: Promises | None = None) -> dict[str, Any]:
    """Everything about a job that its owner and technicians may know."""
    attempts, happened = runs.of_job(session, shown), events.history(session, shown)
    elsewhere = events.elsewhere(happened)
    return (
        _request(caller, shown)
        | _standing(session, caller, shown, outlook or Promises(session, context().config))
        | {
            "quote": present.quote(session, shown.quote),
            "offer": present.quote(session, shown.offer),
            "estimate": _estimate(shown, attempts),
            "runs": [_run(shown, each, elsewhere.get(each.id)) for each in attempts],
            "events": _events(session, happened),
            "actions": allowed_actions(caller, shown),
        }
    )


def _request(caller: Person, shown: Job) -> dict[str, Any]:
    """What was asked for."""
    revision, asked = shown.revision, shown.request
    link = {"id": revision.design_id, "name": revision.design.name, "kind": revision.design.kind}
    return {
        "id": shown.id,
        "code": shown.code,
        "request": shown.request_id,
        "revision": revision.id,
        "design": link | {"revision_number": revision.number},
        "project": present.project_link(revision.design.project),
        "owner": shown.owner.display_name,
        "asked_by": _asked_by(shown.owner) if allowed(caller, Permission.REVIEW_JOB, shown) else None,
        "filed_by": shown.filed_by.display_name if shown.filed_by else None,
        "machine_model": shown.machine_model.slug,
        "material": shown.material.slug,
        "colour": shown.colour,
        "machine": shown.machine.slug if shown.machine else None,
        "machine_required": shown.machine_required,
        "quantity": shown.quantity,
        "settings": shown.settings,
        "note": asked.note,
        "needed_by": asked.needed_by.isoformat() if asked.needed_by else None,
        "created_at": moment(shown.created_at),
    }


def _asked_by(owner: Person) -> dict[str, Any]:
    return {
        "name": owner.display_name, "user_name": owner.user_name, "guest": owner.is_guest, "guarded": owner.guarded,
    }  # fmt: skip


def _standing(session: Session, caller: Person, shown: Job, outlook: Promises) -> dict[str, Any]:
    """How far it is, and what it waits for."""
    finish, hindrance = outlook.finish(shown), outlook.reason(shown)
    return {
        "state": shown.state,
        "good_copies": shown.good_copies,
        "priority": shown.priority,
        "place": shown.place,
        "pin": shown.pin if allowed(caller, Permission.REVIEW_JOB, shown) else None,
        "position": outlook.position(shown),
        "expected_finish": moment(finish.expected) if finish else None,
        "waiting_reason": words.waiting(hindrance.code, hindrance.values, caller.is_staff) if hindrance else None,
        "reason": words.said(shown.reason_code, shown.reason_values),
        "submitted_at": moment(shown.submitted_at),
        "approved_at": moment(shown.approved_at),
        "ready_at": moment(shown.ready_at),
        "collected_at": moment(shown.collected_at),
        "handover": _handover(session, shown),
    }


def _handover(session: Session, shown: Job) -> dict[str, Any] | None:
    """Who took it, what it weighed, how it was paid when it was handed out."""
    standing = handovers.of(session, shown)
    if standing is None or shown.collected_at is None:
        return None
    settled = ledger.settled(session, shown)
    return {
        "at": moment(standing.at),
        "taken_by": standing.taken_by,
        "place": standing.place,
        "grams": grams(standing.milligrams),
        "paid": settled[0][1] if settled else None,
    }


def _estimate(shown: Job, attempts: Sequence[Run]) -> dict[str, Any] | None:
    """By the slicer once it has spoken about all copies, else as quoted."""
    for attempt in reversed(attempts):
        slicing = attempt.slicing
        if slicing and slicing.seconds is not None and not slicing.parts and slicing.copies == shown.quantity:
            exactly = dict.fromkeys(("low", "expected", "high"), slicing.seconds)
            mass = dict.fromkeys(("low", "expected", "high"), slicing.milligrams or 0)
            if slicing.mm2 is not None:  # a laser's time is a range, whoever planned it
                span_of = slicing.plan["seconds"] if slicing.plan else exactly
                return {"seconds": span(_rounded(span_of)), "grams": None, "sheet_mm2": slicing.mm2, "source": "slicer"}
            return {"seconds": exactly, "grams": gram_span(mass), "sheet_mm2": None, "source": "slicer"}
    quoted = shown.quote
    if quoted is None:
        return None
    return {"seconds": span(quoted.seconds), "grams": gram_span(quoted.milligrams), "sheet_mm2": area(quoted.mm2),
            "source": quoted.source}  # fmt: skip


def _rounded(of: Mapping[str, float]) -> dict[str, int]:
    return {key: round(value) for key, value in of.items()}


def _run(shown: Job, attempt: Run, elsewhere: Event | None) -> dict[str, Any]:
    """A run, counting the copies of this job only; `elsewhere` says why its machine is not the one asked for."""
    item = next(each for each in attempt.items if each.job_id == shown.id)
    return {
        "id": attempt.id,
        "machine": attempt.machine.slug if attempt.machine else None,
        "elsewhere": words.said(elsewhere.code, elsewhere.values) if elsewhere else None,
        "state": attempt.state,
        "progress": attempt.progress,
        "seconds_left": attempt.seconds_left,
        "copies": item.copies,
        "good_copies": item.good_copies,
        "started_at": moment(attempt.started_at),
        "ended_at": moment(attempt.ended_at),
        "seconds": item.part_of(attempt.seconds),
        "grams": grams(item.part_of(attempt.milligrams)),
        "sheet_mm2": attempt.mm2,
        "reason": words.said(attempt.reason_code, attempt.reason_values),
    }


def _events(session: Session, happened: Sequence[Event]) -> list[dict[str, Any]]:
    names = events.actor_names(session, happened)
    return [_event(each, names.get(each.actor_id or "")) for each in happened]


def _event(event: Event, name: str | None) -> dict[str, Any]:
    return {
        "at": moment(event.at),
        "actor": {"kind": event.actor_kind, "name": name},
        "about": event.subject_kind,
        "verb": event.verb,
        "old": event.old,
        "new": event.new,
        "reason": words.said(event.code, event.values),
    }
