"""`fabqueue user` and `fabqueue token`."""

import sys

import click

from fabqueue.cli.common import database, fail, refusals, settings
from fabqueue.models import Role
from fabqueue.services import people, policy, tokens


@click.group()
def user() -> None:
    """Make accounts."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([each.value for each in Role]), default=Role.MEMBER.value, show_default=True)
@click.option("--email", default="", help="For messages and for a new password; not needed.")
@click.option("--display-name", default="", help="The name others see; the user name by default.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add(name: str, role: str, email: str, display_name: str, password_stdin: bool) -> None:
    """Make the account NAME."""
    chosen = settings()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask()
    with database(chosen) as db, refusals(chosen), db.writing() as session:
        made = people.sign_up(
            session,
            policy.effective(session, chosen).people,
            name,
            password,
            email=email,
            display_name=display_name,
            role=Role(role),
        )
        session.commit()
        click.echo(f"{made.user_name} can sign in as {role}.")


def _ask() -> str:
    if not sys.stdin.isatty():
        fail("There is no terminal to ask for the password: use --password-stdin.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


@click.group()
def token() -> None:
    """Make keys for the API and for slicers."""


@token.command("create")
@click.option("--user", "name", required=True, help="User name or e-mail address of the person it acts for.")
@click.option("--name", "label", default="command line", show_default=True, help="What it is for.")
def create(name: str, label: str) -> None:
    """Make a token and print it, alone on the last line. It is shown once and kept as a digest only."""
    chosen = settings()
    with database(chosen) as db, refusals(chosen), db.writing() as session:
        person = people.by_name(session, name)
        if person is None:
            fail(f"Nobody is called {name}.")
        made, secret = tokens.create(session, person, label)
        session.commit()
        click.echo(f"Token “{made.name}” of {person.user_name}. Keep it now, it is not shown again:", err=True)
        click.echo(secret)
