"""Every blueprint of the pages."""

from flask import Blueprint

from fabqueue.web import account, designs, explore, files, jobs, language, make, notices, people, projects

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
)
