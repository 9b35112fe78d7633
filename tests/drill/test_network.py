"""The network that a drill cuts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest
import requests

from drill.network import Proxy, Weather
from tests.support.octoprint import eventually
from tests.support.web import web_server


def answers(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"ok")


def is_through(proxy: Proxy) -> bool:
    try:
        return requests.get(proxy.url, timeout=5).text == "ok"
    except requests.ConnectionError:
        return False


def test_it_carries_what_is_asked_until_it_is_cut_and_again_after_that() -> None:
    with web_server(answers) as server:
        proxy = Proxy(urlsplit(server.url).port or 0)
        assert is_through(proxy)
        proxy.turn(Weather.REFUSE)
        assert not is_through(proxy)
        proxy.turn(Weather.CLEAR)
        assert eventually(lambda: is_through(proxy))
        proxy.close()


@pytest.mark.filterwarnings("error")
def test_it_is_made_and_ended_beside_a_loop_that_runs_here_and_leaves_nothing() -> None:
    """A browser's test runs in such a loop."""

    async def make() -> None:
        with web_server(answers) as server:
            proxy = Proxy(urlsplit(server.url).port or 0)
            with requests.Session() as held:
                assert held.get(proxy.url, timeout=5).text == "ok"
                proxy.close()

    with ThreadPoolExecutor(1) as pool:  # this thread may have such a loop already
        pool.submit(asyncio.run, make()).result()
