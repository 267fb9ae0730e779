"""The quicker templates: what Django's own engine renders, they render, letter for letter, and fail where it fails."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.http import QueryDict
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from config.templating.loader import QuickTemplate
from config.templating.pieces import Nodes

AT = dt.datetime(2026, 1, 31, 1, 40, tzinfo=dt.UTC)


class Row:
    """What a page hands to a template: attributes, methods, and some that had better not be called."""

    name = "<山田> & 花子"
    empty = ""
    nothing = None

    def __init__(self, number=7):
        self.number = number

    def said(self):
        return "said"

    def silent(self):
        raise ObjectDoesNotExist

    def loud(self):
        raise RuntimeError("loud")

    def needs(self, more):
        return more

    def deletes(self):
        raise AssertionError("called from a template")

    deletes.alters_data = True

    @property
    def broken(self):
        raise AttributeError("inside")

    def __str__(self):
        return "a <row>"


class Kind:
    do_not_call_in_templates = True
    label = "kind"

    def __call__(self):
        raise AssertionError("called from a template")


def values():
    request = RequestFactory().get("/queue/?after=x&after=y")
    return {
        "row": Row(), "rows": [Row(1), Row(2), Row(3)], "pairs": [("a", 1), ("b", 2)], "none": None, "zero": 0, "text": "a<b>'\"&",
        "safe": mark_safe("<b>bold</b>"), "lazy": gettext_lazy("Search"), "number": 1234567, "ratio": 1.5, "at": AT, "day": AT.date(),
        "table": {"key": "<v>", "items": "own", "nested": {"deep": Row(9)}, "1": "one"}, "request": request, "query": QueryDict("a=1&a=2"),
        "person": SimpleLazyObject(lambda: Row(5)), "kind": Kind(), "call": lambda: "called", "space": SimpleNamespace(a=SimpleNamespace(b="<c>")),
        "true": True, "made": (number for number in (1, 2, 3)),
    }  # fmt: skip


CONSTRUCTS = [
    "plain {{ text }} {{ safe }} {{ lazy }} {{ number }} {{ ratio }} {{ at }} {{ day }} {{ none }} {{ zero }} {{ true }}",
    "{{ row }} {{ row.name }} {{ row.number }} {{ row.said }} {{ row.empty }}|{{ row.nothing }}|{{ row.nothing.more }}",
    "{{ absent }}|{{ absent.more }}|{{ row.absent }}|{{ row.absent.more }}|{{ table.absent }}|{{ none.x }}|{{ text.x }}",
    "{{ row.silent }}|{{ row.needs }}|{{ row.deletes }}|{{ kind.label }}|{{ call }}|{{ row.silent.more }}",
    "{{ table.key }} {{ table.items }} {{ table.nested.deep.number }} {{ table.1 }} {{ table.keys }} {{ table.copy.key }}",
    "{{ rows.0 }} {{ rows.1.number }} {{ rows.9 }} {{ pairs.0.1 }} {{ text.0 }} {{ rows.count }}",
    "{{ request.GET.after }}|{{ request.GET.absent }}|{{ request.path }}|{{ query.a }}|{{ query.getlist }}|{{ query.dict }}",
    "{{ person.number }} {{ person.name }} {{ person.absent }} {{ person }} {{ space.a.b }} {{ template.name }} {{ dicts }}",
    "{{ absent|default:'―' }} {{ text|default:'―' }} {{ none|default_if_none:'<x>' }} {{ absent|default_if_none:'x' }} {{ text|upper }}",
    "{{ safe|upper }} {{ text|safe }} {{ text|escape }} {{ text|force_escape }} {{ rows|length }} {{ text|slice:':2' }} {{ text|first }}",
    "{{ text|cut:row.name }} {{ number|add:row.number }} {{ number|add:zero }} {{ text|linebreaks }} {{ at|date:'H:i' }} {{ at|time }}",
    "{% if row %}yes{% endif %}{% if absent %}no{% else %}else{% endif %}{% if none or row.empty %}a{% elif rows %}b{% else %}c{% endif %}",
    "{% if row.number == 7 and not absent %}a{% endif %}{% if 'a' in text %}b{% endif %}{% if row.number > absent %}c{% endif %}",
    "{% if row.number|add:absent %}a{% endif %}{% if text|cut:absent.more %}b{% endif %}|{% if zero %}c{% endif %}{% if lazy %}d{% endif %}",
    "{% for each in rows %}{{ forloop.counter }}{{ forloop.first }}{{ forloop.last }}{{ forloop.revcounter0 }} {{ each.number }},{% endfor %}",
    "{% for each in absent %}x{% empty %}nothing{% endfor %}{% for each in none %}x{% empty %}nothing{% endfor %}{% for e in made %}{{ e }}{% endfor %}",
    "{% for each in rows reversed %}{% for a, b in pairs %}{{ forloop.parentloop.counter }}{{ a }}{{ b }}{{ each.number }} {% endfor %}{% endfor %}",
    "{% for key, value in table.nested.items %}{{ key }}{{ value.number }}{% endfor %}{{ each }}{{ forloop }}",
    "{% with a=row.number b=text %}{{ a }}{{ b }}{{ row.name }}{% endwith %}{{ a }}{% firstof absent none text %}{% now 'Y' %}",
    "{% for each in rows %}{% cycle 'odd' 'even' %}{% ifchanged %}{{ each.name }}{% endifchanged %}{% endfor %}",
    "{% autoescape off %}{{ text }}{{ row.name }}{% if row %}{{ text|default:'' }}{% endif %}{% for e in rows %}{{ e }}{% endfor %}{% endautoescape %}{{ text }}",
    "{% load i18n %}{% translate 'Search' %} {% translate 'Close' context 'verb' %} {{ _('Search') }} {% translate text %} {% translate 'Search' as said %}{{ said }}",
    "{% load i18n %}{% blocktranslate count n=row.number %}We owe this customer {{ n }} thing{% plural %}We owe this customer {{ n }} things{% endblocktranslate %}",
    "{% load i18n %}{% translate 'Search' noop %}{{ _('Search')|upper }}{% translate 'Search'|lower %}{% if _('Search') %}x{% endif %}100%% {% translate '50%' %}",
    "{% load i18n %}{% translate 'Search' %}{% language 'en' %}{% translate 'Search' %}{{ lazy }}{% language 'ja' %}{% translate 'Search' %}{% endlanguage %}{% endlanguage %}{% translate 'Search' %}",
    "{% load desk %}{% icon 'phone-in' %}{% icon absent|default:'x' %}{% icon row.said %}{% icon 'flag' as flag %}{{ flag }}{{ flag }}",
    "{% load desk %}{% url 'tickets:queue' %} {% url 'tickets:case' 'T1' %} {% url 'tickets:case' row.said as there %}{{ there }} {% url 'tickets:nowhere' as none %}{{ none }}",
    "{% load desk %}{% component 'panel' title=row.name count=0 %}in <{{ row.name }}>{% part 'actions' %}{{ text }}{% endpart %}{% endcomponent %}",
    "{% load desk %}{% component 'notice' tone='danger' title=_('Search') text=absent / %}{% component 'empty' title=text icon=absent / %}",
    "{% include 'components/empty.html' with title=text %}{% include 'components/empty.html' with title=row.name only %}{% include row.absent|default:'components/empty.html' %}",
    "{% spaceless %}<p> {{ text }} </p> <p>{% comment %}{{ absent.x }}{% endcomment %}</p>{% endspaceless %}{# {{ nothing }} #}{% verbatim %}{{ x }}{% endverbatim %}",
    "{% filter upper %}{{ text }}{% if row %}x{% endif %}{% endfilter %}{% regroup rows by said as groups %}{% for g in groups %}{{ g.grouper }}{{ g.list|length }}{% endfor %}",
    "{% block a %}a{% if row %}{{ row.name }}{% endif %}{% endblock %}",
    "",
]  # fmt: skip


def rendered(kind, source, **more):
    template = kind(source, engine=engines["django"].engine)
    return template.render(Context(values() | more))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("source", CONSTRUCTS)
def test_every_construct_says_what_djangos_own_says(source, language):
    with override(language):
        template = QuickTemplate(source, engine=engines["django"].engine)
        usual = rendered(Template, source)
        for _ in range(2):
            assert template.render(Context(values())) == usual


def test_a_page_begun_in_one_language_leaves_nothing_for_the_other():
    template = QuickTemplate(
        "{% load i18n desk %}{% icon 'flag' %}{% translate 'Search' %}{{ _('Search') }}",
        engine=engines["django"].engine,
    )
    said = {}
    for language in ("ja", "en", "ja", "en"):
        with override(language):
            now = template.render(Context())
        assert said.setdefault(language, now) == now
    assert said["ja"] != said["en"]


def test_a_parent_and_its_children_fill_their_blocks():
    engine = engines["django"].engine
    parent = QuickTemplate("<{% block a %}parent {{ text }}{% endblock %}|{% block b %}{{ row.name }}{% endblock %}>", engine=engine)  # fmt: skip
    child = "{% extends parent %}{% block a %}{{ block.super }}+{{ row.number }}{% endblock %}"
    usual = Template("<{% block a %}parent {{ text }}{% endblock %}|{% block b %}{{ row.name }}{% endblock %}>", engine=engine)  # fmt: skip
    assert rendered(QuickTemplate, child, parent=parent) == rendered(Template, child, parent=usual)


@pytest.mark.parametrize(
    "source",
    [
        "{{ row.loud }}",
        "{{ row.broken }}",
        "{% if row.loud %}{% endif %}",
        "{% for each in row.loud %}{% endfor %}",
        "{{ text|cut:absent.more }}",
        "{% load desk %}{% url 'tickets:nowhere' %}",
        "{% for a, b in rows %}{% endfor %}",
    ],
)
def test_what_fails_fails_as_it_does_with_django(source):
    with pytest.raises(Exception) as usual:  # noqa: PT011 - whatever Django raises
        rendered(Template, source)
    with pytest.raises(type(usual.value)) as found:
        rendered(QuickTemplate, source)
    # Beyond that the message names objects by where they lie in memory.
    assert str(found.value)[:100] == str(usual.value)[:100]


def test_the_pages_are_rendered_by_pieces():
    template = engines["django"].engine.get_template("tickets/case.html")
    assert isinstance(template, QuickTemplate)
    assert isinstance(template.nodelist, Nodes)
