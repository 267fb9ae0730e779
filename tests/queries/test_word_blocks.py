"""Which blocks hold a pair is summed up once they are full; what is found stays what a plain comparison finds (F)."""

import random

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import clock
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.balance import all_checks
from tickets.dates import jst
from tickets.grams import BLOCK_BITS, folded_sql
from tickets.models import PairBlocks, TimelineEntry
from tickets.queries import words
from tickets.queries.word_blocks import holding
from tickets.services import word_blocks

pytestmark = pytest.mark.django_db

AT = jst(2026, 1, 26, 10, 0)
AMPLE = 60.0
# Few characters, so that the same pairs come again; some of a width, a case or a form that is folded.
LETTERS = "解約料金の工事髙高ＡaB1１ｱア％%_\\鮎 　\n"


@pytest.fixture(autouse=True)
def _first_block(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE tickets_timelineentry_id_seq RESTART")


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)


@pytest.fixture
def write(case):
    """An entry in a block; more than one a block stand side by side."""

    def written(block, text, place=0, kind="note"):
        TimelineEntry.objects.create(
            pk=(block << BLOCK_BITS) + 100 + place,
            customer=case.customer,
            ticket=case,
            kind=kind,
            at=AT,
            summary=text,
        )

    return written


def found(people, text, **more):
    """Over all pages."""
    rows, after = [], ""
    while True:
        answer = words.search(text=text, staff=people.operator, after=after, size=7, budget=AMPLE, **more)
        rows += [row.pk for row in answer.rows]
        if answer.whole:
            return rows
        after = answer.next


def compared(text):
    """What holds every word, folded as the search folds, by looking at each entry."""
    told = TimelineEntry.objects.order_by("-pk").exclude(kind__startswith="line.")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {folded_sql('summary').replace('%', '%%')} FROM tickets_timelineentry WHERE id = ANY(%s)",
            [list(told.values_list("pk", flat=True))],
        )
        folded = dict(cursor.fetchall())
    terms = [words.fold(term) for term in text.split()]
    return [pk for pk in sorted(folded, reverse=True) if all(term in folded[pk] for term in terms)]


def searched_for(text):
    """Not too short, and no word more than are asked for."""
    terms = [words.fold(term) for term in text.split()]
    return len(terms) <= words.MOST_TERMS and any(len(term) >= words.SHORTEST for term in terms)


@pytest.mark.parametrize("seed", range(2))
def test_it_finds_what_a_plain_comparison_finds(people, write, seed):
    rng = random.Random(seed)
    texts = ["".join(rng.choices(LETTERS, k=rng.randint(1, 14))) for _ in range(160)]
    blocks = [0, 1, 5, 62, 63, 64, 65, 127, 128, 140]
    for place, text in enumerate(texts):
        write(rng.choice(blocks), text, place)
    cuts = [text[i : i + rng.randint(2, 5)] for text in texts[:40] for i in [rng.randrange(len(text))]]
    asked = [cut for cut in (*cuts, "解約 料金", "の% 工事", "鮎鮎鮎", "工解") if searched_for(cut)]
    before = {cut: found(people, cut) for cut in asked}
    assert before == {cut: compared(cut) for cut in asked}
    assert any(before.values())
    call_command("sum_up_words")
    assert {cut: found(people, cut) for cut in asked} == before
    write(140, texts[0], 500)
    assert found(people, "鮎鮎") == compared("鮎鮎")


@pytest.mark.parametrize("text", ["鮎鱧", "鮎鱧の", "鮎鱧の鰯", "鮎鱧の鰯で", "鮎鱧の鰯です"])
def test_every_pair_of_a_text_of_any_length_is_found(people, write, text):
    write(0, text)
    for at in range(len(text) - 1):
        assert found(people, text[at : at + 2]) == [100]


def test_only_full_blocks_are_summed_up_and_each_once(people, write):
    write(0, "鮎釣り")
    write(1, "鮎釣り")
    write(2, "鮎釣り")
    assert word_blocks.sum_up() == 2
    assert word_blocks.sum_up() == 0
    assert holding(["鮎釣"]).held == {0: 0b11}
    assert holding(["鮎釣"]).summed == {0: 0b11}
    assert len(found(people, "鮎釣")) == 3


def test_what_nobody_searches_is_not_summed_up(write):
    write(0, "鮎釣り", kind="line.stopped")
    write(1, "別の話")
    word_blocks.sum_up()
    assert not PairBlocks.objects.filter(pair="鮎釣").exists()


def test_the_last_block_of_a_span_is_a_block_like_any_other(people, write):
    write(63, "鮎釣り")
    write(64, "別の話")
    call_command("sum_up_words")
    assert list(holding(["鮎釣"]).below(65 << BLOCK_BITS)) == [64, 63]
    assert found(people, "鮎釣") == [(63 << BLOCK_BITS) + 100]


def test_a_block_waits_for_those_who_are_writing(write):
    write(0, "鮎釣り")
    write(1, "別の話")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE tickets_timelineentry IN ROW EXCLUSIVE MODE")
            assert word_blocks.sum_up(patience=0.0) == 0
            cursor.execute("ROLLBACK")
        assert word_blocks.sum_up(patience=0.0) == 1
    finally:
        other.close()


def test_what_stands_nowhere_asks_the_newest_block_alone(people, write):
    for block in range(5):
        write(block, "別の話")
    call_command("sum_up_words")
    assert list(holding(["鮎釣"]).below(5 << BLOCK_BITS)) == [4]
    with CaptureQueriesContext(connection) as asked:
        answer = words.search(text="鮎釣", staff=people.operator)
    assert (len(asked), answer.whole, list(answer.rows)) == (2, True, [])


def test_rare_words_are_looked_for_in_one_statement(people, write):
    for block in range(20):
        write(block, "鮎釣り" if block % 4 == 0 else "別の話")
    call_command("sum_up_words")
    with CaptureQueriesContext(connection) as asked:
        answer = words.search(text="鮎釣", staff=people.operator)
    assert (len(asked), answer.whole, len(answer.rows)) == (3, True, 5)


def test_the_reconciler_finds_what_a_search_passes_by(people, write):
    write(0, "鮎釣り")
    write(1, "別の話")
    look = dict(all_checks())["tickets.words"]
    assert list(look(clock.now())) == []
    call_command("sum_up_words")
    assert list(look(clock.now())) == []
    PairBlocks.objects.filter(pair="釣り").delete()
    assert [finding.ref for finding in look(clock.now())] == ["entry 100"]
    call_command("sum_up_words", anew=True)
    assert list(look(clock.now())) == []
    assert found(people, "鮎釣り") == [100]
