"""Reading tables: characters and delimiters are found in files as Google Forms and Excel write them."""

from datetime import date
from pathlib import Path

import pytest

from fabqueue.analysis import table
from fabqueue.analysis.findings import AnalysisError
from fabqueue.models import ImportKind
from fabqueue.services.imports import columns, values
from fabqueue.services.imports.values import Misread

GOOGLE = (
    '"时间戳记","电子邮件地址","您的姓名","模型文件","材料","重量（克）","打印时间","备注"\r\n'
    '"2024/03/01 下午 3:04:05 [GMT+8]","li@example.org","李 雷","支架.stl","PLA","12.5","1:30:00","请用灰色\n两个"\r\n'
)
EXCEL = "Datum;Name;Datei;Gewicht;Dauer;Preis\r\n03.04.2024;Åsa Öberg;Hülle.stl;12,5;1,5 h;4,20 €\r\n"


def read(tmp_path: Path, content: bytes) -> tuple[dict[str, object], list[tuple[int, list[str]]]]:
    path = tmp_path / "table"
    path.write_bytes(content)
    head, *rest = table.steps(tmp_path, str(path))
    return head, [row for piece in rest for row in piece["rows"]]


@pytest.mark.parametrize(
    ("text", "codec", "encoding", "delimiter"),
    [
        (GOOGLE, "utf-8", "utf-8", "comma"), (GOOGLE, "utf-8-sig", "utf-8", "comma"),
        (GOOGLE, "utf-16", "utf-16", "comma"), (GOOGLE, "gb18030", "gb18030", "comma"),
        (EXCEL, "cp1252", "windows-1252", "semicolon"), (EXCEL, "utf-8-sig", "utf-8", "semicolon"),
        (EXCEL.replace(";", "\t"), "utf-16", "utf-16", "tab"), (EXCEL, "utf-16-le", "utf-16", "semicolon"),
        ("sep=;\r\n" + EXCEL, "cp1252", "windows-1252", "semicolon"),
    ],
)  # fmt: skip
def test_characters_and_delimiter_are_found(
    tmp_path: Path, text: str, codec: str, encoding: str, delimiter: str
) -> None:
    head, rows = read(tmp_path, text.encode(codec))
    assert (head["encoding"], head["delimiter"]) == (encoding, delimiter)
    assert rows[0][1][2] in {"李 雷", "Hülle.stl"}


