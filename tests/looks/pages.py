"""The pages that are looked at: who opens which address, and what is done there before the picture is taken."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Route

from tests.looks import files
from tests.looks.lab import Lab

Act = Callable[[Page], None]
_SEND = "(form) => { form.noValidate = true; form.requestSubmit(); }"
DIALOG = "dialog[open]"
FORBIDDEN, BROKEN, HURRIED = "/look/forbidden", "/look/broken", "/look/hurried"
"""Addresses of the pictured application that answer with errors no page of a healthy lab shows."""


@dataclass(frozen=True)
class Look:
    """One picture. `who` is a user name of the demonstration, empty for a visitor."""

    name: str
    who: str
    path: str
    act: Act | None = None
    status: int = 200
    part: str = "html"
    """What axe looks at: of a dialog over a page that is looked at anyway, the dialog."""


def looks(lab: Lab) -> list[Look]:
    return [*_for_visitors(lab), *_making(lab), *_jobs(lab), *_of_projects(lab), *_of_staff(lab), *_of_admins(lab)]


def _for_visitors(lab: Lab) -> list[Look]:
    bracket = lab.projects["Angle bracket with gusset"]
    return [
        Look("explore", "", "/"), Look("explore-none", "", "/?q=zzzz"),
        Look("project-public", "", f"/projects/{bracket}"), Look("make-visitor", "", "/make"),
        Look("sign-in", "", "/sign-in"), Look("sign-in-wrong", "", "/sign-in", _sign_in_wrongly, 422),
        Look("sign-up", "", "/sign-up"), Look("sign-up-wrong", "", "/sign-up", _sign_up_wrongly, 422),
        Look("forgot", "", "/forgot-password"), Look("reset", "", f"/new-password/{lab.secret}"),
        Look("reset-expired", "", "/new-password/expired", status=404),
        Look("error-404", "", "/nothing/here", status=404),
        Look("error-403", "mia", FORBIDDEN, status=403), Look("error-429", "mia", HURRIED, status=429),
        Look("error-500", "mia", BROKEN, status=500),
    ]  # fmt: skip


def _making(lab: Lab) -> list[Look]:
    named = {
        "pending": files.UNREAD, "failed": files.JUNK, "mesh": "phone-stand.stl", "warned": files.LONG,
        "repaired": "open-tray.stl", "blocked": "sheet-metal.stl", "drawing": files.PLAN, "toolpath": files.TOOLPATH,
    }  # fmt: skip
    pages = [Look(f"design-{name}", "mia", f"/make/designs/{lab.designs[file]}") for name, file in named.items()]
    return [
        Look("make-empty", "ines", "/make"), Look("make", "mia", "/make"), Look("make-sending", "ines", "/make", _send),
        *pages, Look("design-refused", "mia", pages[2].path, _ask_for_none, 422),
    ]  # fmt: skip


def _jobs(lab: Lab) -> list[Look]:
    shown = {
        "draft": "draft", "submitted": "submitted", "question": "question", "dearer": "dearer", "queued": "queued 0",
        "starting": "sending", "running": "running", "doubt": "in doubt", "ready": "ready",
        "collected": "collected 0", "failed": "failed", "rejected": "rejected", "cancelled": "cancelled",
    }  # fmt: skip
    pages = [Look(f"job-{name}", "mia", f"/jobs/{lab.jobs[what]}") for name, what in shown.items()]
    others = {"paused": "paused", "stopping": "stopping", "preparing": "preparing", "printed": "printed"}
    pages += [Look(f"job-{name}", "tara", f"/jobs/{lab.jobs[what]}") for name, what in others.items()]
    return [
        *pages, Look("job-cancel", "mia", f"/jobs/{lab.jobs['running']}/cancel"),
        Look("ticket", "tara", f"/jobs/{lab.jobs['running']}/ticket"),
        Look("jobs", "mia", "/jobs"), Look("jobs-empty", "ines", "/jobs"),
    ]  # fmt: skip


def _of_projects(lab: Lab) -> list[Look]:
    hinge = lab.projects["Angle bracket with gusset"]
    private = "coat-hooks"
    return [
        Look("project-own", "mia", f"/projects/{hinge}"), Look("project-private", "mia", f"/projects/{private}"),
        Look("project-edit", "mia", f"/projects/{hinge}/edit"),
        Look("project-delete", "mia", f"/projects/{private}/delete"),
        Look("account", "mia", "/account"), Look("account-token", "mia", "/account", _make_token),
        Look("notices", "mia", "/notices"), Look("notices-empty", "ines", "/notices"),
        Look("menu", "mia", "/jobs", _open_menu, part="[popover]:popover-open"),
    ]  # fmt: skip


def _of_staff(lab: Lab) -> list[Look]:
    submitted = lab.jobs["submitted"]
    return [
        Look("desk", "tara", "/desk"), Look("desk-review", "tara", f"/desk/{lab.jobs['submitted by Jonas']}"),
        Look("desk-keys", "tara", "/desk", lambda page: page.keyboard.press("?"), part=DIALOG),
        Look("desk-decline", "tara", f"/desk/{submitted}", _dialog(f"/desk/{submitted}/decline"), part=DIALOG),
        Look("desk-hold", "tara", "/desk", _dialog("/queue/hold"), part=DIALOG),
        Look("desk-clear", "tara", "/desk", _dialog("/machines/shelf/clear"), part=DIALOG),
        Look("ask-page", "tara", f"/desk/{submitted}/ask"), Look("place-page", "tara", f"/desk/{submitted}/place"),
        Look("resolve-page", "tara", f"/runs/{lab.runs['in doubt']}/resolve"),
        Look("tools", "tara", "/m/"), Look("tool-printed", "tara", "/m/shelf"),
        Look("tool-cutter", "tara", "/m/cutter"), Look("tool-doubt", "tara", "/m/corner"),
        Look("tool-free", "tara", "/m/laser"), Look("plate", "tara", "/m/left/plate"),
        Look("tool-member", "mia", "/m/left"), Look("people", "tara", "/people"), Look("person", "tara", "/people/mia"),
        Look("machines", "tara", "/machines"), Look("machine", "tara", "/machines/left"),
        Look("machine-far", "tara", "/machines/far"), Look("machine-fault", "tara", "/machines/spare"),
        Look("materials", "tara", "/materials"), Look("stock", "tara", f"/materials/stock/{lab.stock}"),
        Look("stock-weigh", "tara", f"/materials/stock/{lab.stock}/weigh"),
    ]  # fmt: skip


def _of_admins(lab: Lab) -> list[Look]:
    return [
        Look("machine-admin", "adam", "/machines/mini"), Look("machine-new", "adam", "/machines/new"),
        Look("machine-new-wrong", "adam", "/machines/new", _submit_main, 422),
        Look("model-new", "adam", "/machines/models/new"), Look("model", "adam", "/machines/models/marlin-250"),
        Look("material", "adam", "/materials/pla"), Look("material-new", "adam", "/materials/new"),
        Look("stock-new", "adam", "/materials/stock/new"), Look("person-admin", "adam", "/people/mia"),
        Look("person-new", "adam", "/people/new"),
    ]  # fmt: skip


# what is done on a page


def _dialog(address: str) -> Act:
    """Follow the first link to a question, which opens in the dialog."""

    def act(page: Page) -> None:
        page.locator(f'a[data-dialog][href^="{address}"]').first.click()
        page.locator("#ask[open] form[action]").wait_for()

    return act


def _submit_main(page: Page) -> None:
    """Send the page's form as it is, past what the browser itself would check."""
    with page.expect_navigation():
        page.locator("#main form[method=post]").last.evaluate(_SEND)


