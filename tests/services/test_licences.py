"""Licences are SPDX expressions: read strictly, said plainly, and called open only where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabqueue.services import licences
from fabqueue.services.errors import Refused
from fabqueue.services.licences import Openness
from fabqueue.wording import reader


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("MIT", "MIT"),
        ("  cern-ohl-s-2.0 ", "CERN-OHL-S-2.0"),
        ("MIT or (CC-BY-4.0 and CERN-OHL-P-2.0)", "MIT OR (CC-BY-4.0 AND CERN-OHL-P-2.0)"),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("LicenseRef-House-1.0", "LicenseRef-House-1.0"),
        ("LicenseRef-House OR CC0-1.0", "LicenseRef-House OR CC0-1.0"),
        ("DocumentRef-lab:LicenseRef-House", "DocumentRef-lab:LicenseRef-House"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
    ],
)
def test_an_expression_is_written_one_way(typed: str, written: str) -> None:
    assert licences.normal(typed) == written
    assert licences.normal(written) == written


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("MY-OWN", "project_licence_unknown"),
        ("MIT OR Sharealot", "project_licence_unknown"),
        ("LicenseRef-<b>", "project_licence_shape"),
        ("LicenseRef-", "project_licence_unknown"),
        ("MIT OR", "project_licence_shape"),
        ("(MIT", "project_licence_shape"),
        ("MIT CC0-1.0", "project_licence_shape"),
        ("MIT WITH CC0-1.0", "project_licence_shape"),
        ("<script>alert(1)</script>", "project_licence_shape"),
        ("()", "project_licence_shape"),
        ("AND", "project_licence_shape"),
        ("M" * 300, "text_too_long"),
        ("(" * 199, "project_licence_shape"),
    ],
)
def test_what_is_no_expression_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        licences.normal(typed)
    assert (caught.value.code, caught.value.field) == (code, "licence")
    assert reader().say(caught.value.code, caught.value.values)


@given(st.text(alphabet="MITCO0-19. ()+:WHDANR<'\"\u4e2d\n", max_size=40))
def test_whatever_is_typed_is_written_or_refused(typed: str) -> None:
    try:
        written = licences.normal(typed)
    except Refused:
        return
    assert "<" not in written
    assert licences.plain(written)
    licences.openness(written)


@pytest.mark.parametrize(
    ("expression", "openness"),
    [
        ("CERN-OHL-S-2.0", Openness.OPEN),
        ("CC-BY-SA-4.0", Openness.OPEN),
        ("CC-BY-NC-4.0", Openness.LIMITED),
        ("CC-BY-NC-SA-4.0", Openness.LIMITED),
        ("CC-BY-ND-4.0", Openness.LIMITED),
        ("CC-BY-NC-ND-3.0", Openness.LIMITED),
        ("LicenseRef-AllRightsReserved", Openness.LIMITED),
        ("", Openness.LIMITED),
        ("LicenseRef-Ours", Openness.UNCLEAR),
        ("Beerware", Openness.UNCLEAR),
        ("CC-BY-NC-4.0 OR CERN-OHL-P-2.0", Openness.OPEN),
        ("CC-BY-NC-4.0 AND CERN-OHL-P-2.0", Openness.LIMITED),
        ("MIT AND LicenseRef-Ours", Openness.UNCLEAR),
        ("MIT OR (CC-BY-NC-4.0 AND MIT)", Openness.OPEN),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", Openness.OPEN),
    ],
)
def test_a_choice_is_as_open_as_its_freest_and_a_sum_as_its_strictest(expression: str, openness: Openness) -> None:
    assert licences.openness(expression) is openness


def test_every_licence_of_an_expression_has_plain_words() -> None:
    parts = licences.plain("CC-BY-NC-4.0 OR CERN-OHL-P-2.0 OR (CC-BY-NC-4.0 AND LicenseRef-Ours)")
    assert [each.name for each in parts] == ["CC-BY-NC-4.0", "CERN-OHL-P-2.0", "LicenseRef-Ours"]
    assert all(reader(language).say(each.code) for each in parts for language in ("en", "zh_Hans"))
    assert "not open hardware" in reader().say(parts[0].code)
    common = [part for name in licences.COMMON for part in licences.plain(name)]
    assert "licence_other" not in {each.code for each in common}
