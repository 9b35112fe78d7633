"""Machines, what people do at them, runs in doubt, stock, and the lab-wide switch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from fabqueue.api import paging, present
from fabqueue.api.access import caller, caller_in, with_token
from fabqueue.api.answers import Answer, change
from fabqueue.api.base import Schema, v1
from fabqueue.api.jobs import Reason
from fabqueue.api.reviews import NeededReason
from fabqueue.api.schemas import page_of
from fabqueue.api.schemas_machines import Machine as MachineSchema
from fabqueue.api.schemas_machines import Queue as QueueSchema
from fabqueue.api.schemas_machines import Run as RunSchema
from fabqueue.api.schemas_machines import Stock as StockSchema
from fabqueue.calls import context, look_again, reading
from fabqueue.db import WritingSession
from fabqueue.dispatch import by_hand, emergency
from fabqueue.models import Machine, Outcome, Person, Run, Stock
from fabqueue.permissions import NotFound, Permission, fetch, require
from fabqueue.services import (
    emergencies,
    events,
    failures,
    floor,
    occupancy,
    sites,
    spools,
    supplies,
    undoing,
    workshop,
)
from fabqueue.services.errors import Refused
from fabqueue.services.failures import AtFault, Cause, Verdict

P = Permission
Deed = Callable[[WritingSession, events.Actor, Machine], Any]


class Clearing(Schema):
    """What came out. `good_copies`: all of them unless said. `place`: where the parts lie now.

    `jobs`: the good copies of each job by its code, where several share the bed, instead of `good_copies`.

    `cause`: why something failed. For technicians: `at_fault` "maker" charges the failed copies by the lab's rule,
    `repeat` has them made again.
    """

    outcome = fields.Enum(Outcome, by_value=fields.String(), load_default=Outcome.GOOD)
    good_copies = fields.Integer(strict=True, load_default=None, allow_none=True)
    jobs = fields.Dict(fields.String(), fields.Integer(strict=True), load_default=None, allow_none=True)
    place = fields.String(load_default="")
    reason = fields.String(load_default="")
    cause = fields.Enum(Cause, by_value=fields.String(), load_default=None, allow_none=True)
    at_fault = fields.Enum(AtFault, by_value=fields.String(), load_default=AtFault.MACHINE)
    repeat = fields.Boolean(load_default=False)


class Loading(Schema):
    """Which stock goes into which slot; null takes it out."""

    stock = fields.String(required=True, allow_none=True, metadata={"description": "Id, from `GET /stock`."})
    position = fields.Integer(strict=True, load_default=0)


class Spool(Schema):
    """A spool of the run's material."""

    stock = fields.String(required=True, metadata={"description": "Id, from `GET /stock`."})


class Maintenance(Schema):
    """Out of service (true) or back into it (false); taking out needs a reason."""

    on = fields.Boolean(load_default=True)
    reason = fields.String(load_default="")


class Start(Schema):
    """Which run starts at a manual machine; the next that matches unless named."""

    run = fields.String(load_default="")


class Decision(Schema):
    """What became of a run in doubt."""

    outcome = fields.Enum(floor.Resolution, by_value=fields.String(), required=True)
    reason = fields.String(required=True)


@v1.route("/machines", tags=["machines"])
@v1.arguments(paging.PageQuery, location="query")
@v1.response(200, page_of(MachineSchema))
@with_token
def list_machines(query: dict[str, Any]) -> Any:
    """The lab's machines"""
    require(caller(), P.READ_MACHINES)
    person = caller_in(reading())
    rows = workshop.machines(reading())
    known = occupancy.of(reading(), rows)
    show = lambda each: present.occupied(reading(), person, each, known[each.id])  # noqa: E731
    return paging.slice_of(rows, query, lambda each: each.slug, show)


