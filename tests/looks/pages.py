"""The pages that are looked at: who opens which address, and what is done there before the picture is taken."""

from dataclasses import dataclass
from typing import Literal

from tests.looks import acts, drawings, files
from tests.looks.acts import Act
from tests.looks.things import Things

DIALOG = "dialog[open]"
FORBIDDEN, BROKEN, HURRIED, AWAY = "/look/forbidden", "/look/broken", "/look/hurried", "/look/away"
"""Addresses of the pictured application that answer with errors no page of a healthy lab shows."""


Place = Literal["lab", "closed", "empty", "stopped", "lasers"]
"""The lab; the same where nobody makes an account or asks as a guest; an installation that nobody has set up; the lab
after the ticker and the workers have died; the lab a little later, with more lasers, in every state of theirs."""


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
    place: Place = "lab"
    ends: str = ""
    """The address that it ends at, where that is another one."""


def looks(lab: Things) -> list[Look]:
    return [
        *_for_visitors(lab),
        *_making(lab),
        *_jobs(lab),
        *_of_projects(lab),
        *_of_staff(lab),
        *_at_lasers(lab),
        *_of_lasers_later(lab),
        *_of_admins(lab),
        *_showing(lab),
        *_of_guests(lab),
        *_of_keepers(lab),
        *_of_the_first_hour(lab),
        *_questions(lab),
        *_while_parts_have_stopped(lab),
    ]


def _for_visitors(lab: Things) -> list[Look]:
    bracket = lab.projects["Angle bracket with gusset"]
    return [
        Look("explore", "", "/"), Look("explore-none", "", "/?q=zzzz"),
        Look("explore-filtered", "", "/?tag=repair&licence=open&order=quickest"), Look("search", "", "/search?q=gear"),
        Look("project-public", "", f"/projects/{bracket}"), Look("make-visitor", "", "/make"),
        Look("sign-in", "", "/sign-in"), Look("sign-in-wrong", "", "/sign-in", acts.sign_in_wrongly, 422),
        Look("sign-up", "", "/sign-up"), Look("sign-up-wrong", "", "/sign-up", acts.sign_up_wrongly, 422),
        Look("forgot", "", "/forgot-password"), Look("reset", "", f"/new-password/{lab.secret}"),
        Look("reset-expired", "", "/new-password/expired", status=404),
        Look("help", "", "/help"), Look("help-chapter", "mia", "/help/makers/first-job"),
        Look("error-404", "", "/nothing/here", status=404),
        Look("error-403", "mia", FORBIDDEN, status=403), Look("error-429", "mia", HURRIED, status=429),
        Look("error-500", "mia", BROKEN, status=500), Look("error-503", "mia", AWAY, status=503),
        Look("house-rules", "", "/house-rules"), Look("help-missing", "", "/help/makers/nothing", status=404),
        Look("sign-up-closed", "", "/sign-up", place="closed"),
    ]  # fmt: skip


def _making(lab: Things) -> list[Look]:
    named = {
        "pending": files.UNREAD, "failed": files.JUNK, "mesh": "phone-stand.stl", "warned": files.LONG,
        "repaired": "open-tray.stl", "blocked": "sheet-metal.stl", "drawing": files.PLAN, "toolpath": files.TOOLPATH,
    }  # fmt: skip
    pages = [Look(f"design-{name}", "mia", f"/make/designs/{lab.designs[file]}") for name, file in named.items()]
    return [
        Look("make-empty", "ines", "/make"), Look("make", "mia", "/make"),
        Look("make-sending", "ines", "/make", acts.send),
        *pages, Look("design-refused", "mia", pages[2].path, acts.ask_for_none, 422),
        Look("design-at-once", "mia", f"{pages[2].path}?option=marlin-250/pla&quantity=4&spread=2"),
    ]  # fmt: skip


