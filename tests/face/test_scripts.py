"""What the scripts do in a real browser, under the policy the site sends."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import trimesh
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, jsonify, render_template, request, send_file
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.face import sheet
from tests.face.lab import Person, lab

pytestmark = pytest.mark.browser


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGBA", (880, 660), (90, 120, 170, 255)).save(out, "PNG")
    return out.getvalue()


def model() -> bytes:
    """A box of 20 x 40 x 30 mm (x, height, depth) as the analysis exports it: metres, Y up."""
    return bytes(trimesh.creation.box((0.02, 0.04, 0.03)).export(file_type="glb"))


class Shop:
    """A page of everything, and a server that remembers what was sent to it."""

    def __init__(self) -> None:
        self.app: Flask = lab(Person(is_staff=True), unread=2)
        self.uploads: list[dict[str, Any]] = []
        self.answer: Callable[[str], Any] = lambda name: jsonify(location=f"/designs/{name}", note="4 kB, here")
        self.confirmed: list[str] = []
        self.polls = 0
        for rule, view in (
            ("/", self.sheet),
            ("/upload", self.upload),
            ("/cancel", self.cancel),
            ("/pic", self.pic),
            ("/part.glb", self.glb),
            ("/desk", self.desk),
            ("/live", self.live),
            ("/poll", self.poll),
            ("/broken", self.broken),
        ):
            self.app.add_url_rule(rule, rule, view, methods=["GET", "POST"])

    def sheet(self) -> str:
        model = "/part.glb" if "model" in request.args else None
        return render_template("sheet.html", **sheet.context("/pic", model))

    def upload(self) -> Any:
        file = request.files["file"]
        self.uploads.append(
            {
                "name": file.filename,
                "size": len(file.read()),
                "key": request.headers["Idempotency-Key"],
                "token": request.form["csrf_token"],
            }
        )
        return self.answer(str(file.filename))

    def cancel(self) -> str:
        self.confirmed.append(request.method)
        return "done"

    def pic(self) -> Response:
        return send_file(BytesIO(picture()), mimetype="image/png")

    def glb(self) -> Response:
        return send_file(BytesIO(model()), mimetype="model/gltf-binary")

    def desk(self) -> str:
        return render_template("desk.html", chosen=int(request.args.get("job", 1)), done=request.args.get("do", ""))

    def live(self) -> str:
        return render_template("live.html")

    def poll(self) -> str:
        self.polls += 1
        poll = 'hx-get="/poll" hx-trigger="every 50ms" hx-swap="outerHTML"'
        return f'<p id="panel" {poll} data-say="Layer {self.polls}">x</p>'

    def broken(self) -> Response:
        body = render_template("errors/_fragment.html", title="Not saved", advice="The bed is not clear yet.")
        return Response(body, 409, {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"})


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def url(shop: Shop, serve: Callable[[Flask], str]) -> str:
    return serve(shop.app)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when the policy was violated or a script raised an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


FILES = [
    {"name": "bracket.stl", "mimeType": "model/stl", "buffer": b"solid a"},
    {"name": "clip.stl", "mimeType": "model/stl", "buffer": b"solid bb"},
    {"name": "knob.stl", "mimeType": "model/stl", "buffer": b"solid ccc"},
]


def choose(page: Page, files: list[Any]) -> None:
    page.locator("#files-file").set_input_files(files)


def line(page: Page, name: str) -> Any:
    return page.locator("#files li", has_text=name)


def test_several_files_are_sent_each_with_its_own_key(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    choose(page, FILES)
    for file in FILES:
        expect(line(page, file["name"]).get_by_role("link")).to_have_attribute("href", f"/designs/{file['name']}")
    assert {up["name"]: up["size"] for up in shop.uploads} == {"bracket.stl": 7, "clip.stl": 8, "knob.stl": 9}
    assert len({up["key"] for up in shop.uploads}) == 3
    assert all(up["token"] for up in shop.uploads)


def test_a_dropped_file_is_sent(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(["solid a"], "dropped.stl"));
        const form = document.querySelector("form[data-upload]");
        form.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    }""")
    expect(line(page, "dropped.stl").get_by_role("link")).to_be_visible()
    assert [up["name"] for up in shop.uploads] == ["dropped.stl"]


