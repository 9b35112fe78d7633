"""A lab's first hour: from an empty installation to a published project, all of it in Chromium.

After `fabqueue serve` nothing is typed on a command line, and nothing is written into the database but by pages.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from fabqueue.demo.octoprint import USER, OctoPrintServer
from tests.journeys.lab import PASSWORD, PATIENCE, Lab, printed
from tests.support.factories import box_stl
from tests.support.octoprint import QUICK, StartOctoPrint

BUNDLE = Path("/usr/share/PrusaSlicer/profiles/Creality.ini")
pytestmark = [
    pytest.mark.octoprint, pytest.mark.slicer, pytest.mark.browser,
    pytest.mark.skipif(not BUNDLE.is_file(), reason="PrusaSlicer's own profiles are not installed"),
]  # fmt: skip

Open = Callable[[], Page]
MODEL, PRESETS = "Creality Ender-3 S1 Plus (0.4 mm nozzle)", "0.16 mm OPTIMAL (0.4 mm nozzle) @CREALITY"
BED_MM = (290, 290, 300)
FILAMENT = "Creality PLA @CREALITY"
MATERIAL = "Creality PLA"
PRINTER, PRINTER_SLUG = "Left printer", "left-printer"
TOOL, TOOL_SLUG = "Embossing press", "embossing-press"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Lab]:
    """`fabqueue serve` in a folder where nothing was ever set up."""
    lab = Lab(tmp_path / "lab")
    (lab.folder / "config.toml").write_text(
        f'[site]\npublic_url = "{lab.url}"\n[server]\nport = {lab.port}\n[machines]\npoll_seconds = 0.5\n'
    )
    try:
        lab.start()
        yield lab
    finally:
        left = lab.stop()
    assert left == set(), "processes were left over"


@pytest.fixture
def server(start_octoprint: StartOctoPrint) -> Iterator[OctoPrintServer]:
    """One that makes itself known as it does in any network; it gets ready while the lab is set up."""
    made = start_octoprint(pace=QUICK, bed_mm=BED_MM, title=PRINTER, is_announced=True, wait_seconds=None)
    yield made
    made.stop()  # other tests listen to the same network


@pytest.fixture
def somebody(browser: Browser, empty: Lab) -> Iterator[Open]:
    """A fresh browser for another person; any script error or refused content fails the test."""
    faults: list[str] = []
    with ExitStack() as stack:

        def open_window() -> Page:
            window = browser.new_context(base_url=empty.url, viewport={"width": 1280, "height": 900})
            stack.callback(window.close)
            # the picture stays, as in a browser without WebGL: drawn in software, the 3D view starves everything else
            window.route("**/model-viewer.min.js", lambda route: route.abort())
            page = window.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None
            )
            page.set_default_timeout(PATIENCE * 1000)
            return page

        expect.set_options(timeout=60_000)
        yield open_window
    assert faults == []


def test_the_first_hour(server: OctoPrintServer, empty: Lab, somebody: Open) -> None:
    admin, screen, guest, member = somebody(), somebody(), somebody(), somebody()
    set_up(admin, empty)
    import_settings(admin)
    find_printer(admin, screen, server)
    add_tool(admin)
    for slug, material, spool in ((PRINTER_SLUG, MATERIAL, "Grey, spool 1"), (TOOL_SLUG, "PLA", "Grey, spool 2")):
        add_stock(admin, material, spool)
        load(admin, slug, spool)
    import_people_and_undo(admin)
    tracking = guest_asks(guest)
    drop_file(member)
    hand_out_by_hand(guest, admin, tracking)
    code = member_prints(member, admin, server)
    visitor_sees(somebody(), finish_at_the_shelf(member, code))


# the admin


def set_up(page: Page, lab: Lab) -> None:
    """The link that `serve` says when nobody has an account, the questions, the first account."""
    page.goto(lab.wait(lambda: first_link(lab), "serve says where the set-up begins"))
    page.get_by_label("A club or makerspace").check()
    page.get_by_label("Name of the lab").fill("Journey Lab")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Look it over")).to_be_visible()
    page.get_by_role("button", name="Use this").click()
    page.get_by_label("User name").fill("ada")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def first_link(lab: Lab) -> str | None:
    found = re.search(r"http://\S+/setup\?code=\S+", (lab.folder / "serve.log").read_text(errors="replace"))
    return found[0] if found else None


def import_settings(page: Page) -> None:
    """A vendor's file as PrusaSlicer brings it along: of all that is in it, one printer and one filament."""
    page.get_by_role("link", name="Import from PrusaSlicer").click()
    page.locator("input[type=file]").set_input_files(BUNDLE)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="What would be made")).to_be_visible()
    printer = page.locator(".field", has=page.get_by_label(re.compile(f"^{re.escape(MODEL)}")))
    printer.get_by_role("checkbox").check()
    expect(printer).to_contain_text(PRESETS)
    page.get_by_label(re.compile(f"^{FILAMENT}")).check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("link", name="Undo the whole import")).to_be_visible()


