"""Times finding one person among 5,000 as staff do, by a name and by the number of a job, on a SQLite file.

Usage: python benchmarks/find_person.py. The ratio says how much longer it takes than among 500: a search that reads
every name grows by ten, one that reads every job by more than that. The last line is JSON.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from fabqueue.db import Database, new_id
from fabqueue.models import (
    Account,
    AccountKind,
    Base,
    Design,
    DesignKind,
    Job,
    JobState,
    MachineKind,
    MachineModel,
    Material,
    Person,
    Project,
    Request,
    Revision,
    Site,
    StoredFile,
)
from fabqueue.services import people

FEW, MANY, JOBS_EACH, TIMES = 500, 5000, 4, 25
WISHES = {"rare name": "Ström 4{:02d}", "address": "p4{:02d}@example", "job": "j-4{:02d}", "nobody": "nobody {:02d}"}


def main() -> None:
    few, many = measured(FEW), measured(MANY)
    found = {}
    for name in WISHES:
        found[name] = {"ms": round(many[name], 2), "ratio": round(many[name] / few[name], 1)}
        print(f"{name:10} among {FEW}: {few[name]:7.2f} ms   among {MANY}: {many[name]:7.2f} ms")
    print(json.dumps({"people": MANY, "jobs": MANY * JOBS_EACH, "found_by": found,
                      "ms_max": max(each["ms"] for each in found.values()),
                      "ratio_max": max(each["ratio"] for each in found.values())}))  # fmt: skip


def measured(count: int) -> dict[str, float]:
    """Milliseconds of each kind of search among `count` people, the median of several."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'people.sqlite3'}")
        fill(database, count)
        found = {name: statistics.median(timed(database, wish.format(each)) for each in range(TIMES))
                 for name, wish in WISHES.items()}  # fmt: skip
        database.close()
    return found


def timed(database: Database, words: str) -> float:
    with database.reading() as session:
        start = time.perf_counter()
        people.find(session, words)
        return (time.perf_counter() - start) * 1000


def fill(database: Database, count: int) -> None:
    """People with names, addresses and jobs."""
    with database.writing() as session:
        Base.metadata.create_all(session.connection())
        everybody = [Person(user_name=f"person{each}", display_name=f"Åsa Ström {each}", email=f"p{each}@example.org",
                            private_name=f"Lindqvist, Åsa {each}") for each in range(count)]  # fmt: skip
        session.add_all(everybody)
        session.flush()
        rows = jobs(session, everybody)
        session.execute(insert(Request), [each[0] for each in rows])
        session.execute(insert(Job), [each[1] for each in rows])
        session.commit()


def jobs(session: Any, everybody: list[Person]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A request and its job, several for each person, all of one file."""
    site = Site(slug="lab", name="Lab", time_zone="UTC", currency="EUR", job_prefix="J")
    model = MachineModel(slug="m", title="M", kind=MachineKind.PRINTER, profile="", per_hour_minor=1, setup_minor=1)
    material, file = Material(slug="pla", name="PLA", per_kg_minor=1), StoredFile(sha256="0" * 64, size=1)
    project = Project(slug="p", title="P", owner=everybody[0])
    design = Design(project=project, name="d", kind=DesignKind.MESH)
    revision = Revision(design=design, number=1, sha256=file.sha256, filename="d.stl", uploaded_by_id=everybody[0].id)
    account = Account(kind=AccountKind.PERSON, name="a", person_id=everybody[0].id)
    session.add_all([site, model, material, file, account])
    session.flush()
    session.add(revision)
    session.flush()
    shared = {"site_id": site.id, "revision_id": revision.id, "machine_model_id": model.id, "quantity": 1,
              "material_id": material.id, "payer_id": account.id, "state": JobState.DRAFT}  # fmt: skip
    made = []
    for number in range(len(everybody) * JOBS_EACH):
        owner, request = everybody[number % len(everybody)].id, new_id()
        asked = {"id": request, "site_id": site.id, "owner_id": owner, "filed_by_id": owner}
        made.append((asked, shared | {"request_id": request, "number": number, "code": f"J-{number}"}))
    return made


if __name__ == "__main__":
    main()
