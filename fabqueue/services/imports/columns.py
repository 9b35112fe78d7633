"""Which column of a table holds what: proposed from its heading in English, Chinese and a few neighbours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fabqueue.models import ImportKind


@dataclass(frozen=True)
class Column:
    """Something a row may say. named: what headings call it, folded, the best first, with a bar between them."""

    name: str
    named: str
    most: int = 200
    """Characters."""

    @property
    def words(self) -> list[str]:
        return self.named.split("|")


PEOPLE = (
    Column("email", "e-mail address|email address|e-mail|email|mail|电子邮箱|电子邮件|邮箱|邮件"),
    Column("user_name", "user name|username|login|benutzername|用户名|登录名|账号", 32),
    Column("display_name", "display name|nickname|nick name|alias|昵称|显示名|别名", 80),
    Column(
        "private_name",
        "full name|real name|vorname und nachname|name|first name|given name|forename|vorname|prénom|nom"
        "|姓名|名字|全名",
        80,
    ),
    Column("family_name", "family name|last name|surname|nachname|familienname|nom de famille|姓氏|姓", 80),
)
PAST_JOBS = (
    Column("made_on", "timestamp|zeitstempel|date|datum|horodateur|submitted|时间戳记|时间戳|提交时间|日期"),
    Column(
        "person",
        "e-mail address|email address|e-mail|email|requested by|member|person|your name|user|name"
        "|电子邮箱|电子邮件|邮箱|申请人|姓名|用户|成员",
    ),
    Column("filename", "file name|filename|datei|upload|model file|file|文件名|模型文件|文件"),
    Column("material", "material|filament|werkstoff|材料|耗材|材质"),
    Column("machine", "machine|printer|maschine|drucker|equipment|机器|打印机|设备|机型"),
    Column("mass", "mass|weight|gewicht|grams|filament used|重量|质量|克数|用料"),
    Column(
        "time",
        "print time|printing time|duration|hours|minutes|time|druckzeit|dauer|打印时间|打印时长|用时|耗时|时长",
    ),
    Column("price", "price|cost|charge|amount|preis|kosten|价格|费用|金额"),
    Column("outcome", "outcome|result|status|success|ergebnis|结果|状态|是否成功"),
)
OF_KIND = {ImportKind.PEOPLE: PEOPLE, ImportKind.PAST_JOBS: PAST_JOBS}
_UNITS = {
    "g": ("g", "gram", "grams", "gramm", "克"), "kg": ("kg", "kilogram", "kilograms", "公斤", "千克"),
    "s": ("s", "sec", "seconds", "秒"), "min": ("min", "mins", "minute", "minutes", "minuten", "分", "分钟"),
    "h": ("h", "hr", "hrs", "hour", "hours", "stunden", "小时", "时"),
}  # fmt: skip


def folded(heading: str) -> str:
    """A heading without case, marks and double blanks."""
    plain = re.sub(r"[\s_()（）\[\]:：,.?？*/]+", " ", heading.casefold())
    return plain.strip()


def propose(kind: ImportKind, headings: Sequence[str]) -> dict[str, int]:
    """Name of a column to the number of the heading that holds it; each heading once, exact words before parts.

    A heading that holds words of several columns belongs to the longest: "File name (STL)" names no person.
    """
    plain = [folded(each) for each in headings]
    every = [word for column in OF_KIND[kind] for word in column.words]
    longest = [max((len(word) for word in every if _holds(text, word)), default=0) for text in plain]
    found: dict[str, int] = {}
    for fits in (_is, _holds):
        for column in OF_KIND[kind]:
            if column.name not in found:
                taken = set(found.values())
                places = (
                    i for word in column.words for i, text in enumerate(plain)
                    if i not in taken and fits(text, word) and len(word) == longest[i]
                )  # fmt: skip
                place = next(places, None)
                if place is not None:
                    found[column.name] = place
    return found


def _is(heading: str, word: str) -> bool:
    return heading == word


def _holds(heading: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", heading) is not None
    return word in heading


def headings_at(kind: ImportKind, rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows holds the headings: the first, unless a later one alone names columns (after a title)."""
    known = [len(propose(kind, row)) for row in rows]
    return 0 if not known or known[0] else next((place for place, count in enumerate(known) if count > 1), 0)


def chosen(kind: ImportKind, headings: Sequence[str], choices: Mapping[str, object]) -> dict[str, int]:
    """The columns as a person chose them, else as proposed."""
    given = choices.get("columns")
    if not isinstance(given, Mapping):
        return propose(kind, headings)
    return {name: int(place) for name, place in given.items() if 0 <= int(place) < len(headings)}


def unit_of(heading: str, among: Sequence[str]) -> str:
    """The unit that a heading names, as in "Mass (g)"; "" without one."""
    words = folded(heading).split()
    tail = re.sub(r"^[^(（\[]*", "", heading).strip("()（）[] ").casefold()
    for unit in among:
        if any(word in _UNITS[unit] for word in [*words, tail]):
            return unit
    return ""