def find_printer(page: Page, screen: Page, server: OctoPrintServer) -> None:
    """It is found in the network, its key asked for, and somebody presses Allow on OctoPrint's own screen."""
    server.wait()
    page.goto("/first-steps")
    page.locator("#main").get_by_role("link", name="Add a machine").click()
    page.get_by_role("button", name="Search the network").click()
    sign_in_at(screen, server)
    found = page.get_by_role("article").filter(has_text=server.url)
    expect(found.get_by_role("heading", name=PRINTER)).to_be_visible()
    found.get_by_role("button", name=re.compile("Ask for a key")).click()
    expect(found.get_by_text("Now press Allow on OctoPrint's own screen.").first).to_be_visible()
    allow(found, screen)
    screen.goto("about:blank")  # its pages would go on asking for temperatures
    found.get_by_role("link", name=re.compile("Add to the lab")).click()
    expect(page.get_by_label("Name of the machine")).to_have_value(PRINTER)
    expect(page.get_by_label("Machine model").locator("option:checked")).to_have_text(f"{MODEL} (matches)")
    page.get_by_role("button", name="Add this machine").click()
    expect(page.get_by_role("heading", name=PRINTER).first).to_be_visible()
    assert server.key not in page.content()


def sign_in_at(screen: Page, server: OctoPrintServer) -> None:
    """As the admin of that OctoPrint, in its own pages."""
    screen.goto(server.url)
    screen.locator("#login-user").fill(USER)
    screen.locator("#login-password").fill(server.password)
    screen.locator("#login-button").click()
    expect(screen.locator("#navbar")).to_contain_text(USER)


def allow(found: Locator, screen: Page) -> None:
    """Press Allow on OctoPrint's screen, which drops a question that a busy computer follows up too late."""
    added = found.get_by_role("link", name=re.compile("Add to the lab"))
    again, pressed = found.get_by_role("button", name="Ask again"), screen.get_by_role("button", name="Allow")
    for _ in range(3):
        pressed.last.click()
        expect(added.or_(again)).to_be_visible()
        if added.count():
            return
        again.click()
    raise AssertionError("OctoPrint dropped every question")


def add_stock(page: Page, material: str, label: str) -> None:
    page.goto("/materials/stock/new")
    page.locator("[name=material]").select_option(label=material)
    page.get_by_label("Label").fill(label)
    page.get_by_label("Colour").fill("grey")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(label).first).to_be_visible()


def add_tool(page: Page) -> None:
    page.goto("/first-steps")
    page.locator("#main").get_by_role("link", name="Add a machine").click()
    page.get_by_label("Name of the tool").fill(TOOL)
    page.get_by_label("Materials it works").fill("PLA")
    page.get_by_role("button", name="Add this tool").click()
    expect(page.get_by_role("heading", name=TOOL).first).to_be_visible()


def load(page: Page, slug: str, label: str) -> None:
    """Say what is loaded, and that the bed is clear."""
    page.goto(f"/machines/{slug}/load")
    page.locator("[name=stock]").select_option(label=label)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Noted what").first).to_be_visible()
    page.goto(f"/m/{slug}")
    page.get_by_role("button", name="Bed is clear").click()
    expect(page.get_by_text("Free").first).to_be_visible()


def import_people_and_undo(page: Page) -> None:
    """A list from the old form, as a spreadsheet of another country saves it: made as a whole, undone as a whole."""
    page.goto("/people")
    page.get_by_role("link", name="Import people or past jobs").click()
    page.get_by_role("link", name="Import people", exact=True).click()
    list_of_members = "Name;E-Mail\r\nJosé Müller;jose@example.org\r\nZoë Ångström;zoe@example.org\r\n".encode("cp1252")
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": list_of_members}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="What would be made")).to_be_visible()
    expect(page.get_by_role("cell", name="José Müller").first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("2 accounts were made.")).to_be_visible()
    assert found_people(page, "jos") == 1
    page.go_back()
    page.get_by_role("link", name="Undo the whole import").click()
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("Undone. Nothing of it is left.").first).to_be_visible()
    assert found_people(page, "jos") == 0


def found_people(page: Page, name: str) -> int:
    page.goto(f"/people?q={name}")
    return page.get_by_role("link", name=re.compile(name, re.IGNORECASE)).count()


def approve(staff: Page, code: str) -> None:
    staff.goto(f"/desk/{code}")
    staff.get_by_role("button", name="Approve").first.click()
    expect(staff.locator(".decided")).to_contain_text(code)


