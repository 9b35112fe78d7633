"""Every form and call that changes something, sent by strangers with the ids of others: nothing is there for them."""

import pytest

from tests.languages.addresses import addresses
from tests.privacy.conftest import Scene
from tests.privacy.words import OTHER, VISITOR
from tests.support.pages import Browser


def _hidden(scene: Scene) -> set[str]:
    """Ids, codes and addresses of what a stranger must not know of, and of what only staff work with."""
    place = scene.place
    kept = {*place.jobs.values(), *place.photos, *place.requests, *place.notes, *place.screens, *place.imports,
            *place.showcases[1:], *place.showcase_ids, *place.tokens, *place.runs}  # fmt: skip
    return kept | place.hidden_ids | {"wanda", "tara"}


@pytest.mark.parametrize("reader", [VISITOR, OTHER])
def test_a_stranger_changes_nothing_of_others(scene: Scene, reader: str) -> None:
    """Nothing is done, and the answer is that for something that never was: nobody can tell by trying."""
    browser, hidden, tried, told = Browser(scene.client(reader)), _hidden(scene), 0, []
    token = browser.token()

    def status(method: str, address: str) -> int:
        is_call = address.startswith("/api/")
        sent = {"json": {}, "headers": scene.bearer(reader)} if is_call else {"data": {"csrf_token": token}}
        return browser.client.open(address, method=method, **sent).status_code

    nowhere: dict[tuple[str, str], int] = {}
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        for endpoint, address in addresses(scene.app, scene.place, method):
            parts = address.split("/")
            if not hidden & set(parts):
                continue
            made_up = "/".join("no-such-thing" if each in hidden else each for each in parts)
            if (method, made_up) not in nowhere:
                nowhere[method, made_up] = status(method, made_up)
            answered, tried = status(method, address), tried + 1
            if answered < 400 or answered != nowhere[method, made_up]:
                told.append(
                    f"{answered} for {reader}: {method} {address} ({endpoint}), {nowhere[method, made_up]} else"
                )
    assert tried > 100
    assert not told, "\n".join(told)