def test_a_line_break_inside_a_cell_is_kept_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    _head, rows = read(tmp_path, (GOOGLE + '"2024/03/02","b@example.org","","","","","",""\r\n').encode())
    assert [line for line, _ in rows] == [2, 4]
    assert rows[0][1][7] == "请用灰色\n两个"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_empty"), (b"\r\n\r\n", "import_empty"), (b"PK\x03\x04rest", "import_is_workbook"),
        (b"a,b\n" + b'"' + b"x" * 200_000, "import_quote_open"), (b"a\n" + b"1\n" * 20_001, "import_too_many_rows"),
        (b"," * 50, "import_empty"), (b"a," * 200, "import_too_many_columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(AnalysisError) as raised:
        read(tmp_path, content)
    assert raised.value.code == code


def test_columns_are_proposed_from_chinese_and_english_headings() -> None:
    headings = ["时间戳记", "电子邮件地址", "您的姓名", "模型文件", "材料", "重量（克）", "打印时间", "备注"]
    assert columns.propose(ImportKind.PAST_JOBS, headings) == {
        "made_on": 0, "person": 1, "filename": 3, "material": 4, "mass": 5, "time": 6
    }  # fmt: skip
    assert columns.propose(ImportKind.PEOPLE, ["Timestamp", "Email Address", "Your full name"]) == {
        "email": 1, "private_name": 2
    }  # fmt: skip
    assert columns.propose(ImportKind.PAST_JOBS, ["File name\n(STL)", "File name", "Weight\nin grams", "Member"]) == {
        "filename": 1, "mass": 2, "person": 3
    }  # fmt: skip
    assert columns.propose(ImportKind.PEOPLE, ["First name", "Last name", "Email"]) == {
        "private_name": 0, "family_name": 1, "email": 2
    }  # fmt: skip
    assert columns.propose(ImportKind.PEOPLE, ["姓", "名字", "姓名"]) == {"family_name": 0, "private_name": 2}
    assert [columns.unit_of(each, ("g", "kg")) for each in ("重量（克）", "Weight (kg)", "Mass")] == ["g", "kg", ""]
    assert [columns.unit_of(each, ("h", "min")) for each in ("Time (min)", "打印时间(小时)", "Time")] == [
        "min",
        "h",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "sign", "unit", "mg"),
    [("12.5", "", "", 12_500), ("12,5 g", "", "", 12_500), ("0,3kg", "", "", 300_000), ("1.234,5", "", "", 1_234_500),
     ("1,234.5 g", "", "", 1_234_500), ("1,234", ".", "", 1_234_000), ("1,234", ",", "", 1_234),
     ("~12 g", "", "", 12_000), ("ca. 7,5 g", "", "", 7500),
     ("2", "", "kg", 2_000_000), ("15克", "", "", 15_000), ("0.5 公斤", "", "", 500_000)],
)  # fmt: skip
def test_masses(text: str, sign: str, unit: str, mg: int) -> None:
    assert values.milligrams(text, sign, unit) == mg


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [("1:30:00", "", 5400), ("2:15", "", 8100), ("12:30", "min", 750), ("2h 15m", "", 8100), ("90 min", "", 5400),
     ("1,5 h", "", 5400), ("135", "min", 8100), ("2小时30分", "", 9000), ("45分钟", "", 2700), ("1d 2h", "", 93600),
     ("1h30", "", 5400), ("ca. 2 h", "", 7200), ("约 45 分钟", "", 2700)],
)  # fmt: skip
def test_times(text: str, unit: str, seconds: int) -> None:
    assert values.seconds(text, "", unit) == seconds


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [("2024-03-01", "", date(2024, 3, 1)), ("2024/3/1 15:04", "", date(2024, 3, 1)), ("1.3.2024", "", date(2024, 3, 1)),
     ("2024年3月1日", "", date(2024, 3, 1)), ("3/4/2024", "mdy", date(2024, 3, 4)), ("3/4/24", "dmy", date(2024, 4, 3)),
     ("25/4/2024", "", date(2024, 4, 25)), ("45352", "", date(2024, 3, 1))],
)  # fmt: skip
def test_dates(text: str, order: str, day: date) -> None:
    assert values.day(text, order) == day


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [(values.milligrams, "1,234", "import_number_unclear"), (values.milligrams, "heavy", "import_mass_unreadable"),
     (values.milligrams, "12 stones", "import_mass_unreadable"),
     (values.milligrams, "9999999", "import_mass_out_of_bounds"),
     (values.milligrams, "1.2.x", "import_mass_unreadable"),
     (values.seconds, "90", "import_time_unit_unclear"),
     (values.seconds, "soon", "import_time_unreadable"), (values.day, "3/4/2024", "import_date_unclear"),
     (values.day, "31.2.2024", "import_date_unreadable"), (values.day, "=TODAY()", "import_date_unreadable"),
     (values.outcome, "so so", "import_outcome_unclear")],
)  # fmt: skip
def test_what_cannot_be_read_or_means_two_things_is_said(parse: object, text: str, code: str) -> None:
    with pytest.raises(Misread) as raised:
        parse(text)  # type: ignore[operator]
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("text", "minor"),
    [("$4.20", 420), ("4,20 €", 420), ("¥15", 1500), ("CHF 12.-", 1200), ("12,- €", 1200), ("1.234,50 EUR", 123_450)],
)
def test_prices(text: str, minor: int) -> None:
    assert values.minor(text, "EUR", "," if "€" in text or "EUR" in text else ".") == minor


def test_what_a_whole_column_shows_decides() -> None:
    assert values.decimal_sign(["1,234", "12,5"]) == ","
    assert values.decimal_sign(["1,234", "12.5"]) == "."
    assert values.decimal_sign(["1,234"]) == ""
    assert values.day_order(["3/4/2024", "25/4/2024"]) == "dmy"
    assert values.day_order(["31/31/2024", "4/25/2024"]) == "mdy"
    assert values.day_order(["3/4/2024", "4/25/2024"]) == "mdy"
    assert values.day_order(["3/4/2024", "25/4/2024", "4/25/2024"]) == ""
