"""Chinese words stand close to Chinese values, and a blank apart from Latin ones and from figures."""

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext, ngettext
from markupsafe import Markup

from fabqueue.wording import reader as reader_for
from fabqueue.wording.spacing import close_up
from fabqueue.wording.values import unbroken
from tests.languages.conftest import Scene


@pytest.mark.parametrize(
    ("message", "value", "said"),
    [
        ("由 %(name)s 批准", "王伟", "由王伟批准"),
        ("由 %(name)s 批准", "Mia", "由 Mia 批准"),
        ("由 %(name)s 批准", "小明 Ming", "由小明 Ming 批准"),
        ("%(name)s 前需要", "11月29日", "11月29日前需要"),
        ("请到 %(name)s，凭编号", "3 号架", "请到 3 号架，凭编号"),
        ("作者 <b>%(name)s</b> 填写", "王伟", "作者<b>王伟</b>填写"),
        ("For %(name)s here", "王伟", "For 王伟 here"),
    ],
)
def test_blanks_follow_the_value(message: str, value: str, said: str) -> None:
    values = {"name": value}
    assert close_up(message, values) % values == said


def test_what_somebody_typed_stays_as_it_is() -> None:
    values = {"name": "王 伟 "}
    assert close_up("由 %(name)s 批准", values) % values == "由王 伟  批准"


def test_a_range_of_times_has_no_blanks() -> None:
    chinese, english = reader_for("zh_Hans"), reader_for("en")
    assert chinese.span(1860, 2580, "_seconds") == unbroken("31 分钟") + "至 " + unbroken("43 分钟")
    assert english.span(1860, 2580, "_seconds") == f"{unbroken('31 min')} to {unbroken('43 min')}"


@pytest.fixture
def app(scene: Scene) -> Flask:
    return scene.app


@pytest.mark.parametrize("language", ["zh_Hans"], indirect=True)
def test_views_and_templates_say_it_alike(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert gettext("Hand out %(code)s", code="王") == "交付王"
        assert ngettext("%(num)s piece", "%(num)s pieces", 2) == "2 件"
        template = '{{ _("Hand out %(code)s", code=code) }}|{{ ngettext("%(num)s piece", "%(num)s pieces", 2) }}'
        assert render_template_string(template, code="王") == "交付王|2 件"
        assert render_template_string(template, code="<i>") == "交付 &lt;i&gt;|2 件"
        assert render_template_string(template, code=Markup("<b>王</b>")) == "交付<b>王</b>|2 件"
