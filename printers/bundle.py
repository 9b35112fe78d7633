"""What PrusaSlicer exports (a configuration bundle, one configuration, a vendor's file, G-code) into its presets.

The text is hostile: what would run, reach a network or name a file is left out, commands that change a printer for good
make a preset unusable, and each preset that cannot be used says why.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS = ("printer", "print", "filament")
MOST_SECTIONS, MOST_LINE = 5000, 20_000
Keys = dict[str, str]
Section = tuple[str, str, Keys]
"""Kind ("" for what stands before the first section), name and keys."""
_SECTION = re.compile(r"\[(?:([a-z_]+):)?(.+)\]")
_KEY = re.compile(r"\w{1,80}")
_DROPPED = re.compile(
    r"post_process|output_filename_format|.*notes|print_?host.*|.*(custom_model|custom_texture|_settings_id|_vendor)"
    r"|inherits.*|compatible_.*|default_.*_profile|thumbnails.*|printer_(model|variant)|renamed_from|.*cafile|.*password"
    r"|.*api_?key.*"
)
_NEEDED_TO_READ = re.compile(r"inherits|default_print_profile|(printer|print|filament)_settings_id")
_HARMFUL = re.compile(
    r"^\s*(M(?:2[0389]|3[02]|50[0-4]|58[7-9]|81|9(?:28|97|99)|112|302|303)\b|@\S+|OCTO\S*)",
    re.MULTILINE | re.IGNORECASE,
)
_WHOLE = {
    "printer": ("bed_shape", "nozzle_diameter", "retract_length"), "print": ("layer_height", "travel_speed"),
    "filament": ("temperature",),
}  # fmt: skip
"""Keys that every whole preset of a kind has, among them one near the end: a file that was cut off lacks it."""
_SCRIPT = re.compile(r"""[^/\\"'\s=]{1,60}\.(?:py|exe|sh|pl|rb|js|bat|cmd|ps1)(?![\w.])""", re.IGNORECASE)
_RUNNERS = frozenset(("bash", "cmd", "node", "perl", "powershell", "py", "python", "python3", "ruby", "sh"))