def test_a_second_try_after_a_dropped_connection_carries_the_same_key(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    keys: list[str] = []

    def drop(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.abort("connectionreset")

    page.route("**/upload", drop, times=1)
    choose(page, FILES[:1])
    expect(line(page, "bracket.stl")).to_contain_text("The connection dropped.")
    line(page, "bracket.stl").get_by_role("button", name="Go on").click()
    expect(line(page, "bracket.stl").get_by_role("link")).to_be_visible()
    assert [up["key"] for up in shop.uploads] == keys


def test_an_upload_can_be_stopped_and_taken_up_again(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    page.route("**/upload", lambda route: None, times=1)  # never answered
    choose(page, FILES[:1])
    line(page, "bracket.stl").get_by_role("button", name="Stop uploading bracket.stl").click()
    expect(line(page, "bracket.stl")).to_contain_text("Stopped by you.")
    line(page, "bracket.stl").get_by_role("button", name="Go on").click()
    expect(line(page, "bracket.stl").get_by_role("link")).to_be_visible()


def test_a_refusal_shows_the_servers_words_and_offers_no_second_try(page: Page, shop: Shop, url: str) -> None:
    shop.answer = lambda name: (jsonify(detail="This is a STEP file. Export STL."), 415)
    page.goto(url)
    choose(page, FILES[:1])
    expect(line(page, "bracket.stl")).to_contain_text("This is a STEP file. Export STL.")
    expect(line(page, "bracket.stl").get_by_role("button", name="Go on")).to_be_hidden()


def test_a_fragment_takes_the_place_of_the_line(page: Page, shop: Shop, url: str) -> None:
    shop.answer = lambda name: f'<li id="up-1"><b>{name}</b><span>being read</span></li>'
    page.goto(url)
    choose(page, FILES[:1])
    expect(page.locator("#files > #up-1")).to_have_text("bracket.stlbeing read")


def test_a_file_that_is_too_large_is_not_sent(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    page.evaluate("document.querySelector('form[data-upload]').dataset.maxBytes = 5")
    choose(page, FILES[:1])
    expect(line(page, "bracket.stl")).to_contain_text("larger than the 100 MB")
    assert shop.uploads == []


def test_the_form_works_without_script(browser: Browser, shop: Shop, url: str) -> None:
    shop.app.view_functions["/upload"] = lambda: str(request.files["file"].filename)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    choose(page, FILES[:1])
    page.locator("form[data-upload] button:not([type=button])").click()
    expect(page.locator("body")).to_have_text("bracket.stl")
    context.close()


def test_a_dangerous_button_opens_its_dialog_and_posts_only_when_told(page: Page, shop: Shop, url: str) -> None:
    page.goto(url)
    page.get_by_role("link", name="Cancel the print").click()
    page.get_by_role("button", name="Keep printing").click()
    expect(page.locator("#dlg")).to_be_hidden()
    assert shop.confirmed == []
    page.get_by_role("link", name="Cancel the print").click()
    page.locator("#dlg").get_by_role("button", name="Cancel the print").click()
    expect(page.locator("body")).to_have_text("done")
    assert shop.confirmed == ["POST"]


def test_without_script_the_same_button_opens_the_page_that_asks(browser: Browser, shop: Shop, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("link", name="Cancel the print").click()
    expect(page.locator("body")).to_have_text("done")
    assert shop.confirmed == ["GET"]
    context.close()


def test_keys_of_the_desk_walk_the_inbox_and_press_the_buttons(page: Page, url: str) -> None:
    page.goto(f"{url}/desk?job=1")
    page.keyboard.press("j")
    page.wait_for_url("**/desk?job=2")
    page.keyboard.press("k")
    page.wait_for_url("**/desk?job=1")
    page.keyboard.press("a")
    expect(page.locator("#done")).to_have_text("approve")


def test_keys_are_letters_where_a_person_writes(page: Page, url: str) -> None:
    page.goto(f"{url}/desk?job=1")
    page.locator("#note").press_sequentially("aqjk?")
    expect(page.locator("#note")).to_have_value("aqjk?")
    expect(page.locator("#done")).to_have_text("")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_question_mark_explains_the_keys_and_they_can_be_turned_off(page: Page, url: str) -> None:
    page.goto(f"{url}/desk?job=1")
    page.keyboard.press("?")
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("a")
    page.keyboard.press("j")
    page.reload()
    expect(page.locator("#done")).to_have_text("")
    expect(page.locator("[data-keys-switch]")).not_to_be_checked()


def test_news_is_read_out_through_the_one_region(page: Page, url: str) -> None:
    page.goto(f"{url}/live")
    expect(page.locator("#live")).to_have_text(re.compile(r"Layer \d+"))
    assert page.locator("[aria-live]").count() == 1


def test_a_server_that_is_away_is_announced_and_polled_less_and_welcomed_back(page: Page, url: str) -> None:
    page.goto(f"{url}/live")
    expect(page.locator("#live")).to_have_text(re.compile("Layer"))
    tries: list[str] = []

    def away(route: Route) -> None:
        tries.append(route.request.url)
        route.abort("connectionrefused")

    page.evaluate("""() => {
        window.heldBack = 0;
        document.body.addEventListener("htmx:beforeRequest", (event) => { window.heldBack += event.defaultPrevented; });
    }""")
    page.route("**/poll", away)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("The server does not answer.")
    page.wait_for_function("() => window.heldBack >= 5")
    assert len(tries) == 1
    page.unroute("**/poll")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#offline")).to_be_hidden()


def test_an_error_fragment_is_shown_above_the_page(page: Page, url: str) -> None:
    page.goto(f"{url}/live")
    page.locator("#breaker").click()
    expect(page.locator("#messages .flash.bad")).to_contain_text("The bed is not clear yet.")


def test_the_model_turns_and_carries_its_dimensions(page: Page, url: str) -> None:
    page.goto(f"{url}/?model")
    page.locator("[data-viewer]").scroll_into_view_if_needed()
    viewer = page.locator("[data-viewer][data-loaded]")
    viewer.wait_for(timeout=30_000)
    labels = viewer.locator(".dim-label")
    assert sorted(labels.all_inner_texts()) == ["64 mm", "81.7 mm", "96 mm"]
    expect(viewer.locator("svg.dims.live line")).to_have_count(3)
    expect(viewer.locator("svg.dims:not(.live)")).to_be_hidden()
    page.wait_for_function("""() => [...document.querySelectorAll("svg.dims.live line")].every(
        (line) => line.getTotalLength() > 5
    )""")


def test_the_viewer_is_fetched_only_where_a_model_is(page: Page, url: str) -> None:
    fetched: list[str] = []
    page.on("request", lambda sent: fetched.append(sent.url))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    assert any("js/viewer.js" in address for address in fetched)
    assert not any("model-viewer" in address for address in fetched)


def serious_faults(page: Page) -> list[tuple[str, str]]:
    faults = [fault for fault in Axe().run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_sheet_has_no_serious_fault_and_does_not_scroll_sideways(
    browser: Browser, url: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    serious = serious_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()
    assert serious == []
