"""Every address of the application, filled from the lab; a route nobody told how to fill is an error."""

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule

from tests.languages.everything import Everything

NOT_PAGES = {"static"}


def addresses(app: Flask, lab: Everything, method: str) -> Iterator[tuple[str, str]]:
    """(endpoint, address) for every route that takes `method` and every thing of the lab that it can show."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in NOT_PAGES:
            for values in fillings(rule, lab):
                yield rule.endpoint, _build(app, rule, values)


def fillings(rule: Rule, lab: Everything) -> list[dict[str, str]]:
    """What a route's parameters may be. Raises LookupError for a parameter nobody thought of."""
    if rule.endpoint == "staff_people.withdraw_certification":
        return [{"name": name, "key": key} for name, key in lab.certifications]
    if rule.endpoint == "staff_people.refund":
        return [{"name": lab.people["member"].user_name, "code": code} for code in lab.jobs.values()]
    if rule.endpoint.startswith("burning."):
        return [{"slug": model, "material": material} for model, material in lab.burning]
    if rule.endpoint.startswith(("lasers.", "kiosk.")) and "key" in rule.arguments:
        secret = {"secret": lab.kiosk_secret} if "secret" in rule.arguments else {}
        return [{"slug": slug, "key": key, **secret} for slug, key in lab.staged]
    names = sorted(rule.arguments)
    return [dict(zip(names, each, strict=True)) for each in product(*(_values(rule, name, lab) for name in names))]


def _values(rule: Rule, name: str, lab: Everything) -> list[str]:
    for beginning, known in _things(lab).items():
        endpoint, _, parameter = beginning.rpartition(":")
        if parameter == name and rule.endpoint.startswith(endpoint):
            return known
    raise LookupError(f"say in tests/languages/addresses.py what <{name}> of {rule.rule} may be")


def _things(lab: Everything) -> dict[str, list[str]]:
    """Beginning of an endpoint and parameter to values; the first that fits counts."""
    machines, runs = list(lab.machines.values()), lab.runs
    people = [person.user_name for person in lab.people.values()]
    return {
        "models.show:slug": lab.models, "models.save:slug": lab.models,
        "models.retire:slug": lab.models, "models.bring_back:slug": lab.models,
        "machines.:slug": machines,
        "floor.:slug": machines, "emergency.:slug": machines, "servicing.:slug": machines,
        "servicing.:key": lab.services, "api.:task_id": lab.services, "tools.:slug": machines,
        "api.:slug": [*machines, *lab.projects],
        "projects.:slug": lab.projects, "history.:slug": lab.projects, "writing.:slug": lab.projects,
        "writing.:number": ["1"], "history.:number": ["1"],
        "authors.:slug": lab.projects, "authors.:user_name": people,
        "projects.:key": lab.project_ids,
        "rounds.undo:key": runs, "rounds.note:key": lab.notes, "rounds.:slug": machines,
        "showcases.:slug": lab.showcases, "curating.:slug": lab.showcases, "curating.restore:key": lab.showcase_ids,
        "curating.:key": lab.slides, "wallboard.:secret": [lab.screen_secret, "revoked"],
        "wallboard.:key": lab.screens, "curating.:name": people,
        "requests.:key": lab.requests, "api.:request_id": lab.requests,
        "materials.:slug": lab.materials,
        "materials.:key": lab.stocks,
        "imports.create:kind": ["people", "past_jobs", "bundle"], "imports.:key": lab.imports,
        "lasers.:slug": machines, "kiosk.:secret": [lab.kiosk_secret, lab.screen_secret, "revoked"],
        "kiosk.:slug": machines,
        "floor.resolve:key": runs, "plates.:key": runs, "api.:run_id": runs,
        "account.:key": lab.tokens, "own_sign_ins.:key": lab.sign_ins, "designs.:key": list(lab.designs.values()),
        "api.:design_id": list(lab.designs.values()), "files.:key": list(lab.revisions.values()),
        "files.sheet:kind": ["svg", "dxf"],
        "finding.:key": lab.candidates, "checks.:name": ["settings", "database", "storage"],
        "guides.show:page": ["makers", "makers/first-job"], "guides.picture:language": ["en", "zh_Hans"],
        "guides.picture:name": ["rooms.svg"],
        "photos.:slug": lab.projects, "photos.:key": lab.photos,
        "jobs.part:name": ["now", "camera", "history"], "staff_people.:name": people,
        "staff_helping.:name": people, "guarding.:name": people, "merging.:name": people,
        "leaving.:name": people, "guests.:code": ["2345-6789-ABCD"],
        "people.:secret": [lab.secret, "expired"], "api.:job_id": list(lab.jobs.values()),
        ":code": list(lab.jobs.values()),
    }  # fmt: skip


def _build(app: Flask, rule: Rule, values: dict[str, str]) -> str:
    with app.test_request_context():
        built = rule.build({name: quote(value, safe="") for name, value in values.items()}, append_unknown=False)
    assert built is not None
    return built[1]
