"""The guide names calls that exist."""

import re
from pathlib import Path

from flask import Flask
from werkzeug.exceptions import HTTPException

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
CALL = re.compile(r"^    fq (?P<options>.*?)\$FABQUEUE(?P<path>/\S+)(?P<rest>.*)$", re.MULTILINE)


def test_every_call_of_the_guide_is_a_call_of_the_api(app: Flask) -> None:
    calls = [(_method(each["options"] + each["rest"]), f"/api/v1{each['path']}") for each in CALL.finditer(_text())]
    assert len(calls) > 12
    adapter = app.url_map.bind("localhost")
    missing = [call for call in calls if not _exists(adapter, *call)]
    assert missing == []


def _text() -> str:
    return GUIDE.read_text("utf-8")


def _method(options: str) -> str:
    named = re.search(r"-X (\w+)", options)
    if named:
        return named[1]
    return "POST" if any(each in options for each in ("-F", "--form", "--json")) else "GET"


def _exists(adapter: object, method: str, path: str) -> bool:
    try:
        adapter.match(path, method=method)  # type: ignore[attr-defined]
    except HTTPException:
        return False
    return True
