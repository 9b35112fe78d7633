"""Camera pictures: whole JPEG or PNG files, or nothing."""

import io
import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from PIL import Image

from printers import Connection, connect
from printers.camera import MAX_BYTES, seen_from_here, snapshot
from tests.support.octoprint import StartOctoPrint, connection, free_port
from tests.support.web import Answer, reply, web_server


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 80, 20)).save(content, kind)
    return content.getvalue()


def taken(answer: Answer, seconds: float = 5) -> bytes | None:
    with web_server(answer) as server:
        return snapshot(f"{server.url}/?action=snapshot", seconds)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_comes_as_it_is_whatever_its_label_says(kind: str) -> None:
    assert taken(reply(200, picture(kind), Content_Type="text/html")) == picture(kind)


def test_a_picture_padded_at_its_end_is_taken() -> None:
    assert taken(reply(200, picture("JPEG") + bytes(20))) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b"GIF89a" + bytes(100),
        picture("JPEG")[:-40],
        picture("PNG")[:-12],
        b"\xff\xd8\xff" + bytes(500),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    ],
)
def test_anything_else_is_no_picture(body: bytes) -> None:
    assert taken(reply(200, body, Content_Type="image/jpeg")) is None


def test_an_error_page_with_a_picture_is_no_picture() -> None:
    assert taken(reply(503, picture("JPEG"))) is None


def test_a_picture_beyond_all_measure_is_not_read() -> None:
    sent = []

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n\xff\xd8\xff")
        try:
            while True:
                sent.append(handler.wfile.write(bytes(1 << 20)))
        except OSError:
            handler.close_connection = True

    assert taken(flood, seconds=60) is None
    assert sum(sent) < 8 * MAX_BYTES


def test_a_camera_that_dribbles_does_not_hold_its_caller() -> None:
    def dribble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n\xff\xd8\xff")
        try:
            for _ in range(600):
                handler.wfile.write(b"\x00" * 70_000)
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    assert taken(dribble, seconds=0.4) is None


def test_a_camera_that_dribbles_less_than_a_piece_does_not_hold_its_caller_either() -> None:
    """As one at the end of a weak radio link: its run could neither be paused nor cancelled meanwhile."""
    dribbled = []

    def dribble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 60000\r\n\r\n\xff\xd8\xff")
        try:
            for _ in range(60):
                dribbled.append(handler.wfile.write(bytes(10)))
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    assert taken(dribble, seconds=0.4) is None
    assert len(dribbled) < 30


def test_a_video_stream_given_for_a_picture_is_left_at_once() -> None:
    def stream(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n")
        try:
            while True:
                handler.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture("JPEG"))
        except OSError:
            handler.close_connection = True

    assert taken(stream, seconds=60) is None


@pytest.mark.parametrize("url", ["", "nonsense", "file:///etc/passwd", "http://", "http://camera.invalid/x.jpg"])
def test_an_address_without_a_camera_gives_nothing(url: str) -> None:
    assert snapshot(url) is None


@pytest.mark.parametrize(
    ("camera", "machine", "seen"),
    [
        ("http://127.0.0.1:8080/?action=snapshot", "http://pi.lan:5000/", "http://pi.lan:8080/?action=snapshot"),
        ("http://localhost/snap", "https://pi.lan/octo", "http://pi.lan/snap"),
        ("/webcam/?action=snapshot", "http://pi.lan:5000/", "http://pi.lan:5000/webcam/?action=snapshot"),
        ("http://camera.lan/snap.jpg", "http://pi.lan/", "http://camera.lan/snap.jpg"),
        ("http://127.0.0.1:8080/snap", "http://127.0.0.1:5000", "http://127.0.0.1:8080/snap"),
    ],
)
def test_a_machines_own_localhost_is_seen_from_here(camera: str, machine: str, seen: str) -> None:
    assert seen_from_here(camera, machine) == seen


@pytest.mark.octoprint
def test_the_camera_that_octoprint_knows_is_used(start_octoprint: StartOctoPrint) -> None:
    with web_server(reply(200, picture("JPEG"))) as camera:
        server = start_octoprint(snapshot_url=f"{camera.url}/snap")
        driver = connect(connection(server))
        assert driver.picture() == picture("JPEG")
        driver.close()
        # the key is for OctoPrint, not for its camera
        assert camera.headers
        assert not any("X-Api-Key" in headers for headers in camera.headers)
        server.stop()


def test_a_machine_without_a_camera_gives_no_picture() -> None:
    with web_server(reply(200, json.dumps({"webcam": {"snapshotUrl": ""}}).encode())) as server:
        driver = connect(Connection("octoprint", server.url, "key"))
        assert driver.picture() is None
        driver.close()


def test_a_tool_driven_by_hand_may_have_a_camera(tmp_path: Path) -> None:
    with web_server(reply(200, picture("PNG"))) as camera:
        assert connect(Connection("manual", camera_url=camera.url)).picture() == picture("PNG")
    assert connect(Connection("manual", camera_url=f"http://127.0.0.1:{free_port()}/")).picture() is None
