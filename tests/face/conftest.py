"""A running page for the tests of scripts and looks."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask, Response

from tests.support import chromium

# what the site itself sends, with what packaging of the 3D view needs on pages that show one
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' "
    "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='; img-src 'self' data: blob:; "
    "connect-src 'self' data: blob:; worker-src 'self' blob:; form-action 'self'; base-uri 'none'"
)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    @app.after_request
    def _strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    with chromium.serving(app) as address:
        yield address


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serve an app under the site's policy until the test ends; answers its address."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(serving(app))
