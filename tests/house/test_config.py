"""Settings are read once, typed, and every fault is named at once."""

import re
import tomllib
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from PIL import Image as Pillow

from fabqueue import config, paths
from fabqueue.config import ConfigError, build, load

HERE = Path()


def faults(table: dict[str, object], environment: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        build(table, environment or {}, HERE)
    return [(each.section, each.key) for each in caught.value.faults]


def test_the_example_names_every_setting_with_its_default() -> None:
    text = paths.example_config().read_text("utf-8")
    assert text == config.example()
    uncommented = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and " = " in line and line[2].islower() else line
        for line in text.splitlines()
    )
    table = tomllib.loads("\n".join(line for line in uncommented.splitlines() if not line.startswith("#")))
    assert build(table, {}, HERE) == build({}, {}, HERE)
    for name, kind in config.sections().items():
        assert set(table[name]) == {each.name for each in fields(kind)}


def test_all_faults_are_reported_at_once_by_section_and_key() -> None:
    table = {"sight": {}, "site": {"nam": "x"}, "server": {"port": 70000, "threads": "many"}, "log": {"level": "loud"},
             "mail": {"host": "mail.example"}}  # fmt: skip
    assert set(faults(table)) == {
        ("sight", ""), ("site", "nam"), ("server", "port"), ("server", "threads"), ("log", "level"),
        ("mail", "sender"),
    }  # fmt: skip


def test_a_fault_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match=r"\[server\] port: is 0; write 1 or more"):
        build({"server": {"port": 0}}, {}, HERE)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"site": {"time_zone": "Mars/Olympus"}}, "time_zone"),
        ({"site": {"currency": "EURO"}}, "currency"),
        ({"site": {"public_url": "fab.example"}}, "public_url"),
        ({"mail": {"host": "mail.example"}}, "sender"),
        ({"money": {"minimum_balance": "none"}}, "minimum_balance"),
        ({"data": {"folder": "what?"}}, "folder"),
    ],
)
def test_values_are_checked_against_the_world_and_each_other(table: dict[str, object], key: str) -> None:
    assert [found for _section, found in faults(table)] == [key]


def test_true_is_no_whole_number() -> None:
    assert faults({"server": {"port": True}}) == [("server", "port")]


def test_the_environment_wins_over_the_file_and_is_typed() -> None:
    made = build({"server": {"port": 1}}, {"FABQUEUE_SERVER__PORT": "8123"}, HERE)
    assert made.server.port == 8123


def test_a_fault_in_the_environment_is_named_like_one_in_the_file() -> None:
    assert faults({}, {"FABQUEUE_SERVER__PORT": "many", "FABQUEUE_NOWHERE__X": "1"}) == [
        ("nowhere", "x"), ("server", "port")
    ]  # fmt: skip


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    place = tmp_path / "secret"
    place.write_text("s3cret\n")
    assert build({}, {"FABQUEUE_MAIL__PASSWORD_FILE": str(place)}, HERE).mail.password == "s3cret"
    assert faults({}, {"FABQUEUE_MAIL__PASSWORD_FILE": str(tmp_path / "gone")}) == [("mail", "password_file")]


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        build({}, {}, HERE).server.port = 9  # type: ignore[misc]


def test_a_named_file_that_is_missing_is_a_fault_and_an_unnamed_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environment={}).server.port == 8000
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "config.toml", {})


def test_broken_toml_says_where(tmp_path: Path) -> None:
    place = tmp_path / "config.toml"
    place.write_text("[site\nname=")
    with pytest.raises(ConfigError, match="line 1"):
        load(place, {})


def test_relative_folders_start_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[data]\nfolder = "lab"\n')
    assert load(tmp_path / "config.toml", {}).folder == (tmp_path / "lab").resolve()


@pytest.mark.parametrize(
    ("colours", "says"),
    [
        ("red = cut, blau = score", "names 'blau', which is no colour; write e.g. red or #ff0000"),
        ("transparent = cut", "names 'transparent', which is no colour; write e.g. red or #ff0000"),
        ("#f008 = cut", "names '#f008', which is no colour; write e.g. red or #ff0000"),
        ("hsv(0,100%,100%) = cut", "names 'hsv(0,100%,100%)', which is no colour; write e.g. red or #ff0000"),
        ("red = burn", "says 'burn'; write one of cut, score, engrave, ignored"),
        ("red", "holds 'red'; write e.g. red = cut"),
        ("red = cut, #F00 = score", "names #F00 twice"),
        ("red = ignored", "leaves nothing to do; write e.g. red = cut"),
        ("", "leaves nothing to do; write e.g. red = cut"),
        (", ".join(f"#0000{each:02x} = cut" for each in range(41)), "names 41 colours; write at most 40"),
    ],
)
def test_a_map_of_colours_that_cannot_be_used_says_why(colours: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"[drawings] colours: {says}")):
        build({"drawings": {"colours": colours}}, {}, HERE)


def test_colours_are_written_by_name_or_figures_and_come_from_the_environment() -> None:
    text = "Lime = cut\n#00F: engrave; black score, white = ignored,"
    made = build({}, {"FABQUEUE_DRAWINGS__COLOURS": text}, HERE)
    assert made.drawings.colour_map == {
        "#00ff00": "cut", "#0000ff": "engrave", "#000000": "score", "#ffffff": "ignored"
    }  # fmt: skip
    said = "rgb(255, 0, 0) = cut; hsl(240 100% 50%) = score, RebeccaPurple = engrave, #0f0f = ignored"
    assert build({"drawings": {"colours": said}}, {}, HERE).drawings.colour_map == {
        "#ff0000": "cut", "#0000ff": "score", "#663399": "engrave", "#00ff00": "ignored"
    }  # fmt: skip
    assert build({}, {}, HERE).drawings.colour_map == {"#ff0000": "cut", "#0000ff": "score", "#000000": "engrave"}


def test_colours_mean_the_same_after_pillow_painted_with_them() -> None:
    Pillow.new("RGB", (1, 1), "orchid")
    made = build({"drawings": {"colours": "orchid = cut"}}, {}, HERE)
    assert made.drawings.colour_map == {"#da70d6": "cut"}
