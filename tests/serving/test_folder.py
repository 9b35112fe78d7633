"""The place of our own Valkey: short, plain and private, whatever the data folder is called."""

import os
from pathlib import Path

import pytest
from redis import Redis

from fabqueue.config import Config, build
from fabqueue.serving import folder
from tests.support.octoprint import eventually
from tests.support.valkey import running_valkey

NAMES = ["plain", "with blanks", "x" * 150, "50%", "a?b#c", "größer"]


def lab(base: Path) -> Config:
    base.mkdir(parents=True, exist_ok=True)
    return build({}, {}, base)


@pytest.mark.parametrize("name", NAMES)
def test_valkey_can_be_reached_from_every_data_folder(tmp_path: Path, name: str) -> None:
    config = lab(tmp_path / name)
    socket = folder.prepare_socket(config)
    assert len(os.fsencode(socket)) <= folder.LONGEST_SOCKET_PATH
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    with running_valkey(socket):
        connection = Redis.from_url(folder.with_own_redis(config).redis_url)
        eventually(connection.ping)
        assert connection.client_list()
        connection.close()


def test_the_usual_place_is_in_the_data_folder(tmp_path: Path) -> None:
    config = lab(tmp_path)
    assert folder.socket_place(config) == config.own_redis_socket
    assert folder.with_own_redis(config) is config


def test_other_processes_find_it_where_serve_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = lab(tmp_path / "with blanks")
    socket = folder.prepare_socket(config)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # another session's
    assert str(socket) in folder.with_own_redis(config).redis_url


def test_a_configured_server_is_left_as_it_is(tmp_path: Path) -> None:
    config = build({"data": {"redis": "redis://queue.example:6379/1"}}, {}, tmp_path / "with blanks")
    assert folder.with_own_redis(config).redis_url == "redis://queue.example:6379/1"


def test_a_short_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    config = lab(tmp_path / "with blanks")
    place = folder.socket_place(config).parent
    place.mkdir(parents=True)
    os.chown(place, 12345, 12345)
    with pytest.raises(folder.FolderTaken, match="somebody else"):
        folder.prepare_socket(config)


def test_two_cannot_serve_one_data_folder(tmp_path: Path) -> None:
    config = lab(tmp_path)
    handle = folder.lock(config)
    with pytest.raises(folder.AlreadyServing) as caught:
        folder.lock(config)
    assert caught.value.pid == os.getpid()
    os.close(handle)
    os.close(folder.lock(config))
