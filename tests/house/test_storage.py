"""Files are kept once by their digest, under names nobody typed."""

import hashlib
import io

import pytest

from fabqueue.storage import Storage, TooLarge


def test_it_keeps_equal_contents_once(storage: Storage) -> None:
    first = storage.keep(io.BytesIO(b"same"), 10)
    assert storage.keep(io.BytesIO(b"same"), 10) == first
    assert first.sha256 == hashlib.sha256(b"same").hexdigest()
    assert list(storage.all_digests()) == [first.sha256]
    assert storage.path(first.sha256).read_bytes() == b"same"


def test_a_stream_that_is_too_long_leaves_nothing(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(TooLarge):
        storage.keep(io.BytesIO(b"x" * 11), 10)
    assert list(storage.all_digests()) == []
    with storage.scratch() as folder:
        assert [each for each in folder.parent.iterdir() if each != folder] == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "", ".hidden", "A" * 200, "abc"])
def test_only_digests_are_paths(storage: Storage, name: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError)):
        storage.path(name)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "UPPER"])
def test_volatile_names_are_ours(storage: Storage, name: str) -> None:
    with pytest.raises(ValueError, match="not a name of ours"):
        storage.put_volatile(name, b"")


def test_a_volatile_file_is_replaced_whole(storage: Storage) -> None:
    assert storage.volatile("camera-a") is None
    storage.put_volatile("camera-a", b"one")
    storage.put_volatile("camera-a", b"two")
    assert storage.volatile("camera-a") == b"two"
    storage.remove_volatile("camera-a")
    assert storage.volatile("camera-a") is None


def test_kept_files_cannot_be_written(storage: Storage) -> None:
    kept = storage.keep(io.BytesIO(b"immutable"), 100)
    assert storage.path(kept.sha256).stat().st_mode & 0o222 == 0


def test_a_scratch_folder_goes_away(storage: Storage) -> None:
    with storage.scratch() as folder:
        (folder / "x").write_text("x")
    assert not folder.exists()
