"""What the macros make of what they are given."""

import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup
from wtforms import Form, RadioField, StringField
from wtforms.validators import InputRequired

from tests.face.lab import lab


def render(source: str, **context: object) -> str:
    app = lab()
    with app.test_request_context("/"):
        return app.jinja_env.from_string(source).render(**context)


class AskForm(Form):
    name = StringField("Name", [InputRequired()], description="As on the door.")
    who = RadioField("Who arms it", [InputRequired()], choices=["me", "staff"])


class Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.pointed: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.add(values["id"])
        self.pointed.update(values.get("aria-describedby", "").split())
        self.pointed.add(values["for"]) if "for" in values else None
        if values.get("href", "").startswith("#"):
            self.pointed.add(values["href"][1:])


FIELDS = """{% from "_macros/forms.html" import error_summary, field %}
{{ error_summary(form) }}{{ field(form.name) }}{{ field(form.who, hint="Stay there.") }}"""


def test_a_wrong_field_points_to_its_error_and_its_hint() -> None:
    form = AskForm()
    form.validate()
    html = render(FIELDS, form=form)
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="name-e name-h"' in html


def test_everything_that_points_points_somewhere() -> None:
    form = AskForm()
    form.validate()
    page = Ids()
    page.feed(re.sub(r"<use [^>]*>", "", render(FIELDS, form=form)))
    assert page.pointed
    assert page.pointed <= page.ids


def test_a_form_without_faults_shows_no_summary() -> None:
    html = render(FIELDS, form=AskForm())
    assert 'role="alert"' not in html
    assert "aria-invalid" not in html


def test_an_optional_field_says_so_and_a_required_one_does_not() -> None:
    class Free(Form):
        note = StringField("Note")

    source = '{% from "_macros/forms.html" import field %}{{ field(f) }}'
    assert 'class="opt"' in render(source, f=Free().note)
    assert 'class="opt"' not in render(source, f=AskForm().name)


RANGE = """{% from "_macros/measure.html" import range_bar %}
{{ range_bar(low, mid, high, "words", actual=actual, top=100) }}"""


def test_a_range_stands_in_percent_of_its_scale() -> None:
    html = render(RANGE, low=40, mid=50, high=60, actual=55)
    assert 'class="band" x="40.0%" width="20.0%"' in html
    assert 'class="mid" x1="50.0%"' in html
    assert 'class="act" cx="55.0%"' in html


def test_what_took_longer_than_the_range_is_marked_late_and_stays_inside() -> None:
    html = render(RANGE, low=40, mid=50, high=60, actual=140)
    assert 'class="act late" cx="100%"' in html


def test_a_range_of_nothing_is_drawn_without_dividing_by_it() -> None:
    source = '{% from "_macros/measure.html" import range_bar %}{{ range_bar(0, 0, 0, "words") }}'
    assert 'class="band" x="0' in render(source)


def test_progress_that_is_not_known_has_no_value() -> None:
    source = '{% from "_macros/measure.html" import progress %}{{ progress(done, "Printed") }}'
    assert "value=" not in render(source, done=None)
    assert 'value="46.3"' in render(source, done=46.31)


VIEW = {"right": (0.8480, 0.5299, 0.0), "up": (-0.2488, 0.3981, 0.8829), "fill": 0.72, "width": 512, "height": 512}
DIMS = '{% from "_macros/viewer.html" import dims %}{{ dims(extents, view) }}'


def points(html: str) -> list[tuple[float, float]]:
    line = re.findall(r' d="([^"]+)"', html)[1]
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", line)]


@pytest.mark.parametrize("extents", [(81.7, 64.0, 96.0), (300, 5, 5), (5, 300, 5), (2, 2, 200), (120, 120, 0.4)])
@pytest.mark.parametrize("view", [VIEW, {**VIEW, "width": 880, "height": 660}], ids=["square", "wide"])
def test_dimension_lines_stay_inside_the_picture(extents: tuple[float, float, float], view: dict[str, object]) -> None:
    html = render(DIMS, extents=extents, view=view)
    numbers = [tuple(map(float, pair)) for pair in re.findall(r'x="(-?[\d.]+)" y="(-?[\d.]+)"', html)] + points(html)
    assert all(0 <= x <= 880 and 0 <= y <= 660 for x, y in numbers)


