"""Every address that can be read, with every id there is, opened by everybody: nobody reads what is not for them."""

import io
import re
from collections.abc import Iterator
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from werkzeug.test import TestResponse

from tests.languages.addresses import addresses
from tests.privacy.conftest import Scene
from tests.privacy.words import GUEST, OTHER, PLACES, READERS, VISITOR

WORD = re.compile("|".join(sorted(PLACES, key=len, reverse=True)), re.IGNORECASE)
STRANGERS = (VISITOR, OTHER)
SEARCHES = ("/?q={}", "/search?q={}", "/?tag={}", "/api/v1/projects?q={}", "/api/v1/projects?tag={}")
NOTHING = "zqnothing"
"""A word that stands nowhere."""
_OWN = re.compile(r'name="csrf_token" value="[^"]*"|"X-CSRFToken": "[^"]*"')

Read = dict[str, dict[str, str]]
"""Reader to address to what the answer said."""


def _texts(answer: TestResponse) -> Iterator[str]:
    """Everything an answer carries: its headers, its body, and the names and files inside a zip."""
    yield "\n".join(f"{name}: {unquote(value)}" for name, value in answer.headers.items())
    yield answer.get_data().decode("utf-8", "replace")
    if answer.mimetype == "application/zip":
        with ZipFile(io.BytesIO(answer.get_data())) as archive:
            for name in archive.namelist():
                yield name
                yield archive.read(name).decode("utf-8", "replace")


def _said(answer: TestResponse, address: str) -> str:
    """What an answer says, without the address that was asked for: whoever asks knows it already."""
    text = "\n".join(_texts(answer))
    for part in set(re.split(r"[/?=&]", address)) - {""}:
        text = re.sub(rf"\b{re.escape(part)}\b", "", text)
    return text


def _words(text: str) -> list[str]:
    return sorted({each.lower() for each in WORD.findall(text)})


@pytest.fixture(scope="module")
def read(scene: Scene) -> Read:
    found: Read = {}
    every = sorted({address for _endpoint, address in addresses(scene.app, scene.place, "GET")})
    for reader in READERS:
        client, found[reader] = scene.client(reader), {}
        for address in every:
            headers = scene.bearer(reader) if address.startswith("/api/") else {}
            with client.get(address, headers=headers) as answer:
                assert answer.status_code != 500, (reader, address)
                found[reader][address] = _said(answer, address)
    return found


@pytest.mark.parametrize("reader", READERS)
def test_nobody_reads_what_is_not_meant_for_them(read: Read, reader: str) -> None:
    leaks = [
        f"{reader} reads {word}: {PLACES[word].what}, at {address}"
        for address, text in read[reader].items()
        for word in _words(text)
        if reader not in PLACES[word].readers
    ]
    assert not leaks, "\n".join(leaks)


def test_everybody_reads_what_is_meant_for_them(read: Read) -> None:
    """Else the words might stand nowhere at all, and the test above would say nothing."""
    seen = {reader: set(_words("\n".join(pages.values()))) for reader, pages in read.items()}
    unread = [
        f"{reader} does not read {word}: {place.what}"
        for word, place in PLACES.items()
        for reader in sorted(place.readers)
        if word not in seen[reader]
    ]
    assert not unread, "\n".join(unread)


@pytest.mark.parametrize("reader", [*STRANGERS, GUEST])
def test_no_id_of_something_hidden_stands_anywhere(scene: Scene, read: Read, reader: str) -> None:
    """An id or address of a private thing is already half of it."""
    hidden = scene.place.hidden_ids - (scene.place.ids_of_guest if reader == GUEST else set())
    found = [
        f"{reader} reads {each} at {address}"
        for address, text in read[reader].items()
        for each in hidden
        if each in text
    ]
    assert not found, "\n".join(found)


def test_a_search_for_a_hidden_word_says_what_a_search_for_nothing_says(scene: Scene) -> None:
    """No hit, no count, no page of another length: the answers are the same but for what was typed."""
    reader = OTHER
    client, differing, found = scene.client(reader), [], 0
    for search in SEARCHES:
        nothing = _answered(scene, client, search, NOTHING)
        for word, place in PLACES.items():
            answer = _answered(scene, client, search, word)
            found += reader in place.readers and answer != nothing
            if reader not in place.readers and answer != nothing:
                differing.append(f"{search.format(word)} tells {reader} of {place.what}")
    assert found, "a search for what is public finds it"
    assert not differing, "\n".join(differing)


def _answered(scene: Scene, client: object, search: str, word: str) -> str:
    answer = client.get(search.format(word), headers=scene.bearer(OTHER))  # type: ignore[attr-defined]
    assert answer.status_code == 200, search
    return _OWN.sub("", answer.get_data(as_text=True)).replace(word, "")


def test_files_of_something_hidden_are_404_for_strangers_and_there_for_their_people(scene: Scene) -> None:
    for reader in (*STRANGERS, GUEST):
        client = scene.client(reader)
        theirs = {each for each in scene.place.hidden_files if scene.place.revisions["of-a-guest"] in each}
        for address in set(scene.place.hidden_files) - (theirs if reader == GUEST else set()):
            with client.get(address, headers={"If-None-Match": "*", "Range": "bytes=0-1"}) as answer:
                assert (answer.status_code, answer.headers.get("ETag")) == (404, None), (reader, address)
    author = scene.client("author")
    revision = scene.place.revisions["alice-private"]
    for address in (f"/files/revisions/{revision}/download", f"/files/revisions/{revision}/picture.webp",
                    "/projects/alice-private/files.zip", "/projects/alice-private/photos"):  # fmt: skip
        with author.get(address) as answer:
            assert (answer.status_code, bool(answer.get_data())) == (200, True), address


@pytest.mark.parametrize("reader", STRANGERS)
def test_what_is_hidden_is_answered_as_what_never_was(scene: Scene, reader: str) -> None:
    """The same status, headers and words, so that nobody can tell by asking."""
    client, place = scene.client(reader), scene.place
    pairs = [("/projects/{}", "alice-private"), ("/projects/{}/files.zip", "alice-once"),
             ("/t/{}", place.jobs["taken"]), ("/jobs/{}", place.jobs["of the guest"]),
             ("/showcases/{}", place.showcases[-1]), ("/files/revisions/{}/download", place.revisions["alice-private"]),
             ("/photos/{}", place.photos[0]), ("/jobs/{}", place.jobs["ready"]),
             ("/requests/{}", place.requests[0]), ("/make/designs/{}", place.designs["alice-gone"]),
             ("/api/v1/projects/{}", "alice-private"), ("/api/v1/jobs/{}", place.jobs["ready"]),
             ("/api/v1/requests/{}", place.requests[0]), ("/people/{}", "wanda"), ("/imports/{}", place.imports[0]),
             ("/wallboard/{}", "x" * len(place.screen_secret))]  # fmt: skip
    for address, key in pairs:
        headers = scene.bearer(reader) if address.startswith("/api/") else {}
        there, nowhere = (_answer(client, address.format(each), each, headers) for each in (key, "y" * len(key)))
        assert there == nowhere, (reader, address)
        assert there[0] in {401, 404}, (reader, address)


def _answer(client: object, address: str, key: str, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]], str]:
    with client.get(address, headers=headers) as answer:  # type: ignore[attr-defined]
        kept = [each for each in answer.headers.items() if each[0] not in {"Set-Cookie", "Date", "X-Request-ID"}]
        text = _OWN.sub("", answer.get_data(as_text=True)).replace(key, "")
        return answer.status_code, [(name, value.replace(key, "")) for name, value in kept], text