def _jobs(lab: Things) -> list[Look]:
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
        Look("ticket-label", "tara", f"/jobs/{lab.jobs['running']}/ticket?size=62x29"),
        Look("tickets", "tara", "/tickets"),
        Look("tickets-together", "tara", f"/tickets/print?job={lab.jobs['running']}&job={lab.jobs['ready']}&size=a4"),
        Look("hand-out", "tara", f"/jobs/{lab.jobs['ready']}/collect"),
        Look("hand-out-wrong", "tara", f"/jobs/{lab.jobs['ready']}/collect", acts.waive_without_reason, 422),
        Look("hand-out-own", "mia", f"/jobs/{lab.jobs['ready']}/collect"),
        Look("not-collected", "tara", f"/jobs/{lab.jobs['collected 0']}/uncollect"),
        Look("finish", "mia", f"/jobs/{lab.jobs['ready']}/finish"),
        Look("finish-for-other", "tara", f"/jobs/{lab.jobs['ready']}/finish"),
        Look("finish-public", "mia", f"/jobs/{lab.jobs['collected 0']}/finish"),
        Look("jobs", "mia", "/jobs"), Look("jobs-none", "mia", "/jobs?show=drafts&before=1"),
        Look("statement", "mia", "/jobs/statement"), Look("request", "mia", f"/requests/{lab.requests['mia']}"),
        Look("request-sent", "tara", f"/requests/{lab.requests['noor']}"),
        Look("desk-together", "tara", f"/desk/{lab.jobs['submitted together']}"), Look("jobs-empty", "ines", "/jobs"),
    ]  # fmt: skip


def _of_projects(lab: Things) -> list[Look]:
    hinge = lab.projects["Angle bracket with gusset"]
    private = "coat-hooks"
    return [
        Look("project-own", "mia", f"/projects/{hinge}"), Look("project-private", "mia", f"/projects/{private}"),
        Look("project-edit", "mia", f"/projects/{hinge}/edit"),
        Look("project-edit-wrong", "mia", f"/projects/{hinge}/edit", acts.licence_wrongly, 422),
        Look("project-history", "mia", f"/projects/{hinge}/history"),
        Look("project-version", "mia", f"/projects/{hinge}/history/2"),
        Look("project-compare", "mia", f"/projects/{hinge}/history/compare?old=1&new=2"),
        Look("project-authors", "mia", f"/projects/{hinge}/authors"),
        Look("project-author", "noor", f"/projects/{hinge}/authors"),
        Look("project-note", "mia", f"/projects/{hinge}/builds/1"),
        Look("photos", "mia", f"/projects/{hinge}/photos"), Look("photos-visitor", "", f"/projects/{hinge}/photos"),
        Look("photos-empty", "mia", f"/projects/{private}/photos"),
        Look("photo-withdraw", "mia", f"/photos/{lab.photos[0]}/withdraw"),
        Look("project-delete", "mia", f"/projects/{private}/delete"),
        Look("account", "mia", "/account"), Look("account-token", "mia", "/account", acts.make_token),
        Look("notices", "mia", "/notices"), Look("notices-empty", "ines", "/notices"),
        Look("menu", "mia", "/jobs", acts.open_menu, part="[popover]:popover-open"),
    ]  # fmt: skip


