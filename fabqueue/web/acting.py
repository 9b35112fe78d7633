"""What a person does with one button, or after one question: a page of its own, or a dialog brought by htmx."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from htmx_flask import request as htmx_request
from werkzeug.wrappers import Response

from fabqueue.db import WritingSession
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.web.back import own_path
from fabqueue.web.errors import flash_problem
from fabqueue.web.forms import Form
from fabqueue.web.site import writing
from fabqueue.web.snapshot import Snapshot

Work = Callable[[WritingSession], Any]


@dataclass(frozen=True)
class Question:
    """What is asked before something is done. Texts are in the reader's language."""

    title: str
    text: str
    yes: str
    done: str
    """What is said afterwards."""
    back: str
    """Where to go then, and when the person thinks better of it."""
    css: str = "primary"
    nav: str = "desk"
    evidence: str = ""
    """A template with what is known already, above what is asked; it finds its names in `known`."""
    known: Mapping[str, Any] = field(default_factory=dict)


def back_to(default: str) -> str:
    """The page somebody came from (`next`), when it is one of ours."""
    return own_path(request.values.get("next"), default)


def acted(work: Work, said: str, back: str) -> Response:
    """Do it, say so on the page `back`. What was refused, or done by somebody else before, is said there instead."""
    try:
        with writing() as session:
            work(session)
    except (Refused, Invalid, Conflict) as problem:
        flash_problem(problem)
    else:
        flash(said, "ok")
    return redirect(back, 303)


def saved(form: Form, save: Callable[[], str], endpoint: str, said: str) -> Response | None:
    """Save what a form says, and go on to the page of what was saved (`save` returns its slug).

    None when that was refused, which the form says then.
    """
    if not form.validate():
        return None
    try:
        slug = save()
    except (Refused, Invalid) as problem:
        form.refuse(problem)
        return None
    flash(said, "ok")
    return redirect(url_for(endpoint, slug=slug), 303)


def asked(question: Question, form: Form, work: Work) -> Response:
    """Ask; when answered, do it. What was refused comes back on the form's fields with everything typed kept."""
    if form.validate_on_submit():
        try:
            with writing() as session:
                work(session)
        except (Refused, Invalid) as problem:
            form.refuse(problem)
        except Conflict as conflict:
            flash_problem(conflict)
            return redirect(question.back, 303)
        else:
            flash(question.done, "ok")
            return redirect(question.back, 303)
    return ask(question, form)


def ask(question: Question, form: Form) -> Response:
    """The question alone, or with what was wrong in its answer."""
    for each in form:
        if isinstance(each, Snapshot):
            each.ask_again()
    template = "_asking/dialog.html" if htmx_request.htmx else "_asking/page.html"
    body = render_template(template, question=question, form=form, action=request.path)
    return make_response(body, 422 if form.is_submitted() else 200)