def _sign_in_wrongly(page: Page) -> None:
    page.fill("#name", "mia")
    page.fill("#password", "not her password")
    _submit_main(page)


def _sign_up_wrongly(page: Page) -> None:
    page.fill("#user_name", "mia")
    page.fill("#password", "short")
    _submit_main(page)


def _ask_for_none(page: Page) -> None:
    page.fill("#quantity", "0")
    page.locator("#quote").evaluate(_SEND)
    page.locator("#main .flash.bad").first.wait_for()


def _make_token(page: Page) -> None:
    form = page.locator("form.acts-bar")
    form.locator("input[type=text]").fill("Bridge at the door")
    with page.expect_navigation():
        form.locator("button").click()


def _open_menu(page: Page) -> None:
    page.locator("[popovertarget]").last.click()


def _send(page: Page) -> None:
    """Two files on their way, one that waits, one refused, and one whose connection dropped."""
    page.route("**/make", _answer_uploads)
    names = ("dropped-on-the-way.stl", "notes.docx", "shelf-left.stl", "shelf-right.stl", "shelf-back.stl")
    chosen = [{"name": name, "mimeType": "model/stl", "buffer": b"solid x" * 9000} for name in names]
    page.locator("input[type=file]").first.set_input_files(chosen)  # type: ignore[arg-type]
    page.locator('.uploads li[data-state="failed"]').nth(1).wait_for()


def _answer_uploads(route: Route) -> None:
    if route.request.method != "POST":
        route.fallback()
    elif b"dropped-on" in (route.request.post_data_buffer or b""):
        route.abort("connectionreset")
    elif b"notes.docx" in (route.request.post_data_buffer or b""):
        route.fulfill(status=422, json={"detail": "A .docx file is no design."})