def _of_staff(lab: Things) -> list[Look]:
    submitted = lab.jobs["submitted"]
    return [
        Look("desk", "tara", "/desk"), Look("desk-review", "tara", f"/desk/{lab.jobs['submitted by Jonas']}"),
        Look("desk-waiting", "tara", f"/desk/{lab.jobs['queued 0']}?queue=marlin-250"),
        Look("desk-keys", "tara", "/desk", lambda page: page.keyboard.press("?"), part=DIALOG),
        Look("desk-decline", "tara", f"/desk/{submitted}", acts.dialog(f"/desk/{submitted}/decline"), part=DIALOG),
        Look("desk-hold", "tara", "/desk", acts.dialog("/queue/hold"), part=DIALOG),
        Look("desk-clear", "tara", "/desk", acts.dialog("/machines/shelf/clear"), part=DIALOG),
        Look("emergency", "tara", "/emergency"), Look("emergency-one", "tara", "/machines/shelf/emergency"),
        Look("services", "tara", "/machines/shelf/services"),
        Look("service-done", "tara", f"/machines/shelf/services/{lab.services['oil']}/done"),
        Look("service-retire", "tara", f"/machines/shelf/services/{lab.services['oil']}/retire"),
        Look("notices-staff", "tara", "/notices"), Look("account-staff", "tara", "/account"),
        Look("round", "tara", "/round"), Look("handover", "tara", "/handover"),
        Look("round-failed", "tara", "/round", acts.dialog("/machines/shelf/clear"), part=DIALOG),
        Look("ask-page", "tara", f"/desk/{submitted}/ask"), Look("place-page", "tara", f"/desk/{submitted}/place"),
        Look("one-machine-page", "tara", f"/desk/{submitted}/machine"),
        Look("resolve", "tara", "/desk", acts.dialog(f"/runs/{lab.runs['in doubt']}/resolve"), part=DIALOG),
        Look("at-once-page", "tara", f"/desk/{submitted}/spread"),
        Look("resolve-page", "tara", f"/runs/{lab.runs['in doubt']}/resolve"),
        Look("tools", "tara", "/m/"), Look("tool-printed", "tara", "/m/shelf"),
        Look("tool-cutter", "tara", "/m/cutter"), Look("tool-doubt", "tara", "/m/corner"),
        Look("tool-foreign", "tara", "/m/spare"), Look("tool-foreign-member", "mia", "/m/spare"),
        Look("tool-free", "tara", "/m/laser"), Look("plate", "tara", "/m/left/plate"),
        Look("tool-member", "mia", "/m/left"), Look("people", "tara", "/people"), Look("person", "tara", "/people/mia"),
        Look("imports", "tara", "/imports"), Look("import-new", "tara", "/imports/new/people"),
        *(Look(f"import-{name}", "tara", f"/imports/{key}") for name, key in lab.imports.items()),
        Look("import-undo", "tara", f"/imports/{lab.imports['made']}/undo"),
        Look("machines", "tara", "/machines"), Look("machine", "tara", "/machines/left"),
        Look("machine-far", "tara", "/machines/far"), Look("machine-fault", "tara", "/machines/spare"),
        Look("materials", "tara", "/materials"), Look("stock", "tara", f"/materials/stock/{lab.stock}"),
        Look("stock-weigh", "tara", f"/materials/stock/{lab.stock}/weigh"),
        Look("stock-sheets", "tara", f"/materials/stock/{lab.pile}"),
        Look("stock-count", "tara", f"/materials/stock/{lab.pile}/weigh"),
    ]  # fmt: skip


