"""Fields that several pages share."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.forms import Day, Form, Money, Needed, Number, Text, Whole
from tests.support.factories import Lab


class Sample(Form):
    name = Text("Name", [Needed()])
    count = Whole("Count")
    size = Number("Size")
    price = Money("Price")
    day = Day("Day")


@pytest.fixture
def request_of(app: Flask, lab: Lab) -> Iterator[None]:
    with app.test_request_context("/", method="POST"):
        yield


def _sample(**typed: str) -> Any:
    return Sample(MultiDict(typed), meta={"csrf": False})


@pytest.mark.usefixtures("request_of")
def test_what_was_typed_becomes_values() -> None:
    form = _sample(name="  box ", count="3", size="1.5", price="4,20", day="2031-05-04")
    assert form.validate(), form.errors
    assert (form.name.data, form.count.data, form.size.data, form.price.data) == ("box", 3, 1.5, 420)
    assert form.day.data.isoformat() == "2031-05-04"


@pytest.mark.usefixtures("request_of")
def test_what_cannot_be_read_is_said_and_shown_again() -> None:
    form = _sample(name=" ", count="three", size="big", price="4.205", day="soon")
    assert not form.validate()
    assert set(form.errors) == {"name", "count", "size", "price", "day"}
    assert 'value="three"' in str(form.count())
    assert 'value="4.205"' in str(form.price())


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("count", each) for each in ("3000000000", "-3000000000", "9" * 5000, "1e3", "\0")),
        *(("size", each) for each in ("1e308", "nan", "-inf", "9" * 400)),
        *(("price", each) for each in ("1000000000.01", "9" * 16, "NaN", "4.20\u202e")),
        *(("day", each) for each in ("0001-01-01", "1999-12-31", "3000-01-01", "9999-12-31", "10000-01-01")),
    ],
)
@pytest.mark.usefixtures("request_of")
def test_what_no_workshop_has_and_no_column_holds_is_refused(field: str, typed: str) -> None:
    form = _sample(name="box", **{field: typed})
    assert not form.validate()
    assert set(form.errors) == {field}


@pytest.mark.usefixtures("request_of")
def test_the_largest_figures_are_taken() -> None:
    form = _sample(name="box", count=str(2**31 - 1), size="-2147483647", price="1000000000.00", day="2999-12-31")
    assert form.validate(), form.errors


@pytest.mark.usefixtures("request_of")
def test_text_of_a_form_without_any_field_is_empty() -> None:
    form = _sample()
    assert not form.validate()
    assert form.name.data == ""


@pytest.mark.usefixtures("request_of")
def test_nothing_typed_is_no_value() -> None:
    form = _sample(name="box", count="", price="")
    assert form.validate()
    assert (form.count.data, form.price.data) == (None, None)


@pytest.mark.usefixtures("request_of")
def test_a_stored_price_is_shown_as_people_write_it() -> None:
    assert 'value="4.20"' in str(Sample(formdata=None, data={"price": 420}, meta={"csrf": False}).price())


@pytest.mark.usefixtures("request_of")
def test_a_refusal_goes_to_the_field_it_names_else_above_the_form() -> None:
    form = _sample(name="box")
    form.validate()
    form.refuse(Invalid([Refused("name_missing", field="settings.name"), Refused("estimate_pending")]))
    assert form.name.errors == ["The name is missing."]
    assert form.form_errors == ["The price is not worked out yet. Try again in a few seconds."]
