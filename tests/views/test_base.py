"""The frame of every page: rail by rank, language and theme, errors that say what to do next."""

import re

import pytest
from django.template import Context, Template
from django.template.loader import get_template
from django.test import Client, RequestFactory

from tests.factories.cast import cast
from tickets.context_processors import Frame, frame

BACKEND = "config.accounts.StaffBackend"


@pytest.fixture
def people(db):
    return cast()


def signed_in(staff) -> Client:
    client = Client()
    client.force_login(staff, backend=BACKEND)
    return client


def rail_of(staff) -> set[str]:
    request = RequestFactory().get("/")
    request.user = staff
    return {place.icon for group in Frame(request).rail for place in group}


def html(source: str, **values) -> str:
    return Template("{% load desk i18n %}" + source).render(Context(values))


def test_the_rail_widens_with_rank(people):
    operator, leader, sv = rail_of(people.operator), rail_of(people.leader), rail_of(people.sv)
    assert operator <= leader <= sv


def test_the_frame_asks_the_database_nothing(people, django_assert_num_queries):
    request = RequestFactory().get("/gallery/")
    request.user = people.administrator
    with django_assert_num_queries(0):
        made = frame(request)["frame"]
        assert made.rail
        assert made.urls["preferences"] == "/preferences/"
        assert made.theme == "system"


def test_the_gallery_is_for_the_administrator(people):
    assert signed_in(people.operator).get("/gallery/").status_code == 403
    page = signed_in(people.administrator).get("/gallery/")
    assert page.status_code == 200
    assert "あと18分" in page.content.decode()


def test_no_inline_script_or_style_and_htmx_evaluates_nothing(people):
    page = signed_in(people.administrator).get("/gallery/").content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert all(" src=" in tag for tag in re.findall(r"<script\b[^>]*>", page))
    assert '"allowEval":false' in page
    assert '"includeIndicatorStyles":false' in page
    assert '"historyCacheSize":0' in page


def test_language_and_theme_are_the_persons_own(people):
    client = signed_in(people.administrator)
    client.post("/preferences/", {"language": "en", "next": "/gallery/"})
    client.post("/preferences/", {"theme": "dark", "next": "/gallery/"})
    elsewhere = signed_in(people.administrator)  # another machine, no cookies
    page = elsewhere.get("/gallery/").content.decode()
    assert '<html lang="en"' in page
    assert 'data-theme="dark"' in page
    assert "Wants a superior" in page


def test_before_sign_in_the_machine_remembers(db):
    client = Client()
    assert (
        '<html lang="ja"'
        in client.get("/accounts/login/", headers={"accept-language": "en"}).content.decode()
    )
    answer = client.post("/preferences/", {"language": "en", "theme": "light", "next": "/accounts/login/"})
    assert answer.url == "/accounts/login/"
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="en"' in page
    assert 'data-theme="light"' in page
    assert "Staff ID" in page


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_preferences_lead_to_this_desk_alone(db, target):
    assert Client().post("/preferences/", {"language": "en", "next": target}).url == "/"


def test_unknown_choices_change_nothing(people):
    signed_in(people.operator).post("/preferences/", {"language": "xx", "theme": "pink"})
    people.operator.refresh_from_db()
    assert (people.operator.language, people.operator.theme) == ("ja", "system")


@pytest.mark.parametrize("name", ["500.html", "busy.html"])
def test_a_page_of_last_resort_needs_no_request(name):
    page = get_template(name).template.render(Context())
    assert "<h1>" in page
    assert "/static/" in page


def test_an_unknown_address_says_what_to_do_next(people):
    answer = signed_in(people.operator).get("/no-such-page/")
    assert answer.status_code == 404
    assert "電話番号・カナ・氏名・契約番号で検索" in answer.content.decode()


def test_a_form_that_was_open_too_long_says_so(people):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/preferences/", {"language": "en"})
    assert answer.status_code == 403
    assert "下書きに残っています" in answer.content.decode()


def test_sign_in_names_the_field_and_keeps_the_id(people):
    page = Client().post("/accounts/login/", {"login": "nobody", "password": "wrong"}).content.decode()
    assert 'value="nobody"' in page
    assert 'role="alert"' in page


def test_a_component_sees_its_parameters_and_nothing_else():
    made = html('{% component "notice" text="yes" / %}', title="leaked", alert=True)
    assert "yes" in made
    assert "leaked" not in made
    assert "alert" not in made


def test_a_component_takes_content_and_parts():
    made = html(
        '{% component "panel" title="T" %}<b>{{ x }}</b>{% part "actions" %}<i>{{ x }}</i>{% endpart %}{% endcomponent %}',
        x="<&>",
    )
    assert "<b>&lt;&amp;&gt;</b>" in made
    assert "<i>&lt;&amp;&gt;</i>" in made


def test_what_a_component_is_given_is_escaped():
    assert "<script>" not in html('{% component "empty" title=x / %}', x="<script>")


def test_undo_comes_with_a_message():
    made = html('{% component "toast" text="Done" undo="/undo/7/" / %}')
    assert 'action="/undo/7/"' in made
    assert 'data-seconds="10"' in made