def _at_lasers(lab: Things) -> list[Look]:
    """Drawings, jobs of lasers, and the lasers themselves."""
    drawn = {"nameless": drawings.NAMELESS, "twice": drawings.TWICE, "mended": drawings.MENDED, "photo": drawings.PHOTO}
    designs = {name: f"/make/designs/{lab.designs[file]}" for name, file in drawn.items()}
    model, arm = "/machines/models/laser-600", f"/machines/beam/arm/{lab.runs['staged']}"
    burning, kiosk = f"{model}/burning/poplar-4", f"/wallboard/{lab.kiosk_secret}/lasers"
    return [
        *(Look(f"design-{name}", "mia", path) for name, path in designs.items()),
        Look("design-twice-read", "tara", designs["twice"]),
        Look("job-to-burn", "mia", f"/jobs/{lab.jobs['to burn']}"),
        Look("job-engraved", "mia", f"/jobs/{lab.jobs['engraved']}"),
        Look("job-engraved-staff", "tara", f"/jobs/{lab.jobs['engraved']}"),
        Look("job-staged", "noor", f"/jobs/{lab.jobs['staged']}"),
        Look("job-armed", "noor", f"/jobs/{lab.jobs['armed']}"),
        Look("job-burning", "noor", f"/jobs/{lab.jobs['at work']}"),
        Look("desk-to-burn", "tara", f"/desk/{lab.jobs['to burn']}"),
        Look("tool-staged", "tara", "/m/beam"), Look("tool-armed", "tara", "/m/glow"),
        Look("tool-laser-works", "tara", "/m/spark"), Look("tool-staged-member", "jonas", "/m/beam"),
        Look("arm", "tara", arm), Look("arm-not-ticked", "tara", arm, acts.submit_main, 422),
        Look("kiosk", "", kiosk), Look("kiosk-arm", "", f"{kiosk}/beam/{lab.runs['staged']}"),
        Look("kiosk-wrong", "", f"{kiosk}/beam/{lab.runs['staged']}", acts.submit_main, 422),
        Look("pin", "tara", "/account/pin"), Look("pin-wrong", "tara", "/account/pin", acts.short_pin, 422),
        Look("burning", "tara", burning), Look("burning-wrong", "tara", burning, acts.too_much_power, 422),
        Look("burning-nothing", "tara", f"{model}/burning/pvc-foil"),
        Look("card", "tara", f"{burning}/card"), Look("card-wrong", "tara", f"{burning}/card", acts.no_power, 422),
        Look("card-refused", "tara", f"{model}/burning/pvc-foil/card", acts.put_in_queue, 422),
        Look("job-card", "tara", f"/jobs/{lab.jobs['card']}"), Look("desk-card", "tara", f"/desk/{lab.jobs['card']}"),
        Look("model-laser", "tara", model), Look("machine-laser", "tara", "/machines/beam"),
        Look("machine-laser-tried", "tara", "/machines/beam", acts.try_connection),
        Look("material-sheet", "tara", "/materials/poplar-4"), Look("material-refused", "tara", "/materials/pvc-foil"),
        Look("beam-allow", "tara", "/materials/pvc-foil/beam"),
        Look("ask-stop-laser", "tara", "/machines/spark/cancel", part="main"),
    ]  # fmt: skip


def _of_lasers_later(lab: Things) -> list[Look]:
    """The states that a laser goes through, each on a laser of its own."""
    shown = {
        "tool-laser-starting": ("tara", "/m/beam"), "tool-laser-paused": ("tara", "/m/glow"),
        "tool-laser-burnt": ("tara", "/m/spark"), "tool-laser-burnt-member": ("jonas", "/m/spark"),
        "tool-laser-traces": ("tara", "/m/hush"), "tool-laser-stopping": ("tara", "/m/ember"),
        "arm-traces": ("tara", f"/machines/hush/arm/{lab.runs['traced']}"),
        "kiosk-busy": ("", f"/wallboard/{lab.kiosk_secret}/lasers"), "desk-lasers": ("tara", "/desk"),
        "round-lasers": ("tara", "/round"),
        "job-burnt": ("noor", f"/jobs/{lab.jobs['at work']}"),
        "job-beam-paused": ("noor", f"/jobs/{lab.jobs['armed']}"),
        "machine-laser-homed": ("tara", "/machines/hush"), "machine-laser-unlocked": ("tara", "/machines/dusk"),
        "material-allowed": ("tara", "/materials/pvc-foil"), "ask-clear-laser": ("tara", "/machines/spark/clear"),
    }  # fmt: skip
    return [Look(name, who, path, place="lasers") for name, (who, path) in shown.items()]


