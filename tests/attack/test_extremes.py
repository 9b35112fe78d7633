"""No form and no address ends in a crash, whatever is typed: extreme days, amounts, numbers and characters."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from werkzeug.test import TestResponse

from fabqueue import paths
from tests.attack.forms import BEHIND, Field, SeenForm, forms_of, spoiled
from tests.languages.addresses import addresses
from tests.languages.conftest import Scene, prepared_lab, scene  # noqa: F401  fixtures

_ARGUMENT = re.compile(r"request\.(?:args|form|values)(?:\.get|\.getlist)?[(\[]\"(\w+)\"")
FORMS = {
    "account.change_profile", "designs.ask", "floor.resolve", "jobs.answer", "machines.save", "models.save",
    "materials.weigh", "people.sign_up", "writing.edit", "reviews.decide", "staff_people.pay", "staff_people.certify",
}  # fmt: skip
"""Some that must be met."""


@pytest.fixture
def language() -> str:
    return "en"


class Visitor:
    """Somebody's browser in a lab that forgets what was done to it. Forms need no token here: others test that."""

    def __init__(self, scene: Scene, role: str) -> None:  # noqa: F811
        self.scene, self.role = scene, role
        self.broken: list[str] = []
        scene.app.config["WTF_CSRF_ENABLED"] = False
        self.place = Path(scene.context.config.database_url.removeprefix("sqlite:///"))
        self.kept = self.place.with_suffix(".kept")
        _copy(self.place, self.kept)
        self.arrive()

    def arrive(self) -> None:
        self.client = self.scene.app.test_client()
        self.client.set_cookie("fabqueue", self.scene.cookie(self.role))

    def get(self, address: str) -> TestResponse:
        with self.client.get(address) as answer:
            self._look(answer, f"GET {address[:200]}")
        return answer

    def post(self, address: str, fields: list[tuple[str, str]], what: str) -> int:
        """Send a form and open the page that follows; the status of the answer to it."""
        body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields)
        answer = self.client.post(address, data=body, content_type="application/x-www-form-urlencoded")
        self._look(answer, what)
        if answer.status_code == 303:
            self.get(answer.location)
        return answer.status_code

    def _look(self, answer: TestResponse, what: str) -> None:
        if answer.status_code >= 500 and answer.mimetype == "text/html":
            self.broken.append(f"{answer.status_code} {self.role} {what}")

    def undo(self) -> None:
        """Put everything back as it was before the first form."""
        _copy(self.kept, self.place)
        self.arrive()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


NO_FORMS = ("api", "files", "live", "static")
MOST_OF_A_KIND = {"jobs": 12, "desk": 12, "designs": 6, "floor": 60}
"""So many jobs, designs and runs are opened, to meet each in every state that has a form; of other things three."""
Key = tuple[str, str]
"""A route and a field of its form; no field: the form itself."""


def _forms(visitor: Visitor, seen: set[Key]) -> Iterator[SeenForm]:
    """Each form that was not seen before, with the fields that were not."""
    routes = visitor.scene.app.url_map.bind("localhost")
    opened: Counter[str] = Counter()
    for endpoint, address in addresses(visitor.scene.app, visitor.scene.lab, "GET"):
        room = endpoint.partition(".")[0]
        opened[endpoint] += 1
        if room in NO_FORMS or opened[endpoint] > MOST_OF_A_KIND.get(room, 3):
            continue
        answer = visitor.get(address)
        for form in forms_of(address, answer.text if answer.mimetype == "text/html" else ""):
            route = routes.match(form.action, "POST")[0]
            fresh = {(route, each.name) for each in (*form.fields, Field("", "", "")) if (route, each.name) not in seen}
            seen |= fresh
            if fresh:
                yield form.only({name for _route, name in fresh})


def test_no_form_breaks_by_what_is_typed_into_it(scene: Scene) -> None:  # noqa: F811
    """Field by field, whoever meets a form first; a form that is taken is undone after its page was opened again."""
    seen, answers = set[Key](), Counter[int]()
    for role in ("technician", "member", "visitor"):
        visitor = Visitor(scene, role)
        for form in list(_forms(visitor, seen)):
            for name, extreme, fields in spoiled(form):
                status = visitor.post(form.action, fields, f"POST {form.action} {name}={extreme[:30]!r}")
                answers[status] += 1
                if status not in {400, 404, 422}:
                    visitor.get(form.page)
                    visitor.undo()
        assert not visitor.broken, "\n".join(visitor.broken)
    assert {endpoint for endpoint, _names in seen} >= FORMS
    assert set(answers) <= {200, 303, 400, 403, 404, 409, 413, 422}
    assert answers[422] > 200
    assert answers[303] > 30


def _asked_names() -> set[str]:
    """The names that any page asks its address or form for."""
    sources = Path(paths.__file__).parent.joinpath("web").glob("*.py")
    return {name for each in sources for name in _ARGUMENT.findall(each.read_text("utf-8"))}


@pytest.mark.parametrize("role", ["member", "technician"])
def test_no_address_breaks_by_what_is_written_behind_it(scene: Scene, role: str) -> None:  # noqa: F811
    visitor, names = Visitor(scene, role), sorted(_asked_names())
    assert {"q", "before", "show", "queue", "position"} <= set(names)
    opened: set[str] = set()
    for endpoint, address in addresses(scene.app, scene.lab, "GET"):
        if endpoint in opened or endpoint.partition(".")[0] in NO_FORMS:
            continue
        opened.add(endpoint)
        for extreme in BEHIND:
            answer = visitor.get(f"{address}?" + "&".join(f"{name}={_quoted(extreme)}" for name in names))
            assert answer.status_code == 400 or "\0" not in extreme
    assert not visitor.broken, "\n".join(visitor.broken)


def test_no_route_breaks_by_what_stands_in_its_place(scene: Scene) -> None:  # noqa: F811
    visitor = Visitor(scene, "admin")
    for rule in scene.app.url_map.iter_rules():
        if rule.arguments and rule.endpoint.partition(".")[0] not in {"static", "api"}:
            for extreme in ("a\0b", "\ud800", "9" * 5000, "\u202e", "-1", "'"):
                address = re.sub(r"<[^>]+>", lambda _match, value=extreme: _quoted(value), rule.rule)
                visitor.get(address)
                visitor.post(address, [], f"POST {address[:100]}")
    assert not visitor.broken, "\n".join(visitor.broken)
