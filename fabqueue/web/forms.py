"""Fields and the form every page uses: messages of our catalogue, a service's refusals on the fields they name."""

from datetime import date
from typing import Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import DateInput, NumberInput

from fabqueue.services.errors import Invalid, Refused
from fabqueue.web.errors import said
from fabqueue.web.site import the_site
from fabqueue.wording.values import minor_to_text, text_to_minor


class Needed:
    """The field must be filled; marks it so for browsers and macros."""

    field_flags = {"required": True}  # noqa: RUF012  wtforms reads it so

    def __init__(self, message: Any = None) -> None:
        self.message = message or _("Please fill this in.")

    def __call__(self, _form: Any, field: Field) -> None:
        raw = field.raw_data[0] if field.raw_data else ""
        if not (raw.strip() if isinstance(raw, str) else raw):
            field.errors = []
            raise ValidationError(str(self.message))


class AtMost:
    """Text of at most so many characters."""

    def __init__(self, most: int) -> None:
        self.field_flags = {"maxlength": most}
        self.most = most

    def __call__(self, _form: Any, field: Field) -> None:
        if len(field.data or "") > self.most:
            raise ValidationError(gettext("Write at most %(most)s characters.", most=self.most))


class _Words(Field):
    """Text is never None: a request that sends no field at all, its token in a header, has typed nothing."""

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else value


class Text(_Words, StringField):
    """One line; surrounding blanks are dropped."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""


class LongText(_Words, TextAreaField):
    """Several lines with plain line ends."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].replace("\r\n", "\n").strip() if valuelist else ""


class Secret(_Words, PasswordField):
    """A password; never sent back to the browser."""


class _Parsed(Field):
    """A field whose text is read into a value; what could not be read is shown again as it was typed."""

    message: Any = ""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if typed:
            try:
                self.data = self.read(typed)
            except ValueError:
                raise ValueError(str(self.message)) from None

    def read(self, typed: str) -> Any:
        raise NotImplementedError


LARGEST = 2**31 - 1
"""What any column holds, and more than a workshop counts or weighs."""
LARGEST_AMOUNT = 10**11
"""In minor units: millions of such amounts still add up within the 64 bits of a column."""
DAYS = (date(2000, 1, 1), date(2999, 12, 31))
"""A day outside is a slip; and a day and a time zone later there must still be a calendar."""


class Whole(_Parsed):
    """A whole number of at most 32 bits, or None where nothing was typed."""

    widget = NumberInput(step=1)
    message = _("Write a whole number.")

    def read(self, typed: str) -> int:
        if len(typed) > 20:
            raise ValueError(typed[:20])
        return within(int(typed))


class Number(_Parsed):
    """A number, or None where nothing was typed."""

    widget = NumberInput(step="any")
    message = _("Write a number.")

    def read(self, typed: str) -> float:
        return within(float(typed))

    def _value(self) -> str:
        """As people write it: 85 rather than 85.0."""
        return f"{self.data:.12g}" if isinstance(self.data, int | float) and not self.raw_data else super()._value()


Figure = TypeVar("Figure", int, float)


def within(value: Figure, largest: int = LARGEST) -> Figure:
    """`value` as it is. Raises ValueError beyond `largest`, and for what is no number."""
    if not -largest <= value <= largest:
        raise ValueError(f"not within {largest}")
    return value


class Money(_Parsed):
    """An amount in minor units of the site's currency; typed and shown as 4.20. A comma is read as the decimal sign."""

    widget = NumberInput(step="any")
    message = _("Write an amount such as 4.20.")

    def read(self, typed: str) -> int:
        return within(text_to_minor(typed.replace(",", "."), the_site().currency), LARGEST_AMOUNT)

    def _value(self) -> str:
        if self.raw_data or self.data is None:
            return super()._value()
        return minor_to_text(self.data, the_site().currency)


class Day(_Parsed):
    """A date, or None where nothing was typed."""

    widget = DateInput()
    message = _("Write a date, year first: 2026-11-30.")

    def read(self, typed: str) -> date:
        day = date.fromisoformat(typed)
        if not DAYS[0] <= day <= DAYS[1]:
            raise ValueError(f"not within {DAYS}")
        return day


class Choice(SelectField):
    """One of several; `choices` are SelectChoice(value, text)."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.type = "SelectField"  # what the templates know it by

    def pre_validate(self, _form: Any) -> None:
        if not any(chosen for _value, _text, chosen, *_more in self.iter_choices()):
            raise ValidationError(gettext("Choose one of the list."))


class OneOf(RadioField):
    """One of a few, all in sight; `choices` are SelectChoice(value, text)."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.type = "RadioField"

    def pre_validate(self, _form: Any) -> None:
        if not any(chosen for _value, _text, chosen, *_more in self.iter_choices()):
            raise ValidationError(gettext("Choose one of the list."))


class YesNo(BooleanField):
    """A box to tick."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.type = "BooleanField"


class Form(FlaskForm):
    """A form that can show what a service refused."""

    form_errors: list[str]

    def refuse(self, problem: Refused | Invalid) -> None:
        """Put each refusal on the field it names, else above the form."""
        for each in problem.refusals if isinstance(problem, Invalid) else [problem]:
            field = self._fields.get(each.field.rpartition(".")[2])
            if field is None:
                self.form_errors = [*self.form_errors, said(each)]
            else:
                field.errors = [*field.errors, said(each)]


MaybeEmpty = Optional
"""Nothing typed is fine, and nothing else is checked then."""
