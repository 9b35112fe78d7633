"""Every blueprint of the pages."""

from flask import Blueprint

from fabqueue.web import (
    account,
    designs,
    desk,
    explore,
    files,
    floor,
    jobs,
    language,
    machines,
    make,
    materials,
    notices,
    people,
    projects,
    reviews,
    staff_people,
    tools,
)

ALL: tuple[Blueprint, ...] = (
    account.blueprint,
    designs.blueprint,
    explore.blueprint,
    files.blueprint,
    jobs.blueprint,
    language.blueprint,
    make.blueprint,
    notices.blueprint,
    people.blueprint,
    projects.blueprint,
    desk.blueprint,
    reviews.blueprint,
    floor.blueprint,
    machines.blueprint,
    materials.blueprint,
    tools.blueprint,
    staff_people.blueprint,
)
