from fabqueue import config
from fabqueue.db import Database
from fabqueue.models import Role
from fabqueue.services import people, tokens
from tests.cli.conftest import Shell

PASSWORD = "correct horse battery"


def test_an_account_made_here_can_sign_in_with_its_role(made: Shell) -> None:
    result = made("user", "add", "tara", "--role", "technician", "--email", "tara@example.org", "--password-stdin",
                  given=f"{PASSWORD}\n")  # fmt: skip
    assert result.exit_code == 0, result.output
    database = Database(config.load().database_url)
    with database.reading() as session:
        person = people.sign_in(session, "tara", PASSWORD)
        assert person is not None
        assert person.roles == {Role.TECHNICIAN}
        assert person.email == "tara@example.org"
    database.close()


def test_every_fault_of_an_account_is_said_in_words(made: Shell) -> None:
    made("user", "add", "tara", "--password-stdin", given=f"{PASSWORD}\n")
    result = made("user", "add", "tara", "--email", "nonsense", "--password-stdin", given="short\n")
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 3
    assert "tara" in result.output


def test_without_a_terminal_a_password_is_asked_for_on_standard_input_only(made: Shell) -> None:
    result = made("user", "add", "tara")
    assert result.exit_code == 1
    assert "--password-stdin" in result.output


def test_a_token_stands_alone_on_the_last_line_and_works(made: Shell) -> None:
    made("user", "add", "tara", "--password-stdin", given=f"{PASSWORD}\n")
    result = made("token", "create", "--user", "tara", "--name", "slicer")
    assert result.exit_code == 0
    secret = result.stdout.splitlines()[-1]
    assert result.stdout == f"{secret}\n"
    database = Database(config.load().database_url)
    with database.reading() as session:
        token = tokens.holder(session, secret)
        assert token is not None
        assert (token.person.user_name, token.name) == ("tara", "slicer")
    database.close()


def test_a_token_for_nobody_is_refused(made: Shell) -> None:
    result = made("token", "create", "--user", "nobody")
    assert result.exit_code == 1
    assert "nobody" in result.output
