"""The rows that are written in Python: nothing that came from outside becomes markup."""

import datetime as dt
from types import SimpleNamespace as Thing

import pytest
from django.utils import translation
from django.utils.safestring import SafeString

from tickets import markup

AT = dt.datetime(2026, 1, 26, 1, 30, tzinfo=dt.UTC)
EVIL = "<script>\"'&"
HARMLESS = "&lt;script&gt;&quot;&#x27;&amp;"


def entry(**more):
    given = {"pk": 7, "kind": "note", "at": AT, "actor": EVIL, "desk": EVIL, "summary": EVIL,
             "ticket": Thing(get_absolute_url=f"/{EVIL}", number=EVIL), "contact": Thing(recording_ref=EVIL)}  # fmt: skip
    return Thing(**(given | more))


def ticket(**more):
    given = {"pk": 7, "number": EVIL, "subject": EVIL, "customer": Thing(name=EVIL), "status": EVIL, "priority": EVIL,
             "desk": EVIL, "assignee": EVIL, "due_at": AT, "get_absolute_url": f"/{EVIL}", "get_kind_display": EVIL}  # fmt: skip
    return Thing(**(given | more))


@pytest.mark.parametrize(
    ("made", "times"),
    [
        (lambda: markup.timeline_entry(entry(), title=EVIL, note=EVIL), 8),
        (lambda: markup.timeline_entry(entry(kind=EVIL, title="", summary="")), 6),
        (lambda: markup.queue_row(ticket(), now=AT, select=True), 10),
        (lambda: markup.icon("pen", EVIL), 1),
    ],
)
def test_what_came_from_outside_is_escaped(made, times):
    html = made()
    assert isinstance(html, SafeString)
    assert EVIL not in html
    assert "<script" not in html
    assert html.count(HARMLESS) >= times


def test_an_entry_says_what_its_kind_is_called_and_when_in_the_language_of_the_reader():
    plain = entry(actor=None, desk=None, ticket=None, contact=None, summary="再送")
    with translation.override("ja"):
        html = markup.timeline_entry(plain)
    assert '<time class="muted small" datetime="2026-01-26T10:30:00+09:00">1/26(月) 10:30<' in html
    assert '<div class="timeline-body">再送</div>' in html
    with translation.override("en"):
        assert "Mon 26 Jan, 10:30" in markup.timeline_entry(plain)


def test_the_case_of_an_entry_is_not_named_on_its_own_page():
    assert "<a " not in markup.timeline_entry(entry(), compact=True)
    assert "timeline-struck" in markup.timeline_entry(entry(), struck=True)


def test_a_row_of_a_queue_shows_what_is_late_and_what_is_open():
    late = markup.queue_row(ticket(), now=AT + dt.timedelta(minutes=3), current=7)
    assert late.startswith('<tr class="is-late is-current"><td')
    assert markup.NOTHING in markup.queue_row(ticket(due_at=None), now=AT)
