"""Choosing a language."""

from flask import Flask, render_template

from fabqueue.models import Person
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop


def test_a_visitors_choice_is_kept_in_this_browser(visitor: Browser) -> None:
    answer = visitor.post("/language", {"lang": "zh_Hans", "next": "/make"})
    assert answer.location == "/make"
    assert '<html lang="zh-Hans"' in visitor.get("/make").text


def test_a_members_choice_is_kept_in_the_account(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    alice.post("/language", {"lang": "zh_Hans", "next": "/jobs"})
    person: Person = workshop.fresh(lab.alice)
    assert person.language == "zh_Hans"


def test_a_language_nobody_speaks_here_is_refused(visitor: Browser) -> None:
    assert visitor.post("/language", {"lang": "tlh"}).status_code == 400


def test_it_never_sends_anybody_elsewhere(visitor: Browser) -> None:
    assert visitor.post("/language", {"lang": "en", "next": "//evil.example"}).location == "/"


def test_words_written_in_a_template_are_said_to_each_reader_anew(app: Flask, lab: Lab) -> None:
    """Jinja would run a filter on a constant when it compiles the template: in the first reader's language, for all."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        page = app.jinja_env.from_string('{{ "beam_unconfirmed"|say({}) }}')
    said = {}
    for language in ("en", "zh-Hans"):
        with app.test_request_context(headers={"Accept-Language": language}):
            said[language] = render_template(page)
    assert said["en"] == "Beam off not confirmed: look at the laser."
    assert "Beam" not in said["zh-Hans"]