class BundleError(Exception):
    """The file holds no presets; a code with values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass
class Preset:
    """One preset with everything it inherits. code: why it cannot be used; "" when it can."""

    kind: str
    name: str
    keys: Keys
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    """Names of the programs it would run after slicing. They are never run."""
    print_name: str = ""
    """Of a printer: the print settings that it says suit it."""


def read(text: str) -> list[Preset]:
    """Every preset of a file. Raises BundleError, also where every printer is of a sort that is not driven."""
    return presets(sections(text))


def presets(found: Sequence[Section]) -> list[Preset]:
    """The presets of sections that were read. Raises BundleError."""
    counts = Counter((kind, name) for kind, name, _ in found)
    known = {(kind, name): keys for kind, name, keys in found}
    plain = known.pop(("", ""), {})
    if not any(kind in KINDS for kind, _ in known):
        _refuse_resin([*known], plain)
        known = _single(plain)
    made = [_preset(known, kind, name) for kind, name in known if kind in KINDS and not name.startswith("*")]
    if not made:
        raise BundleError("import_bundle_nothing")
    for each in made:
        if counts[each.kind, each.name] > 1:
            each.code, each.values = "import_bundle_twice", {"count": counts[each.kind, each.name]}
    _refuse_whole([each for each in made if each.kind == "printer"])
    return made


def _refuse_resin(names: Sequence[tuple[str, str]], plain: Keys) -> None:
    if plain.get("printer_technology") == "SLA" or any(kind.startswith("sla_") for kind, _ in names):
        raise BundleError("import_bundle_only_resin")


def _refuse_whole(printers: Sequence[Preset]) -> None:
    """A file whose printers are all of a sort that is not driven holds nothing to choose from."""
    codes = {each.code for each in printers}
    for code, whole in (("import_bundle_resin", "import_bundle_only_resin"),
                        ("import_bundle_several_nozzles", "import_bundle_only_several")):  # fmt: skip
        if codes == {code}:
            raise BundleError(whole, count=len(printers))


def sections(text: str) -> list[Section]:
    """What stands before the first section, and every section. Raises BundleError."""
    keys: Keys = {}
    found: list[Section] = [("", "", keys)]
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if len(found) == 1 and " = " in raw[:80]:  # G-code and project files keep their settings in comments
            line = line.removeprefix("; ")
        if len(line) > MOST_LINE or len(found) > MOST_SECTIONS:
            raise BundleError("import_bundle_too_large", line=number)
        if match := _SECTION.fullmatch(line):
            keys = {}
            found.append((match[1] or "", match[2].strip(), keys))
        elif "=" in line and line[0] not in "#;":
            key, _, value = line.partition("=")
            keys[key.strip()] = value.strip()
    return found


def clean(found: Sequence[Section]) -> str:
    """The same file without what is never used: addresses and keys of printers, scripts, notes, other sections."""
    lines = []
    for kind, name, keys in found:
        if kind in KINDS or (not kind and not name):
            lines += [f"[{kind}:{name}]"] if kind else []
            kept = {key for key in keys if _is_kept(key) or _NEEDED_TO_READ.fullmatch(key)}
            lines += [f"{key} = {value}" for key, value in keys.items() if key in kept]
    return "\n".join(lines) + "\n"


def connections(found: Sequence[Section]) -> int:
    """How many sections describe the way to a printer, with its address and perhaps its key."""
    return sum(kind == "physical_printer" for kind, _, _ in found)


def _is_kept(key: str) -> bool:
    return _KEY.fullmatch(key) is not None and _DROPPED.fullmatch(key) is None


def _single(plain: Keys) -> dict[tuple[str, str], Keys]:
    """One exported configuration holds a preset of each kind under one roof."""
    if not {"layer_height", "nozzle_diameter"} <= plain.keys():
        raise BundleError("import_bundle_nothing")
    filament = {key: value for key, value in plain.items() if _is_filament(key)}
    printer = {key: value for key, value in plain.items() if _is_printer(key)}
    rest = {key: value for key, value in plain.items() if key not in filament and key not in printer}
    names = {kind: plain.get(f"{kind}_settings_id", "").strip('"') or kind for kind in KINDS}
    given = {"printer": printer, "print": rest, "filament": filament}
    return {(kind, names[kind]): given[kind] for kind in KINDS}


_FILAMENT = re.compile(
    r"filament_.*|(first_layer_)?(bed_)?temperature|cooling|.*_fan_.*|fan_.*|slowdown_.*|min_print_speed"
    r"|extrusion_multiplier|(start|end)_filament_gcode|disable_fan_first_layers|full_fan_speed_layer"
)
_PRINTER = re.compile(
    r"bed_shape|nozzle_diameter|max_print_height|gcode_flavor|machine_.*|(start|end|before_layer|layer|toolchange|pause_print"
    r"|template_custom|between_objects|color_change)_gcode|retract.*|deretract.*|wipe|z_offset|use_.*|printer_.*|silent_mode"
    r"|single_extruder.*|extruder_.*|variable_layer_height|(max|min)_layer_height|remaining_times|host_type|high_current.*"
)


def _is_filament(key: str) -> bool:
    return _FILAMENT.fullmatch(key) is not None


def _is_printer(key: str) -> bool:
    return _PRINTER.fullmatch(key) is not None


def _preset(known: Mapping[tuple[str, str], Keys], kind: str, name: str) -> Preset:
    try:
        keys = _whole(known, kind, name, ())
    except BundleError as error:
        return Preset(kind, name, {}, error.code, error.values)
    made = Preset(kind, name, {key: value for key, value in keys.items() if _is_kept(key)})
    made.dropped = sorted(each for each in ("post_process", "print_host") if keys.get(each, "").strip('"'))
    made.scripts = scripts(keys.get("post_process", ""))
    made.print_name = keys.get("default_print_profile", "").strip('"')
    for code, values in _faults(made):
        made.code, made.values = code, values
        break
    return made


def scripts(text: str) -> list[str]:
    """The names of the programs in a `post_process` value, without their paths and arguments, which may hold keys."""
    found = [name for command in re.split(r"\\n|;", text) if (name := _program(command))]
    return found[:5]


def _program(command: str) -> str:
    """The script of a command, else what runs it."""
    all_named: list[str] = _SCRIPT.findall(command)
    named = [each for each in all_named if each.lower().removesuffix(".exe") not in _RUNNERS]
    words = command.replace('\\"', " ").replace('"', " ").split()
    return (named or [re.split(r"[/\\]", each)[-1] for each in words] or [""])[0][:60]


def _whole(known: Mapping[tuple[str, str], Keys], kind: str, name: str, on_the_way: tuple[str, ...]) -> Keys:
    if name in on_the_way or len(on_the_way) > 30:
        raise BundleError("import_bundle_circle", names=[*on_the_way, name][:5])
    own = known[kind, name]
    keys: Keys = {}
    for parent in (each.strip().strip('"') for each in own.get("inherits", "").split(";")):
        if (kind, parent) in known and (parent != name or not _is_whole(kind, own)):
            keys |= _whole(known, kind, parent, (*on_the_way, name))
        elif parent and not _is_whole(kind, own):  # an exported preset is whole and names its origin all the same
            raise BundleError("import_bundle_parent", parent=parent)
    return keys | own


def _is_whole(kind: str, keys: Keys) -> bool:
    return all(key in keys for key in _WHOLE[kind])


def _faults(preset: Preset) -> Iterator[tuple[str, dict[str, Any]]]:
    if preset.kind == "printer":
        yield from _sort_faults(preset.keys)
    if not _is_whole(preset.kind, preset.keys):
        yield "import_bundle_not_whole", {}
        return
    for key, value in preset.keys.items():
        if key.endswith("_gcode") and (match := _HARMFUL.search(value.replace("\\n", "\n"))):
            yield "import_bundle_harmful", {"command": match[1][:20], "key": key}
    nozzle = figure(preset.keys, "nozzle_diameter", 0)
    if preset.kind == "printer" and (bed(preset.keys) is None or not 0.05 <= nozzle <= 5):
        yield "import_bundle_bed", {}


def _sort_faults(keys: Keys) -> Iterator[tuple[str, dict[str, Any]]]:
    if keys.get("printer_technology", "FFF") != "FFF":
        yield "import_bundle_resin", {}
    if "," in keys.get("nozzle_diameter", "") or keys.get("single_extruder_multi_material") == "1":
        yield "import_bundle_several_nozzles", {}


def bed(keys: Mapping[str, str]) -> tuple[float, float, float] | None:
    """Width, depth and height in millimetres; None where the preset does not say."""
    corners = re.findall(r"(-?[\d.]+(?:e-?\d+)?)x(-?[\d.]+(?:e-?\d+)?)", keys.get("bed_shape", ""))
    try:
        sides = [[float(each) for each in side] for side in zip(*corners, strict=True)]
    except ValueError:
        return None
    if len(sides) != 2:
        return None
    width, depth = (max(side) - min(side) for side in sides)
    height = figure(keys, "max_print_height", 200)
    return (width, depth, height) if all(10 <= each <= 5000 for each in (width, depth, height)) else None


def figure(keys: Mapping[str, str], key: str, default: float) -> float:
    """The first number of a value."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)", keys.get(key, ""))
    return float(match[1]) if match else default
