"""Messages of the catalogue for views and templates, their values set into the text as the language spaces them."""

from functools import cached_property
from typing import Any

from flask_babel import Babel, Domain, get_translations
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from fabqueue.wording.spacing import close_up


class SpacedDomain(Domain):
    def gettext(self, string: str, **variables: Any) -> str:
        text: str = self.get_translations().ugettext(string)
        return close_up(text, variables) % variables if variables else text

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        variables.setdefault("num", num)
        text: str = self.get_translations().ungettext(singular, plural, num)
        return close_up(text, variables) % variables


class SpacedBabel(Babel):
    """Flask-Babel whose messages close up Chinese words and Chinese values, in Python and in templates."""

    @cached_property
    def domain_instance(self) -> Domain:
        return SpacedDomain(domain=self.domain)

    def init_app(self, app: Any, *args: Any, **options: Any) -> None:
        super().init_app(app, *args, **options)
        app.jinja_env.globals.update(gettext=_gettext, ngettext=_ngettext)


# Templates read "%%" as "%" in every message, so that these fill it in even where there is no value.
@pass_eval_context
def _gettext(rendering: EvalContext, message: str, **values: Any) -> str:
    return _filled(rendering, get_translations().ugettext(message), values)


@pass_eval_context
def _ngettext(rendering: EvalContext, singular: str, plural: str, num: int, **values: Any) -> str:
    values.setdefault("num", num)
    return _filled(rendering, get_translations().ungettext(singular, plural, num), values)


def _filled(rendering: EvalContext, text: str, values: dict[str, Any]) -> str:
    message = Markup(text) if rendering.autoescape else text  # noqa: S704 - a message of the catalogue, written by us
    return close_up(message, values) % values
