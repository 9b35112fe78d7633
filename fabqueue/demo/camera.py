"""A picture for machines that have no camera: drawn, changing, and labelled as what it is."""

import io
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import cos, sin
from typing import Any

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 480)
LABEL = "simulated camera"
PACE = "virtual printer: 10 to 20 times faster than a real one"
Done = Callable[[], float | None]
"""How much of the current print is done, 0 to 100; None when nothing runs."""


def draw(name: str, done: float | None, at: datetime) -> bytes:
    """One JPEG: a printer's frame, its bed, what has grown on it so far, and the label."""
    picture = Image.new("RGB", SIZE, "#20262b")
    pen = ImageDraw.Draw(picture)
    grown = 0.0 if done is None else done / 100
    pen.rectangle((90, 60, 550, 400), outline="#4b555d", width=10)
    pen.polygon([(130, 380), (510, 380), (470, 330), (170, 330)], fill="#39434a")
    top = 340 - 150 * grown
    pen.rectangle((250, top, 390, 345), fill="#e8762c")
    for line in range(int(top), 345, 6):
        pen.line((250, line, 390, line), fill="#c9611f")
    seconds = at.timestamp()
    x = 320 + (70 * cos(seconds * 1.7) if done is not None else -150)
    y = top - 8 - (0 if done is not None else 120) + 2 * sin(seconds * 3)
    pen.line((100, y - 46, 540, y - 46), fill="#6c7780", width=8)
    pen.polygon([(x - 22, y - 60), (x + 22, y - 60), (x + 22, y - 22), (x, y), (x - 22, y - 22)], fill="#9aa5ad")
    small, large = ImageFont.load_default(20), ImageFont.load_default(26)
    pen.text((24, 10), name, font=large, fill="#ffffff")
    pen.text((SIZE[0] - 24, 14), PACE, font=ImageFont.load_default(14), fill="#ffd9a0", anchor="ra")
    state = "idle" if done is None else f"{done:.0f} %"
    pen.text((24, 444), f"{at:%H:%M:%S}  {state}", font=small, fill="#cfd6da")
    pen.text((SIZE[0] - 24, 444), LABEL, font=small, fill="#ffd9a0", anchor="ra")
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()


class Cameras:
    """An HTTP server on the loopback interface with one picture for each machine, at `url(slug)`."""

    def __init__(self, machines: dict[str, tuple[str, Done]]) -> None:
        server = self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(machines))
        server.daemon_threads = True
        self._thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
        self._thread.start()

    def url(self, slug: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{slug}.jpg"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(machines: dict[str, tuple[str, Done]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            slug = self.path.strip("/").removesuffix(".jpg")
            if slug not in machines:
                self.send_error(404)
                return
            name, done = machines[slug]
            picture = draw(name, done(), datetime.now().astimezone())
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(picture)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, format: str, *args: Any) -> None:
            """Pictures are fetched every few seconds; nobody wants to read that."""

    return Handler
