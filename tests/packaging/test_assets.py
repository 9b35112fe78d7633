"""The build hook: pinned front-end parts or none, compiled translations, a wheel that carries all a lab needs."""

import base64
import gettext
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import hatch_build
from tests.support.web import WebServer, reply, web_server

ROOT = Path(hatch_build.__file__).parent
PARTS = {
    "package/package.json": b'{"name": "gizmo", "version": "1.0.0"}',
    "package/dist/gizmo.js": b"// gizmo",
    "package/dist/other.js": b"// not asked for",
    "package/LICENSE": b"0BSD",
}
DEAD = "http://127.0.0.1:9/"


def tarball() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in PARTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


TARBALL = tarball()
INTEGRITY = "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()


def registry(handler: BaseHTTPRequestHandler) -> None:
    """Answers as a package registry that knows one package."""
    if handler.path.endswith(".tgz"):
        return reply(200, TARBALL)(handler)
    dist = {"tarball": f"http://{handler.headers['Host']}/gizmo-1.0.0.tgz", "integrity": INTEGRITY}
    version = {"name": "gizmo", "version": "1.0.0", "dist": dist}
    packument = {"name": "gizmo", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    return reply(200, json.dumps(packument).encode(), Content_Type="application/json")(handler)


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """npm, real, with a registry of our own and an empty cache."""
    with web_server(registry) as server:
        monkeypatch.setenv("npm_config_registry", server.url)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        yield server


def pin(integrity: str = INTEGRITY) -> dict[str, object]:
    return {"version": "1.0.0", "integrity": integrity, "files": ["dist/gizmo.js"]}


def test_a_pinned_part_comes_with_its_licence_and_nothing_else(npm: WebServer, tmp_path: Path) -> None:
    assert hatch_build.fetch("gizmo", pin(), tmp_path / "vendor") is True
    folder = tmp_path / "vendor" / "gizmo"
    assert {path.name for path in folder.iterdir()} == {"gizmo.js", "LICENSE", ".integrity"}
    assert (folder / "gizmo.js").read_bytes() == b"// gizmo"


def test_a_wrong_pin_stops_and_writes_nothing(npm: WebServer, tmp_path: Path) -> None:
    with pytest.raises(hatch_build.AssetError, match=r"gizmo: got sha512-.+, pinned sha512-wrong"):
        hatch_build.fetch("gizmo", pin("sha512-wrong"), tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_a_wrong_pin_leaves_what_is_there_as_it_is(npm: WebServer, tmp_path: Path) -> None:
    hatch_build.fetch("gizmo", pin(), tmp_path / "vendor")
    with pytest.raises(hatch_build.AssetError):
        hatch_build.fetch("gizmo", pin("sha512-wrong"), tmp_path / "vendor")
    assert (tmp_path / "vendor" / "gizmo" / ".integrity").read_text() == INTEGRITY


def test_a_part_that_is_there_is_not_fetched_again(npm: WebServer, tmp_path: Path) -> None:
    hatch_build.fetch("gizmo", pin(), tmp_path / "vendor")
    asked = len(npm.requests)
    assert hatch_build.fetch("gizmo", pin(), tmp_path / "vendor") is False
    assert len(npm.requests) == asked


def test_a_file_the_package_does_not_have_stops_it(npm: WebServer, tmp_path: Path) -> None:
    wrong = {**pin(), "files": ["dist/gone.js"]}
    with pytest.raises(hatch_build.AssetError, match=r"gizmo has no dist/gone\.js"):
        hatch_build.fetch("gizmo", wrong, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_a_registry_that_is_away_stops_with_npms_own_words(
    npm: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", DEAD)
    with pytest.raises(hatch_build.AssetError, match=r"gizmo@1\.0\.0 could not be fetched:(.|\n)*ECONNREFUSED"):
        hatch_build.fetch("gizmo", pin(), tmp_path / "vendor")


CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Desk"
msgstr "Labortablo"

#, fuzzy
msgid "Make"
msgstr "Eble fari"
"""


def test_translations_are_compiled_without_what_is_only_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE)
    assert hatch_build.compile_catalogues(tmp_path) == [folder / "messages.mo"]
    with (folder / "messages.mo").open("rb") as compiled:
        texts = gettext.GNUTranslations(compiled)
    assert texts.gettext("Desk") == "Labortablo"
    assert texts.gettext("Make") == "Make"


IGNORED = shutil.ignore_patterns("__pycache__", "*.mo", "*.pyc")
CONTENTS = ("fabqueue", "printers", "static", "templates", "docs")
LOOSE = ("pyproject.toml", "hatch_build.py", "config.example.toml", "README.md", "CHANGELOG.md", "LICENSE")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout with its front-end parts and one more language, without any version control."""
    if not (ROOT / "static" / "vendor" / "htmx.org").is_dir():
        pytest.skip("the front-end parts are not here; `python hatch_build.py` brings them")
    copy = tmp_path_factory.mktemp("checkout")
    for name in CONTENTS:
        shutil.copytree(ROOT / name, copy / name, ignore=IGNORED)
    for name in LOOSE:
        shutil.copy(ROOT / name, copy / name)
    folder = copy / "fabqueue" / "translations" / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE)
    made = copy / "docs" / "pictures" / "made"  # taken by `make docs`, ignored by git
    made.mkdir(exist_ok=True)
    (made / "desk.webp").write_bytes(b"a picture")
    return copy


def build(source: Path, target: str, out: Path) -> Path:
    """What hatchling builds there, with no registry to ask."""
    away = {**os.environ, "npm_config_registry": DEAD, "npm_config_fetch_retries": "0"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=source, env=away, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


NEEDED = {
    "fabqueue/static/css/base.css",
    "fabqueue/static/js/upload.js",
    "fabqueue/static/img/icon.svg",
    "fabqueue/static/vendor/htmx.org/htmx.min.js",
    "fabqueue/static/vendor/htmx.org/LICENSE",
    "fabqueue/static/vendor/@google/model-viewer/model-viewer.min.js",
    "fabqueue/static/vendor/@google/model-viewer/LICENSE",
    "fabqueue/templates/base.html",
    "fabqueue/templates/_macros/ui.html",
    "fabqueue/templates/mail/_layout.txt",
    "fabqueue/translations/eo/LC_MESSAGES/messages.mo",
    "fabqueue/config.example.toml",
    "fabqueue/docs/index.md",
    "fabqueue/docs/zh_Hans/makers/first-job.md",
    "fabqueue/docs/pictures/rooms.svg",
    "fabqueue/docs/pictures/made/desk.webp",
    "fabqueue/__init__.py",
    "printers/__init__.py",
}


def test_the_wheel_carries_everything_a_lab_needs(checkout: Path, tmp_path: Path) -> None:
    found = names(build(checkout, "wheel", tmp_path))
    assert found >= NEEDED
    assert not any(name.startswith(("static/", "templates/", "tests/")) for name in found)


def test_every_file_of_the_face_is_in_the_wheel(checkout: Path, tmp_path: Path) -> None:
    found = names(build(checkout, "wheel", tmp_path))
    ours = {
        f"fabqueue/{path.relative_to(checkout)}"
        for name in ("static", "templates")
        for path in (checkout / name).rglob("*")
        if path.is_file()
    }
    assert ours <= found


def test_a_wheel_can_be_built_from_the_source_distribution_without_a_registry(checkout: Path, tmp_path: Path) -> None:
    (checkout / "tests").mkdir(exist_ok=True)
    source = build(checkout, "sdist", tmp_path / "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert names(build(unpacked, "wheel", tmp_path / "wheel")) >= NEEDED


def test_an_editable_install_leaves_no_second_copy(checkout: Path) -> None:
    shipped: dict[str, dict[str, str]] = {}
    for version in ("editable", "standard"):
        hook = hatch_build.AssetHook(str(checkout), {}, None, None, "", "wheel")
        data: dict[str, dict[str, str]] = {"force_include": {}}
        hook.initialize(version, data)
        shipped[version] = data["force_include"]
    assert shipped["editable"] == {}
    assert set(shipped["standard"].values()) == {f"fabqueue/{name}" for name in hatch_build.SHIPPED}
