"""A reader: one language, one time zone, one currency; renders codes, texts and figures for a person."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import negotiate_locale
from babel.support import Translations

from fabqueue import paths
from fabqueue.wording.catalogue import sentence
from fabqueue.wording.phrases import RANGE
from fabqueue.wording.spacing import close_up
from fabqueue.wording.values import Figures

LANGUAGES = {"en": "English", "zh_Hans": "简体中文"}
"""Complete languages: code of the catalogue, name in the language itself."""


class Reader(Figures):
    """Renders for one person. Get one by `reader(language, zone, currency)`."""

    def __init__(self, language: str, zone: str, currency: str) -> None:
        super().__init__(Locale.parse(language), ZoneInfo(zone), currency)
        self.language = language
        self.translations: NullTranslations = Translations.load(str(paths.translations()), [language])

    def say(self, code: str, values: Mapping[str, Any] | None = None) -> str:
        """The sentence of `code` in this language. Raises KeyError for an unknown code."""
        words, values = sentence(code), values or {}
        if words.plural:
            text = self.translations.ngettext(words.text, words.plural, int(values[words.count]))
        else:
            text = self.text(words.text)
        return self.fill(text, values)

    def advice(self, code: str, values: Mapping[str, Any] | None = None) -> str:
        """What to do about `code`, or ""."""
        words = sentence(code)
        return self.fill(self.text(words.advice), values or {}) if words.advice else ""

    def tell(self, code: str, values: Mapping[str, Any] | None = None) -> str:
        """The sentence of `code` and what to do about it."""
        return self.together(self.say(code, values), self.advice(code, values))

    def together(self, *sentences: str) -> str:
        """Sentences one after the other; Chinese ones end in a stop that is wide enough without a blank."""
        return self.blank.join(filter(None, sentences))

    @property
    def blank(self) -> str:
        """What stands between two sentences."""
        return "" if self.locale.language == "zh" else " "

    def waits(self, code: str, values: Mapping[str, Any] | None, staff: bool) -> str:
        """Why something waits and what would free it: as a task for staff, as an explanation for a member."""
        words = sentence(code)
        if not staff:
            return self.fill(self.text(words.member), values or {}) if words.member else self.say(code, values)
        return self.tell(code, values)

    def say_in_public(self, code: str, values: Mapping[str, Any] | None = None) -> str:
        """The sentence of `code` without anything somebody typed or a machine sent; "" where nothing else is in it."""
        words, values = sentence(code), values or {}
        if words.public:
            return self.fill(self.text(words.public), values)
        return "" if any(_is_foreign(name, value) for name, value in values.items()) else self.say(code, values)

    def text(self, message: str) -> str:
        """A plain message of the catalogue, translated."""
        return self.translations.gettext(message) if message else ""

    def fill(self, text: str, values: Mapping[str, Any]) -> str:
        told = _Values(self, values)
        return close_up(text, told) % told

    def span(self, low: float, high: float, name: str) -> str:
        """A range such as `6 h 05 min to 7 h 15 min`; one figure where both read the same."""
        first, last = self.value(name, low), self.value(name, high)
        if first == last:
            return first
        ends = {"low": first, "high": last}
        return close_up(self.text(RANGE), ends) % ends


def _is_foreign(name: str, value: Any) -> bool:
    """Whether a value may hold any words; the public log names machines anyway."""
    return not isinstance(value, int | float) and name != "machine"


class _Values(dict[str, str]):
    """Formats a value at the moment the sentence asks for it."""

    def __init__(self, figures: Figures, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._figures, self._values = figures, values

    def __missing__(self, name: str) -> str:
        value = self._values[name]
        if isinstance(value, Mapping) and "code" in value and isinstance(self._figures, Reader):
            return self._figures.say(value["code"], value.get("values"))
        return self._figures.value(name, value)


@lru_cache(maxsize=64)
def reader(language: str = "en", zone: str = "UTC", currency: str = "EUR") -> Reader:
    """The reader for a language of `LANGUAGES`; others read English."""
    return Reader(language, zone, currency)


def best_language(wanted: Sequence[str], own: str = "en") -> str:
    """The language that suits a browser's list best, `own` where none does; any Chinese is served the Chinese there is."""
    simple = {"zh": "zh_Hans", "zh_CN": "zh_Hans", "zh_SG": "zh_Hans", "zh_Hans_CN": "zh_Hans", "zh_TW": "zh_Hans"}
    names = [simple.get(each.replace("-", "_"), each.replace("-", "_")) for each in wanted]
    return negotiate_locale(names, list(LANGUAGES), sep="_") or own
