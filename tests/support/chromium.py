"""Chromium for every room's tests: one Playwright session in the whole run, because a second one in a process fails."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # WebGL stays; pages drawn without it cost a fortieth of the processor time
]

_ABANDONED = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx logs as errors when a newer question replaces an older one; a real failure logs an event of its own too."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether a page said in its console that something is wrong."""
    return message.type == "error" and message.text.partition(",")[0] not in _ABANDONED


def _whole(app: Flask) -> WSGIApplication:
    """Reads each answer to its end before it is sent: werkzeug leaves its file open when the browser went away."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return list(parts)

    return answer


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:  # a thread left running would keep a failed test's process alive
        server.shutdown()
        thread.join()
        server.server_close()
