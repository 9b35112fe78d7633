"""Photos by the API: added by authors, listed for those who may see them."""

from fabqueue.models import Revision
from tests.api.conftest import Caller, made, problem
from tests.support import photos
from tests.support.factories import Lab


def slug_of(alice: Caller, box: Revision) -> str:
    return str(made(alice.get(f"/designs/{box.design_id}"), 200)["project"]["slug"])


def test_one_is_added_and_listed(alice: Caller, bob: Caller, box: Revision, lab: Lab) -> None:
    slug = slug_of(alice, box)
    photo = made(alice.upload(f"/projects/{slug}/photos", photos.photo(), "a.jpg", alternative_text="A box"))
    assert (photo["width"], photo["height"], photo["alternative_text"], photo["build"]) == (120, 80, "A box", None)
    assert photo["small_url"] == photo["url"] + "/small"
    assert made(alice.get(f"/projects/{slug}"), 200)["photos"] == [photo]
    problem(bob.upload(f"/projects/{slug}/photos", photos.photo(), "a.jpg"), 404)


def test_what_is_no_photo_is_refused_with_its_field(alice: Caller, box: Revision) -> None:
    slug = slug_of(alice, box)
    told = problem(alice.upload(f"/projects/{slug}/photos", b"junk", "a.jpg"), 422)
    assert told["code"] == "photo_not_a_photo"
    assert problem(alice.upload(f"/projects/{slug}/photos", b"", ""), 422)["errors"][0]["field"] == "file"
    problem(alice.post(f"/projects/{slug}/photos", {}), 415)
    too_long = alice.upload(f"/projects/{slug}/photos", photos.photo(), "a.jpg", alternative_text="x" * 201)
    assert problem(too_long, 422)["code"] == "text_too_long"


def test_the_same_key_adds_it_once(alice: Caller, box: Revision) -> None:
    slug, headers = slug_of(alice, box), {"Idempotency-Key": "one"}
    first = made(alice.upload(f"/projects/{slug}/photos", photos.photo(), "a.jpg", headers))
    assert made(alice.upload(f"/projects/{slug}/photos", photos.photo(), "a.jpg", headers)) == first
    assert len(made(alice.get(f"/projects/{slug}"), 200)["photos"]) == 1
