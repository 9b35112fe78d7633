"""Every code that the analysis can say has a sentence."""

import re

from fabqueue.wording import all_sentences
from tests.analysis.driver import ROOT

_CODE = re.compile(r'"((?:file|mesh|analysis|fit|estimate|drawing|toolpath)_[a-z0-9_]+)"')
_KEYS = {"file_type"}


def codes() -> set[str]:
    """Every code that the sources of the analysis name."""
    sources = (ROOT / "fabqueue" / "analysis").rglob("*.py")
    return {code for source in sources for code in _CODE.findall(source.read_text(encoding="utf-8"))} - _KEYS


def test_every_code_of_the_analysis_has_a_sentence() -> None:
    found = codes()
    assert len(found) > 60
    assert found - set(all_sentences()) == set()


def test_every_sentence_about_meshes_and_files_is_said_somewhere() -> None:
    written = {code for code in all_sentences() if code.startswith(("mesh_", "file_"))}
    assert written - codes() == set()


def test_every_problem_comes_with_advice() -> None:
    for code in codes():
        if not code.startswith(("toolpath_", "drawing_")):
            assert all_sentences()[code].advice, code
