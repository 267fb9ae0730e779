"""Words in the contact history: two characters or a phrase, the newest first, whoever may see them (F)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.grams import BLOCK_BITS, fold, folded_sql
from tickets.models import TimelineEntry
from tickets.queries import words
from tickets.queries.word_blocks import Holding
from tickets.services.tickets import note
from tickets.services.timeline import append_entry

pytestmark = pytest.mark.django_db

AT = jst(2026, 1, 26, 10, 0)
AMPLE = 60.0  # seconds: what is found must not depend on how busy the machine is


@pytest.fixture(autouse=True)
def _first_block(db):
    """Entries are numbered from one again, until the test is rolled back: the search goes by blocks of numbers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE tickets_timelineentry_id_seq RESTART")


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)


@pytest.fixture
def write(people, case):
    def written(text, *, at=AT, actor=None):
        return note(ticket_id=case.pk, text=text, at=at, actor=actor or people.operator)

    return written


def years_later(case, blocks, text):
    """An entry so many blocks of entries after the first."""
    pk = (blocks << BLOCK_BITS) + 1
    TimelineEntry.objects.create(pk=pk, customer=case.customer, ticket=case, kind="note", at=AT, summary=text)


def found(people, text, **more):
    return [row.summary for row in words.search(text=text, staff=people.operator, budget=AMPLE, **more).rows]


@pytest.mark.parametrize("text", ["鮎釣", "鮎釣り", "釣り 鮎", "の件で", "ＡＢＣ", "abc"])
def test_two_characters_or_a_phrase_in_any_width(people, write, text):
    write("鮎釣りの件で ABC へ連絡")
    write("別の話")
    assert found(people, text) == ["鮎釣りの件で ABC へ連絡"]


@pytest.mark.parametrize("text", ["件鮎", "り鮎", "鮎釣り 別の", "100%", "_釣"])
def test_what_was_not_written_is_not_found(people, write, text):
    write("鮎釣りの件で")
    assert found(people, text) == []


def test_one_character_says_that_it_is_too_short(people, write):
    write("鮎釣り")
    answer = words.search(text="鮎", staff=people.operator)
    assert (answer.too_short, list(answer.rows)) == (True, [])


def test_the_subject_of_a_case_is_found_too(people, case):
    make.ticket(
        customer=make.customer(), desk=people.desk, actor=people.operator, at=AT, subject="鱧の骨切り"
    )
    assert found(people, "鱧の") == ["鱧の骨切り"]


def test_newest_first_by_key(people, write):
    for i in range(7):
        write(f"鮎釣り{i}回目", at=AT + dt.timedelta(minutes=i))
    first = words.search(text="鮎釣", staff=people.operator, size=5)
    rest = words.search(text="鮎釣", staff=people.operator, size=5, after=first.next)
    assert [row.summary[3] for row in (*first.rows, *rest.rows)] == list("6543210")
    assert (first.whole, rest.whole, rest.next) == (False, True, "")


def test_filters(people, case, write):
    write("鮎釣り", at=AT)
    write("鮎釣り二", at=AT + dt.timedelta(days=2), actor=people.technical)
    assert found(people, "鮎釣", filters=words.Filters(desk_id=people.technical_desk.pk)) == ["鮎釣り二"]
    assert found(people, "鮎釣", filters=words.Filters(since=AT + dt.timedelta(days=1))) == ["鮎釣り二"]
    assert len(found(people, "鮎釣", filters=words.Filters(area="note"))) == 2
    assert found(people, "鮎釣", filters=words.Filters(area="contact")) == []


def test_a_partner_finds_only_what_they_share(people, case, write):
    append_entry(
        customer_id=case.customer_id,
        ticket_id=case.pk,
        kind="note",
        at=AT,
        actor=people.operator,
        summary="鮎釣り",
    )
    assert words.search(text="鮎釣", staff=people.partner_operator).rows == []


def test_older_blocks_are_looked_through(people, case, write):
    """Entries far apart in number, as after years, are found as one list."""
    write("鮎釣り昔")
    years_later(case, 5, "鮎釣り今")
    assert found(people, "鮎釣") == ["鮎釣り今", "鮎釣り昔"]


def test_when_its_time_is_spent_it_says_how_far_it_looked(people, case, write):
    write("鮎釣り")
    years_later(case, 40, "別の話")
    answer = words.search(text="鮎釣", staff=people.operator, budget=0.0)
    assert (list(answer.rows), answer.whole, answer.looked_back_to) == ([], False, AT)
    for _ in range(40):
        if answer.whole:
            break
        answer = words.search(text="鮎釣", staff=people.operator, after=answer.next, budget=0.0)
    assert [row.summary for row in answer.rows] == ["鮎釣り"]


def test_the_next_statement_takes_no_more_than_the_time_left_allows():
    walk = words._Walk(["鮎釣"], words.Filters(), Holding(10**9), 10**9, 31)
    assert walk.stride(0.0) == words.FIRST_STRIDE
    walk._last, walk._pace = 2, 0.004  # as where a filter rejects thousands of candidates
    assert [walk.stride(left) for left in (0.03, 0.004, 0.003, 0.0)] == [7, 1, 0, 0]
    walk._last, walk._pace = 100, 0.00003
    assert walk.stride(0.03) == words.MOST_BLOCKS


def test_database_and_python_fold_alike():
    text = "ＡＢＣ ｱｲｳ 髙田様　㈱\tＭiX"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {folded_sql('%s::text').replace('%s::text', '$$' + text + '$$')}")
        assert cursor.fetchone()[0] == fold(text)


def test_a_search_is_three_queries(people, write):
    write("鮎釣り")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        words.search(text="鮎釣", staff=people.operator)
    assert len(asked) == 3
    assert TimelineEntry.objects.filter(summary="鮎釣り").count() == 1


def test_the_tab_of_the_search(people, case, write, client):
    write("鮎釣りの件で")
    client.force_login(people.operator)
    answer = client.get("/search/", {"q": "鮎釣", "in": "words"})
    assert answer.status_code == 200
    assert "鮎釣りの件で" in answer.content.decode()
