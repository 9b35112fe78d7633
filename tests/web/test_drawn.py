"""The places of findings in the picture of a drawing: numbered all through, and no number hides another."""

from fabqueue.web.drawn import mark_ring, marked

VIEW = (0.0, 0.0, 210.0, 120.0)


def finding(*places: tuple[float, float]) -> dict[str, object]:
    return {"code": "any", "values": {"places": places}}


def test_places_are_numbered_through_all_findings() -> None:
    found = marked([finding((10, 10), (90, 10)), {"code": "none", "values": {}}, finding((10, 90))], VIEW)
    assert [[mark["number"] for mark in each["marks"]] for each in found] == [[1, 2], [], [3]]


def test_numbers_of_the_same_place_stand_on_different_sides() -> None:
    near = mark_ring(VIEW)
    found = marked([finding((50, 50)), finding((50, 50)), finding((50 + near, 50)), finding((150, 50))], VIEW)
    sides = [each["marks"][0]["side"] for each in found]
    assert len(set(sides[:3])) == 3
    assert sides[3] == sides[0]