@v1.route("/machines/<slug>", tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def get_machine(slug: str) -> dict[str, Any]:
    """A machine"""
    return present.machine(reading(), caller_in(reading()), existing(reading(), caller(), slug, P.READ_MACHINES))


@v1.route("/machines/<slug>/clear", methods=["POST"], tags=["machines"])
@v1.arguments(Clearing, required=False)
@v1.response(200, MachineSchema)
@with_token
def clear_machine(given: dict[str, Any], slug: str) -> Answer:
    """Say that the bed is empty and what came out

    This is the bed gate, and what makes a job ready. For technicians and for those certified for the machine.
    """
    verdict = Verdict(
        given["outcome"], given["cause"], given["reason"], given["at_fault"], given["repeat"], given["good_copies"],
        given["place"],
    )  # fmt: skip

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        if verdict.repeat or verdict.at_fault is AtFault.MAKER:
            require(caller_in(session), P.RUN_MACHINES, machine)
        said = replace(verdict, good_copies=_of_each(session, machine, given["jobs"])) if given["jobs"] else verdict
        failures.clear(session, context().config, actor, machine, said)

    return at(slug, deed, P.CLEAR_MACHINE)


def _of_each(session: WritingSession, machine: Machine, counts: dict[str, int]) -> dict[str, int]:
    """Good copies by job id; a code that does not lie there is refused by the service."""
    run = occupancy.at(session, machine).last
    ids = {item.job.code: item.job_id for item in run.items} if run else {}
    return {ids.get(code, code): copies for code, copies in counts.items()}


@v1.route("/machines/<slug>/load", methods=["POST"], tags=["machines"])
@v1.arguments(Loading)
@v1.response(200, MachineSchema)
@with_token
def load_machine(given: dict[str, Any], slug: str) -> Answer:
    """Say what is loaded"""

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        stock = _stock(session, given["stock"]) if given["stock"] else None
        floor.load(session, actor, machine, stock, given["position"])

    return at(slug, deed)


@v1.route("/machines/<slug>/change-spool", methods=["POST"], tags=["machines"])
@v1.arguments(Spool)
@v1.response(200, MachineSchema)
@with_token
def change_spool(given: dict[str, Any], slug: str) -> Answer:
    """Say that a run at work goes on with another spool

    What it used so far, by how far it is, is counted on the old spool; the rest on the new one.
    """

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        spools.change(session, actor, machine, _stock(session, given["stock"]))

    return at(slug, deed)


def _stock(session: Session, key: str) -> Stock:
    stock = session.get(Stock, key)
    if stock is None:
        raise Refused("stock_unknown", {"stock": key}, "stock")
    return stock


@v1.route("/machines/<slug>/maintenance", methods=["POST"], tags=["machines"])
@v1.arguments(Maintenance, required=False)
@v1.response(200, MachineSchema)
@with_token
def maintain_machine(given: dict[str, Any], slug: str) -> Answer:
    """Take a machine out of service, or back into it"""
    return at(slug, lambda session, actor, machine: floor.maintenance(session, actor, machine, **given))


@v1.route("/machines/<slug>/pause", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def pause_machine(slug: str) -> Answer:
    """Pause what runs

    The answer shows it as asked for; the run is `paused` once the machine says so itself. Tools driven by hand and
    lasers do not pause.
    """
    return at(slug, floor.pause)


@v1.route("/machines/<slug>/resume", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def resume_machine(slug: str) -> Answer:
    """Let what is paused go on"""
    return at(slug, floor.resume)


@v1.route("/machines/<slug>/cancel", methods=["POST"], tags=["machines"])
@v1.arguments(Reason, required=False)
@v1.response(200, MachineSchema)
@with_token
def cancel_machine(given: dict[str, Any], slug: str) -> Answer:
    """Stop what runs; its job fails and can be tried again"""
    return at(slug, lambda session, actor, machine: floor.cancel(session, actor, machine, given["reason"]))


@v1.route("/machines/<slug>/emergency-stop", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def emergency_stop_machine(slug: str) -> dict[str, Any]:
    """Stop a machine in an emergency

    It goes out at once, past every queue, and each time it is called, whatever `Idempotency-Key` says. The answer's
    `emergency` tells whether the machine's own report confirms it; if not, switch the machine off by hand. It takes no
    work until a person calls `reconnect`.
    """
    machine = existing(reading(), caller(), slug, P.RUN_MACHINES)
    actor, machine_id = events.actor_of(caller_in(reading())), machine.id
    look_again()  # nothing stays open while the machine is told
    emergency.stop(context(), actor, machine_id)
    look_again()
    return present.machine(reading(), caller_in(reading()), reading().get_one(Machine, machine_id))


@v1.route("/machines/<slug>/reconnect", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def reconnect_machine(slug: str) -> Answer:
    """Connect a machine again after an emergency stop or an error"""
    return at(slug, emergencies.connect_again)


@v1.route("/machines/<slug>/start", methods=["POST"], tags=["machines"])
@v1.arguments(Start, required=False)
@v1.response(200, MachineSchema)
@with_token
def start_machine(given: dict[str, Any], slug: str) -> Answer:
    """Start a run at a manual machine"""

    def deed(session: WritingSession, actor: events.Actor, machine: Machine) -> None:
        run = _run(session, caller_in(session), given["run"]) if given["run"] else None
        by_hand.start(session, context().config, actor, machine, run)

    return at(slug, deed)


@v1.route("/machines/<slug>/finish", methods=["POST"], tags=["machines"])
@v1.response(200, MachineSchema)
@with_token
def finish_machine(slug: str) -> Answer:
    """Finish the run at a manual machine"""
    return at(slug, floor.finish)


def at(slug: str, deed: Deed, permission: Permission = P.RUN_MACHINES) -> Answer:
    """Carry out what somebody does at a machine and answer how it stands then."""

    def work(session: WritingSession, person: Person) -> Machine:
        machine = existing(session, person, slug, permission)
        deed(session, events.actor_of(person), machine)
        return machine

    return change(work, present.machine)


def existing(session: Session, person: Person | None, slug: str, permission: Permission) -> Machine:
    """A machine that is not retired. Raises NotFound, Forbidden."""
    machine = fetch(session, person, Machine, slug, permission)
    if machine.retired_at:
        raise NotFound
    return machine


@v1.route("/stock", tags=["machines"])
@v1.arguments(paging.PageQuery, location="query")
@v1.response(200, page_of(StockSchema))
@with_token
def list_stock(query: dict[str, Any]) -> Any:
    """Spools and piles that can be loaded; for technicians"""
    require(caller(), P.RUN_MACHINES)
    return paging.slice_of(supplies.stocks(reading()), query, lambda each: each.id, present.stock)


@v1.route("/runs/<run_id>/resolve", methods=["POST"], tags=["machines"])
@v1.arguments(Decision)
@v1.response(200, RunSchema)
@with_token
def resolve_run(given: dict[str, Any], run_id: str) -> Answer:
    """Decide about a run in doubt"""

    def work(session: WritingSession, person: Person) -> Run:
        run = fetch(session, person, Run, run_id, P.RESOLVE_RUN)
        floor.resolve(session, events.actor_of(person), run, given["outcome"], given["reason"])
        return run

    return change(work, lambda _session, _person, run: present.run(run))


@v1.route("/runs/<run_id>/unclear", methods=["POST"], tags=["machines"])
@v1.response(200, RunSchema)
@with_token
def unclear_run(run_id: str) -> Answer:
    """Take back that the bed is clear and all on it good

    Within a quarter of an hour, and while nothing has come of it; then the bed is to be cleared again.
    """

    def work(session: WritingSession, person: Person) -> Run:
        run = _run(session, person, run_id)
        undoing.take_back(session, events.actor_of(person), run)
        return run

    return change(work, lambda _session, _person, run: present.run(run))


def _run(session: Session, person: Person, run_id: str) -> Run:
    return fetch(session, person, Run, run_id, P.RUN_MACHINES)


@v1.route("/queue/hold", methods=["POST"], tags=["machines"])
@v1.arguments(NeededReason)
@v1.response(200, QueueSchema)
@with_token
def hold_queue(given: dict[str, Any]) -> Answer:
    """Stop all dispatch of the lab"""
    require(caller(), P.HOLD_QUEUE)
    return change(
        lambda session, person: sites.hold(session, person, given["reason"]),
        lambda _session, _person, site: present.queue(site),
    )


@v1.route("/queue/release", methods=["POST"], tags=["machines"])
@v1.arguments(Reason, required=False)
@v1.response(200, QueueSchema)
@with_token
def release_queue(given: dict[str, Any]) -> Answer:
    """Let dispatch go on"""
    require(caller(), P.HOLD_QUEUE)
    return change(
        lambda session, person: sites.release(session, person, given["reason"]),
        lambda _session, _person, site: present.queue(site),
    )