def _of_admins(lab: Things) -> list[Look]:
    return [
        Look("machine-admin", "adam", "/machines/mini"), Look("machine-new", "adam", "/machines/new"),
        Look("machine-new-wrong", "adam", "/machines/new", acts.submit_main, 422),
        Look("model-new", "adam", "/machines/models/new"), Look("model", "adam", "/machines/models/marlin-250"),
        Look("material", "adam", "/materials/pla"), Look("material-new", "adam", "/materials/new"),
        Look("stock-new", "adam", "/materials/stock/new"),
        Look("sheets-new", "adam", "/materials/stock/new?of=sheets"), Look("person-admin", "adam", "/people/mia"),
        Look("person-new", "adam", "/people/new"), Look("settings", "adam", "/settings"),
        Look("settings-wrong", "adam", "/settings", acts.decide_wrongly, 422),
        Look("check", "adam", "/settings/check?now=1"), Look("first-steps", "adam", "/first-steps"),
        Look("find", "adam", "/machines/find"), Look("find-wrong", "adam", "/machines/find", acts.look_wrongly, 422),
        Look("find-add", "adam", f"/machines/find/{lab.candidates['found']}/add"),
        Look("plates", "adam", "/m/plates"),
    ]  # fmt: skip


def _showing(lab: Things) -> list[Look]:
    shown, hidden, begun = (f"/showcases/{lab.showcases[each]}" for each in ("shown", "hidden", "begun"))
    return [
        Look("showcases", "", "/showcases"), Look("showcases-own", "ines", "/showcases"),
        Look("showcase", "", shown), Look("showcase-hidden", "ines", hidden), Look("showcase-begun", "ines", begun),
        Look("present-title", "", f"{shown}/present"), Look("present", "", f"{shown}/present", acts.next_slide),
        Look("showcase-edit", "ines", f"{shown}/edit"), Look("showcase-edit-begun", "ines", f"{begun}/edit"),
        Look("showcase-edit-hidden", "ines", f"{hidden}/edit"),
        Look("showcase-edit-wrong", "ines", f"{begun}/edit", acts.empty_slide, 422),
        Look("showcase-slide", "ines", f"{shown}/slides/{lab.slide}"), Look("showcase-new", "ines", "/new-showcase"),
        Look("showcase-delete", "ines", f"{shown}/delete"), Look("screens", "tara", "/screens"),
        Look("screens-new", "tara", "/screens", acts.make_screen),
        Look("screen-revoke", "tara", f"/screens/{lab.screen}/revoke"),
        Look("wallboard", "", f"/wallboard/{lab.screen_secret}"), Look("wallboard-staff", "tara", "/wallboard"),
    ]  # fmt: skip


def _of_guests(lab: Things) -> list[Look]:
    return [
        Look("guest", "", "/guest"), Look("guest-wrong", "", "/guest", acts.submit_main, 422),
        Look("guest-again", lab.guest, "/guest"), Look("guest-closed", "", "/guest", place="closed"),
        Look("guest-code", "", "/guest", acts.guest_asks), Look("track", "", "/track"),
        Look("track-code", "", "/track/2345-6789-ABCD"),
        Look("track-wrong", "", "/track/2345-6789-ABCD", acts.submit_main, 422),
        Look("guest-requests", lab.guest, "/guest/requests"),
        Look("guest-job", lab.guest, f"/jobs/{lab.jobs['of a guest']}"),
        Look("guest-join", lab.guest, "/guest/account"),
        Look("guest-join-wrong", lab.guest, "/guest/account", acts.submit_main, 422),
        Look("person-guest", "tara", f"/people/{lab.guest}"), Look("guest-new", "tara", "/people/guests/new"),
        Look("guest-account", "tara", f"/people/{lab.guest}/account"),
    ]  # fmt: skip


def _of_keepers(lab: Things) -> list[Look]:
    """Those who look after somebody, and those who leave."""
    return [
        Look("wards", "mia", "/account/guarded"), Look("wards-none", "jonas", "/account/guarded"),
        Look("person-guarded", "tara", "/people/lena"), Look("person-consent", "tara", "/people/paul"),
        Look("merge", "adam", "/people/noor/merge"), Look("merge-shown", "adam", "/people/noor/merge?into=jonas"),
        Look("merge-wrong", "adam", "/people/noor/merge?into=nobody", status=422),
        Look("leave", "mia", "/account/leave"), Look("leave-free", "ines", "/account/leave"),
        Look("leave-wrong", "ines", "/account/leave", acts.submit_main, 422),
        Look("leave-other", "adam", "/people/jonas/leave"),
    ]  # fmt: skip