# a guest


def guest_asks(page: Page) -> str:
    """A name and a file; the code that is shown once."""
    page.goto("/make")
    page.get_by_role("link", name="Ask without an account").click()
    page.get_by_label("Your name").fill("Ms Okafor")
    page.locator("input[type=file]").set_input_files(part("label.stl", (14, 9, 2)))
    page.get_by_label("What do you want?").fill("One, for the pot with the basil.")
    page.get_by_role("button", name="Go on").click()
    tracking = page.locator(".ticket-no").inner_text()
    page.get_by_role("link", name="Go on: what it costs").click()
    return tracking


def hand_out_by_hand(page: Page, staff: Page, tracking: str) -> None:
    """A person makes it at the tool; the guest reads by the code that it is ready, and gets it at the counter."""
    code = order(page, TOOL)
    approve(staff, code)
    staff.goto(f"/m/{TOOL_SLUG}")
    staff.get_by_role("button", name=f"Start {code}").click()
    staff.get_by_role("button", name="Finished").click()
    staff.get_by_role("button", name="Bed is clear").click()
    page.context.clear_cookies()  # the guest comes back another day
    page.goto("/track")
    page.get_by_label("Code").fill(tracking)
    page.get_by_role("button", name="Show my request").click()
    page.get_by_role("link", name=code).click()
    expect(page.get_by_role("region", name="Ready to collect")).to_be_visible()
    staff.goto("/desk")
    staff.get_by_role("button", name=f"Hand out {code}").click()
    page.reload()  # a job that is ready asks for news rarely
    expect(page.get_by_text("It was made and collected.").first).to_be_visible()


# one member's job


def part(name: str, size: tuple[float, float, float]) -> FilePayload:
    return {"name": name, "mimeType": "model/stl", "buffer": box_stl(size)}


def drop_file(page: Page) -> None:
    """A new account, and a file that is read while others are served."""
    page.goto("/sign-up")
    page.get_by_label("User name").fill("noor")
    page.locator("[name=password]").fill("three words suffice")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("link", name="My jobs")).to_be_visible()
    page.goto("/make")
    page.locator("input[type=file]").first.set_input_files(part("shelf-bracket.stl", (12, 10, 2)))
    page.wait_for_url(re.compile("/make/designs/"))


def member_prints(page: Page, staff: Page, server: OctoPrintServer) -> str:
    """From what it costs on the imported model to collected parts; the job's code."""
    code = order(page, MODEL)
    approve(staff, code)
    expect(page.get_by_text(f"Finished, says {PRINTER}").first).to_be_visible()
    staff.goto(f"/m/{PRINTER_SLUG}")
    staff.get_by_role("button", name="Bed is clear").click()
    assert [event for event, _path in printed(server)] == ["PrintStarted", "PrintDone"]
    expect(page.get_by_role("region", name="Ready to collect")).to_be_visible()
    page.get_by_role("button", name="I have taken it").click()
    expect(page.get_by_role("link", name="Finish its page")).to_be_visible()
    return code


def order(page: Page, machine: str) -> str:
    """Ask for the design on the page, on that machine model; the job's code."""
    expect(page.get_by_text("You pay at most")).to_be_visible()
    page.get_by_role("row", name=re.compile(f"{re.escape(machine)}.* PLA")).get_by_role("radio").check()
    page.get_by_role("button", name="Ask the workshop to make it").click()
    page.wait_for_url(re.compile("/jobs/J-"))
    return page.url.rsplit("/", 1)[1]


def finish_at_the_shelf(page: Page, code: str) -> str:
    """Three short answers and one button; the address of the page that is public then."""
    page.goto(f"/jobs/{code}")
    page.get_by_role("link", name="Finish its page").click()
    page.get_by_label("What is it for?").fill("Holds a shelf.")
    page.get_by_label("What would you tell the next maker?").fill("Sand the lower edge.")
    file = {"name": "bracket.png", "mimeType": "image/png", "buffer": picture()}
    page.locator("#main input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Publish the page").click()
    page.wait_for_url(re.compile("/projects/"))
    expect(page.get_by_text("It is public now").first).to_be_visible()
    return page.url.partition("#")[0].removeprefix(page.url[: page.url.index("/projects/")])


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "steelblue").save(made, "PNG")
    return made.getvalue()


def visitor_sees(page: Page, project: str) -> None:
    page.goto("/")
    page.locator(f'a[href="{project}"]').first.click()
    expect(page.get_by_text("Holds a shelf.").first).to_be_visible()
    expect(page.locator(".build")).to_have_count(1)
    expect(page.locator(".build").get_by_text("Sand the lower edge.")).to_be_visible()
    expect(page.locator(".build img").last).to_be_visible()
    assert "noor" not in page.locator(".build").inner_text()
