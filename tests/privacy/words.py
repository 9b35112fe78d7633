"""Who may read which word: unmistakable words, each put into one place of the lab, and the readers it is meant for."""

from dataclasses import dataclass

VISITOR, OTHER, AUTHOR, WARD, GUARDIAN, GUEST = "visitor", "other", "author", "ward", "guardian", "guest"
INSTRUCTOR, TECHNICIAN = "instructor", "technician"
READERS = (VISITOR, OTHER, AUTHOR, WARD, GUARDIAN, GUEST, INSTRUCTOR, TECHNICIAN)
"""A visitor; a member who has to do with nothing of it; Alice, whose private things these are; a guarded person and
their guardian; a guest with a code; and those who work there. An admin reads what a technician does."""

STAFF = {TECHNICIAN}
HELPERS = {INSTRUCTOR, *STAFF}
"""Who finds people by name, to certify them and to file for them."""
NOBODY: set[str] = set()


@dataclass(frozen=True)
class Place:
    """Where a word stands, and who may read it there."""

    what: str
    readers: frozenset[str]


def _of(readers: set[str], **words: str) -> dict[str, Place]:
    return {f"zq{word}": Place(what, frozenset(readers)) for word, what in words.items()}


PLACES: dict[str, Place] = {
    # what everybody may read, so that the rest of this table means something
    **_of({*READERS}, opentitle="title of a public project", aliasname="name that somebody is known by",
          openold="file of a public project"),
    # a private project of Alice's, and her jobs
    **_of({AUTHOR, *STAFF}, title="title", summary="summary", docs="documentation", function="what it is for",
          tag="tag", licensor="licensor", design="name of a design", file="name of a file", alt="words of a photo",
          version="version", oldwords="a public page's words of before it was public", jobnote="note of a job",
          shelf="where it lies", reason="why staff failed a run", ask="what staff asked back", taker="who took it",
          payment="note of a payment", withdrawn="words of a photo that was withdrawn",
          unwanted="why a photo was withdrawn", hiddenpicture="words of a photo whose author hid it",
          unpubtitle="title of a project that was public", unpubsummary="its summary", unpubtag="its tag",
          unpubfile="its file", unpubnote="note of its build"),
    **_of({AUTHOR}, gonetitle="title of a deleted project that was public", token="name of a key"),
    **_of(NOBODY, gonesummary="summary of a deleted project", gonefile="its file", gonetag="its tag",
          agent="what a browser called itself"),
    # a guarded person without consent
    **_of({WARD, GUARDIAN, *HELPERS}, wardname="name of a guarded person, who writes Lea's project too"),
    **_of({WARD, TECHNICIAN}, wardmail="address of a guarded person"),
    **_of({WARD, *STAFF}, wardprivate="private name of a guarded person"),
    **_of({WARD, GUARDIAN, *STAFF}, wardtitle="title of their project", wardjob="note of their job",
          wardfile="file of their project"),
    **_of(NOBODY, wardnote="what they said of a build of a public project"),
    **_of({WARD, *STAFF}, wardphoto="words of their photo of it"),
    **_of(HELPERS, consent="who agreed for somebody, who withdrew it since"),
    # somebody who is named nowhere, somebody who is known by an alias
    **_of(HELPERS, anonname="name of somebody who is named nowhere"),
    **_of(STAFF, anonmail="their address", aliasmail="address of somebody known by an alias",
          aliasprivate="private name of somebody known by an alias"),
    # a guest
    **_of({GUEST, *HELPERS}, guestname="name of a guest"),
    **_of(STAFF, guestmail="address of a guest"),
    **_of({GUEST, *STAFF}, guestwish="what a guest wants", guestfile="file of a guest"),
    # who has left
    **_of(NOBODY, leftname="name of somebody who left", leftprivate="private name", leftmail="address",
          lefttitle="title of a private project of theirs"),
    # the workshop's own
    **_of(STAFF, handover="note for the next shift", foreign="file that somebody else prints", past="name in an import",
          pastfile="file in an import", screen="where a screen hangs"),
    **_of(NOBODY, machinekey="key of a machine"),
    # a showcase that is not shown, and the caption of a project that is private again
    **_of({INSTRUCTOR}, showtitle="title", showwords="words", caption="caption of a hidden slide",
          goneshow="title of a deleted one"),
}  # fmt: skip
"""Word to what it is and who may read it. Whoever adds a place for people's words adds a line here."""
