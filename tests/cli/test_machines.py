import pytest

from fabqueue.demo.octoprint import OctoPrintServer
from tests.cli.conftest import Shell


@pytest.fixture
def staffed(made: Shell) -> Shell:
    """With an admin, in whose name machines are added."""
    made("user", "add", "adam", "--role", "admin", "--password-stdin", given="correct horse battery\n")
    return made


def add(shell: Shell, *options: str) -> str:
    result = shell("machine", "add", "Left printer", "--model", "marlin-250", *options)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_machine_is_added_with_a_model_from_its_profile_and_listed(staffed: Shell) -> None:
    add(staffed, "--url", "http://127.0.0.1:9", "--key", "secret-key")
    listed = staffed("machine", "list").output
    assert "left-printer" in listed
    assert "marlin-250" in listed
    assert "secret-key" not in listed


def test_a_second_machine_shares_the_model(staffed: Shell) -> None:
    assert "Made the machine model" in add(staffed, "--driver", "manual")
    assert "Made the machine model" not in add(staffed, "--driver", "manual")
    assert staffed("machine", "list").output.count("marlin-250") == 2


def test_an_unknown_model_names_the_profiles_there_are(staffed: Shell) -> None:
    result = staffed("machine", "add", "X", "--model", "nothing", "--driver", "manual")
    assert result.exit_code == 1
    assert "marlin-250" in result.output


def test_machines_are_added_by_staff_only(staffed: Shell) -> None:
    staffed("user", "add", "alice", "--password-stdin", given="correct horse battery\n")
    result = staffed("machine", "add", "X", "--model", "marlin-250", "--driver", "manual", "--by", "alice")
    assert result.exit_code == 1
    assert "marlin-250" not in staffed("machine", "list").output


def test_without_an_admin_it_says_how_to_make_one(made: Shell) -> None:
    result = made("machine", "add", "X", "--model", "marlin-250", "--driver", "manual")
    assert result.exit_code == 1
    assert "fabqueue user add" in result.output


def test_a_machine_that_does_not_answer_is_not_well_and_says_what_to_do(staffed: Shell) -> None:
    add(staffed, "--url", "http://127.0.0.1:9", "--key", "x")
    result = staffed("machine", "test", "left-printer")
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 2


@pytest.mark.octoprint
def test_a_real_machine_is_well_and_a_wrong_key_is_not(staffed: Shell, octoprint: OctoPrintServer) -> None:
    add(staffed, "--url", octoprint.url, "--key", octoprint.key)
    result = staffed("machine", "test", "left-printer")
    assert result.exit_code == 0, result.output
    assert "1.11.8" in result.output
    add(staffed, "--url", octoprint.url, "--key", "wrong")
    assert staffed("machine", "test", "left-printer-2").exit_code == 1
