"""`fabqueue analyse`: read design files and predict their prints, without server, database or settings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from fabqueue.cli.common import fail, terminal_language
from fabqueue.wording import Reader, reader

MARKS = {"ok": "  ok       ", "warning": "  warning  ", "blocker": "  BLOCKER  "}


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--profile", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="SLICER.ini",
              help="PrusaSlicer settings to predict with; a common 250 mm printer with PLA by default.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as each file is finished.")
def analyse(files: tuple[str, ...], profile: Path | None, as_json: bool) -> None:
    """Read FILES one after the other and say what they are, what is wrong with them and what a print would take.

    A file that cannot be read never stops the others.
    """
    from fabqueue.analysis import batch
    from printers.profiles import ProfileError

    words = reader(terminal_language())

    def render(code: str, values: Mapping[str, Any]) -> tuple[str, str]:
        return words.say(code, values), words.advice(code, values)

    try:
        for line in batch.analyse_files(files, profile, render):
            click.echo(json.dumps(line, ensure_ascii=False) if as_json else _text(line, words))
    except ProfileError as error:
        fail(str(error))


def _text(line: Mapping[str, Any], words: Reader) -> str:
    """The same for people: a heading, the findings, the prediction."""
    if "error" in line:
        return f"{line['file']}\n  not read  {line['error']['message']}"
    report, estimate = line["report"], line["estimate"]
    said = [str(line["file"]), f"  {_size(report, words)}"]
    for finding in report["findings"]:
        said.append(f"{MARKS[finding['severity']]}{finding['message']}")
        if finding["advice"] and finding["severity"] != "ok":
            said.append(f"           {finding['advice']}")
    if estimate:
        seconds, grams = estimate["seconds"], estimate["grams"]
        took = words.span(seconds["low"], seconds["high"], "took_seconds")
        said.append(f"  print     {took}, {words.span(grams['low'], grams['high'], 'used_grams')}")
    return "\n".join(said)


def _size(report: Mapping[str, Any], words: Reader) -> str:
    if report["kind"] == "mesh":
        x, y, z = (words.value("_mm", each) for each in report["extents_mm"])
        return f"mesh      {x} x {y} x {z}, {words.number(report['triangles'])} triangles"
    if report["kind"] == "drawing":
        width, height = (words.value("_mm", each) for each in report["whole_mm"])
        return f"drawing   {width} x {height}"
    return f"G-code    {report.get('slicer') or 'of an unknown slicer'}"
