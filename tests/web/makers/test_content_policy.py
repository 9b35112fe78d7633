"""What a page may load and run; the one style of the 3D viewer is let in by its digest."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from fabqueue import paths
from fabqueue.models import Revision
from fabqueue.web.security import EMPTY_STYLE, VIEWER_STYLE
from tests.support.factories import Lab
from tests.web.makers.conftest import Browser, Workshop

VIEWER = paths.static() / "vendor/@google/model-viewer/model-viewer.min.js"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def _source(style: str) -> str:
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


@pytest.fixture
def viewer() -> str:
    if not VIEWER.exists():
        pytest.skip("the front-end parts are not fetched: make assets")
    return VIEWER.read_text("utf-8")


def test_the_installed_viewer_brings_the_style_that_is_let_in_and_no_other(viewer: str) -> None:
    """An upgrade that changes it would show the viewer unstyled, and say so in the browser's console only."""
    assert [_source(style) for style in _STYLE.findall(viewer)] == [VIEWER_STYLE]


def test_the_empty_style_is_the_empty_one() -> None:
    assert _source("") == EMPTY_STYLE


def test_only_pages_with_the_viewer_let_its_style_in(alice: Browser, workshop: Workshop, lab: Lab) -> None:
    revision: Revision = workshop.design()
    with_viewer = alice.get(f"/make/designs/{revision.design_id}").headers["Content-Security-Policy"]
    without = alice.get("/account").headers["Content-Security-Policy"]
    assert VIEWER_STYLE in with_viewer
    assert VIEWER_STYLE not in without
    for policy in (with_viewer, without):
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
