"""The command line. Each group of commands is a module, imported when it is asked for."""

import os
from importlib import import_module
from pathlib import Path

import click

from fabqueue import __version__

# command: (module, attribute, what it does)
COMMANDS = {
    "init": ("setup", "init", "Make config.toml and the database in the current folder, or bring them up to date."),
    "serve": ("parts", "serve", "Run everything: web server, workers, ticker and a Valkey of its own."),
    "web": ("parts", "web", "Run the web server alone."),
    "worker": ("parts", "worker", "Run one worker alone."),
    "ticker": ("parts", "ticker", "Run the ticker alone, which finds pending work in the database."),
    "check": ("check", "check", "Say for each part whether it is well and what to do if not."),
    "user": ("people", "user", "Make accounts."),
    "token": ("people", "token", "Make keys for the API."),
    "machine": ("machines", "machine", "Add, list and test machines."),
    "analyse": ("analyse", "analyse", "Read design files and predict their prints, without a server."),
    "demo": ("demo", "demo", "Prepare and run a lab to look at, with real virtual printers."),
}


class Commands(click.Group):
    """Knows every command's name and purpose without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"fabqueue.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, _, purpose) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", "file", type=click.Path(path_type=Path, dir_okay=False), help="Settings file; ./config.toml by default."
)
@click.version_option(__version__, prog_name="fabqueue")
def main(file: Path | None) -> None:
    """FabQueue: from an uploaded design to a part on a machine and an open project page."""
    if file:
        os.environ["FABQUEUE_CONFIG"] = str(file.absolute())