def _of_the_first_hour(lab: Things) -> list[Look]:
    opened = f"/setup?code={lab.setup_code}"
    steps = ("lab", "rules", "review", "account")
    return [
        Look("setup", "", "/setup", place="empty"),
        Look("setup-wrong", "", "/setup?code=wrong", status=422, place="empty"),
        *(Look(f"setup-{name}", "", opened, acts.set_up(after), place="empty", ends=f"/setup/{name}")
          for after, name in enumerate(steps)),
        Look("setup-account-wrong", "", opened, acts.set_up(4), 422, place="empty"),
        Look("import-bundle-new", "adam", "/imports/new/bundle"),
    ]  # fmt: skip


def _questions(lab: Things) -> list[Look]:
    """What is asked before something is done; all look alike, so axe looks at the question alone."""
    project, doubt = lab.projects["Angle bracket with gusset"], lab.jobs["submitted"]
    asked = {
        "authors-leave": ("noor", f"/projects/{project}/authors/leave"),
        "authors-remove": ("mia", f"/projects/{project}/authors/noor/remove"),
        "authors-hand-over": ("mia", f"/projects/{project}/authors/noor/hand-over"),
        "history-restore": ("mia", f"/projects/{project}/history/1/restore"),
        "token-revoke": ("mia", f"/account/tokens/{lab.token}/revoke"),
        "hold": ("tara", "/queue/hold"), "clear": ("tara", "/machines/shelf/clear"),
        "stop": ("tara", "/machines/left/cancel"), "load": ("tara", "/machines/mini/load"),
        "spool": ("tara", "/machines/left/spool"),
        "maintenance": ("tara", "/machines/mini/maintenance"), "cancel": ("tara", f"/desk/{doubt}/cancel"),
        "decline": ("tara", f"/desk/{doubt}/decline"), "priority": ("tara", f"/desk/{doubt}/priority"),
        "override": ("tara", f"/desk/{lab.jobs['draft blocked']}/override"),
        "plate": ("tara", f"/desk/plates/{lab.runs['queued 0']}"),
        "import-discard": ("tara", f"/imports/{lab.imports['people']}/discard"),
        "machine-retire": ("adam", "/machines/mini/retire"),
        "model-retire": ("adam", "/machines/models/marlin-250/retire"),
        "stock-retire": ("adam", f"/materials/stock/{lab.stock}/retire"),
        "guard": ("tara", "/people/jonas/guard"), "release": ("tara", "/people/lena/release"),
        "consent": ("tara", "/people/lena/consent"), "consent-withdraw": ("tara", "/people/paul/consent/withdraw"),
        "refund": ("adam", f"/people/mia/refunds/{lab.jobs['collected 0']}"),
        "certification-withdraw": ("ines", f"/people/mia/certifications/{lab.certification}/withdraw"),
    }  # fmt: skip
    return [Look(f"ask-{name}", who, path, part="main") for name, (who, path) in asked.items()]


def _while_parts_have_stopped(lab: Things) -> list[Look]:
    shown = {
        "desk": ("tara", "/desk"), "round": ("tara", "/round"), "check": ("adam", "/settings/check?now=1"),
        "make": ("mia", "/make"), "design": ("mia", f"/make/designs/{lab.designs[files.UNREAD]}"),
        "job": ("mia", f"/jobs/{lab.jobs['queued 0']}"), "job-running": ("mia", f"/jobs/{lab.jobs['running']}"),
    }  # fmt: skip
    return [Look(f"stopped-{name}", who, path, place="stopped") for name, (who, path) in shown.items()]
