"""What is done on a page before its picture is taken."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

Act = Callable[[Page], None]
OCTOPRINT = "/look/octoprint"
"""Where the pictured application says at which address an OctoPrint answers (`tests/looks/octoprint.py`)."""
_SEND = "(form) => { form.noValidate = true; form.requestSubmit(); }"


def guest_asks(page: Page) -> None:
    """For the page that says the code."""
    page.fill("#name", "Otto")
    page.fill("#wish", "Two of these, in any colour.")
    file = {"name": "tray.stl", "mimeType": "model/stl", "buffer": b"solid tray\nendsolid tray\n"}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    submit_main(page)


def set_up(steps: int) -> Act:
    """Answer so many questions of the set-up, each as it is proposed."""

    def act(page: Page) -> None:
        for _ in range(steps):
            for name in ("kind", "pays"):
                if page.locator(f"[type=radio][name={name}]").count():
                    page.locator(f"[type=radio][name={name}]").first.check()
            if page.locator("#site__name").count():
                page.fill("#site__name", "Riverside FabLab")
            submit_main(page)

    return act


def next_slide(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Math.round(document.querySelector('.slides').scrollLeft) === 2 * innerWidth")


def empty_slide(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#words").evaluate(_SEND)


def make_screen(page: Page) -> None:
    page.fill("#name", "By the laser")
    submit_main(page)


def waive_without_reason(page: Page) -> None:
    page.select_option("[name=means]", "waived")
    with page.expect_navigation():
        page.locator("main form").first.evaluate(_SEND)


def dialog(address: str) -> Act:
    """Follow the first link to a question, which opens in the dialog."""

    def act(page: Page) -> None:
        page.locator(f'a[data-dialog][href^="{address}"]').first.click()
        page.locator("#ask[open] form[action]").wait_for()

    return act


def submit_main(page: Page) -> None:
    """Send the page's form as it is, past what the browser itself would check."""
    with page.expect_navigation():
        page.locator("#main form[method=post]").last.evaluate(_SEND)


def sign_in_wrongly(page: Page) -> None:
    page.fill("#name", "mia")
    page.fill("#password", "not her password")
    submit_main(page)


def sign_up_wrongly(page: Page) -> None:
    page.fill("#user_name", "mia")
    page.fill("#password", "short")
    submit_main(page)


def look_wrongly(page: Page) -> None:
    page.fill("#address", "ftp://printer")
    with page.expect_navigation():
        page.locator('form[action$="/address"]').evaluate(_SEND)


def decide_wrongly(page: Page) -> None:
    page.fill("#people__session_days", "0")
    page.fill("#hours_1", "nine to five")
    submit_main(page)


def ask_for_none(page: Page) -> None:
    page.fill("#quantity", "0")
    page.locator("#quote").evaluate(_SEND)
    page.locator("#main .flash.bad").first.wait_for()


def licence_wrongly(page: Page) -> None:
    page.fill("#licence", "Sharealot")
    page.fill("#tags", "<none>")
    with page.expect_navigation():
        page.locator("#main form.split").evaluate(_SEND)


def try_connection(page: Page) -> None:
    """Of an OctoPrint that was never told of a laser."""
    place = page.request.get("/".join(page.url.split("/")[:3]) + OCTOPRINT).text()
    page.fill("#url", place)
    page.fill("#key", "any-key")
    page.locator('button[formaction$="/try"]').click()
    page.locator("#health .flash").first.wait_for()


def too_much_power(page: Page) -> None:
    page.fill("#cut_power_percent", "140")
    page.fill("#engrave_speed_mm_s", "")
    with page.expect_navigation():
        page.locator('form[aria-labelledby="brn"]').evaluate(_SEND)


def no_power(page: Page) -> None:
    page.fill("#power_from", "")
    submit_main(page)


def put_in_queue(page: Page) -> None:
    with page.expect_navigation():
        page.click("button[name=do][value=queue]")


def short_pin(page: Page) -> None:
    page.fill("#pin", "12")
    submit_main(page)


def make_token(page: Page) -> None:
    form = page.locator("form.acts-bar")
    form.locator("input[type=text]").fill("Bridge at the door")
    with page.expect_navigation():
        form.locator("button").click()


def open_menu(page: Page) -> None:
    page.locator("[popovertarget]").last.click()


def send(page: Page) -> None:
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