def test_dimension_lines_are_as_long_as_the_box_is() -> None:
    """A cube's two bottom edges and its height, seen along (-58, 28) degrees, in the ratio of their projections."""
    html = render(DIMS, extents=(100, 100, 100), view=VIEW)
    left, front, side = points(html)[:3]
    assert (front[0] - left[0]) / (side[0] - front[0]) == pytest.approx(0.8480 / 0.5299, rel=0.01)
    rise = re.search(r"M[\d.]+ ([\d.]+)V([\d.]+)", html)
    assert rise is not None
    assert (float(rise[1]) - float(rise[2])) / (front[0] - left[0]) == pytest.approx(0.8829 / 0.8480, rel=0.01)


def test_dimension_lines_stand_where_a_square_picture_shows_the_box() -> None:
    """A rod along x: its ends are `fill` of the picture apart, which is as high as the drawing."""
    left, front = points(render(DIMS, extents=(100, 0.001, 0.001), view=VIEW))[:2]
    assert front[0] - left[0] == pytest.approx(0.72 * 660, rel=0.001)


def test_a_picture_of_unknown_view_carries_no_lines() -> None:
    source = '{% from "_macros/viewer.html" import viewer %}{{ viewer("/p.webp", "A part", extents=(10, 20, 3)) }}'
    assert "<svg" not in render(source)


def test_a_flat_or_missing_box_draws_no_lines() -> None:
    assert "<svg" not in render(DIMS, extents=(0, 0, 0), view=VIEW)


def test_a_viewer_without_picture_or_model_says_so() -> None:
    html = render('{% from "_macros/viewer.html" import viewer %}{{ viewer(none, "A part") }}')
    assert "No picture of this part." in html
    assert "<model-viewer" not in html


def test_a_viewer_with_a_model_keeps_the_picture_for_those_without_script() -> None:
    source = """{% from "_macros/viewer.html" import viewer %}
    {{ viewer("/p.webp", "A part", model="/m.glb", extents=(10, 20.25, 3)) }}"""
    html = render(source)
    assert '<img slot="poster" src="/p.webp" alt="A part"' in html
    assert 'data-y="20.2 mm"' in html


def test_a_qr_code_carries_every_dark_module() -> None:
    matrix = [bytearray([1, 0]), bytearray([0, 1])]
    html = render('{% from "_macros/measure.html" import qr %}{{ qr(m, "x") }}', m=matrix)
    assert 'd="M2 2h1v1h-1zM3 3h1v1h-1z"' in html


def test_findings_say_their_weight_in_words() -> None:
    source = '{% from "_macros/ui.html" import findings %}{{ findings(items) }}'
    html = render(source, items=[{"severity": "blocker", "message": "A <hole>", "advice": "Close it."}])
    assert "In the way:" in html
    assert "A &lt;hole&gt;" in html


def test_a_message_takes_flasks_own_categories() -> None:
    source = '{% from "_macros/ui.html" import flash %}{{ flash("Saved", "success") }}{{ flash("No", "error") }}'
    html = render(source)
    assert 'class="flash ok"' in html
    assert 'class="flash bad"' in html


def test_a_list_without_neighbours_has_no_pager() -> None:
    source = '{% from "_macros/ui.html" import pager %}{{ pager(none, older) }}'
    assert render(source, older=None).strip() == ""
    assert 'rel="next"' in render(source, older="?before=9")


def test_a_dangerous_button_leads_to_a_page_where_no_script_runs() -> None:
    source = """{% from "_macros/forms.html" import confirm_button %}
    {{ confirm_button("stop", "Cancel", "/jobs/1/cancel") }}"""
    html = render(source)
    assert 'href="/jobs/1/cancel"' in html
    assert 'data-dialog="stop"' in html


def test_the_codes_of_jobs_in_a_sentence_stay_whole() -> None:
    said = render("{{ text|unbroken }}", text="<J-7> J-2014, J-15?")
    assert said == '&lt;<span class="nb">J-7</span>&gt; <span class="nb">J-2014</span>, <span class="nb">J-15</span>?'


def test_a_link_in_such_a_sentence_stays_a_link() -> None:
    link = Markup('J-7 &amp; <a href="/jobs/J-7/ticket">the ticket of J-7</a>')
    whole = '<span class="nb">J-7</span>'
    said = render("{{ text|unbroken }}", text=link)
    assert said == f'{whole} &amp; <a href="/jobs/J-7/ticket">the ticket of {whole}</a>'
