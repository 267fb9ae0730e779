"""On a loaded desk: every query of every page by an index, no OFFSET, no unbounded count, as many queries as ever."""

import pytest
from django.db import connection
from django.test import Client

from config import clock
from config.demo.load import empty
from config.load import desk
from tests.load import pages, plans, sample
from tests.services.worker import eventually
from tickets.grams import BLOCK_BITS
from tickets.models import Contact, Promise, Staff, Ticket, TimelineEntry
from tickets.queries import words
from tickets.queries.word_blocks import Holding, holding
from tickets.services.reconcile import reconcile

# As many as CI can afford; `make bench` asks the same at its own size.
TICKETS = 20_000
MOST_QUERIES = 14
PEOPLE = ("sv", "manager", "admin")

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Loaded once, committed; thrown away at the end."""
    with django_db_blocker.unblock():
        empty()  # fresh files: in those that other tests have riddled, reading all of a table seems cheap
        desk.load(tickets=TICKETS, now=clock.now(), quiet=True)
        eventually(_indexes_serve, seconds=120, message="a transaction beside the load does not end")
        yield plans.grown()
        empty()


def _indexes_serve() -> bool:
    """Indexes made beside changed rows serve only those who began after it (indcheckxmin): other tests are still at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM pg_index WHERE indcheckxmin AND "
            "xmin::text::bigint >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint % 4294967296)"
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture
def as_person(loaded, client: Client):
    def sign_in(login_id):
        client.force_login(Staff.objects.get(login_id=login_id))
        return client

    return sign_in


def found_on(client, addresses, tables):
    for page in addresses:
        yield from plans.offences(page, plans.queries_of(client, page), tables)


def test_the_loaded_desk_balances_and_looks_like_one(loaded):
    assert reconcile(at=clock.now(), everything=True).standing == 0
    assert Ticket.objects.count() == TICKETS
    assert 4.5 < TimelineEntry.objects.count() / TICKETS < 5.5
    assert 0.45 < Promise.objects.count() / TICKETS < 0.55
    assert not Contact.objects.filter(ended_at__isnull=True).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("person", PEOPLE)
def test_every_list_reads_by_an_index(as_person, loaded, person):
    client = as_person(person)
    assert not list(map(str, found_on(client, [*pages.plain(), *pages.tabs()], loaded)))


@pytest.mark.parametrize("person", ["operator", "partner"])
def test_every_page_about_somebody_reads_by_an_index(as_person, loaded, person):
    client = as_person(person)
    later = sample.second_page(Staff.objects.get(login_id="operator"))
    assert not list(map(str, found_on(client, [*pages.of_rows(), f"/queue/?after={later}"], loaded)))


@pytest.mark.parametrize("person", ["sv", "manager"])
def test_figures_read_no_more_than_their_period(as_person, loaded, person):
    client = as_person(person)
    assert not list(map(str, found_on(client, pages.figures(clock.today()), loaded)))


def test_a_name_of_many_reads_by_an_index(as_person, loaded):
    client = as_person("operator")
    assert not list(map(str, found_on(client, pages.of_many_namesakes(), loaded)))


def test_a_page_makes_as_many_queries_whatever_it_shows(as_person):
    client = as_person("operator")
    first = plans.queries_of(client, "/queue/")
    after = sample.second_page(Staff.objects.get(login_id="operator"))
    assert len(plans.queries_of(client, f"/queue/?after={after}")) == len(first)
    # A panel asks for its rows only where the case has any: never more than this, however long the history.
    for case in (*sample.cases(2), *Ticket.objects.open().order_by("pk")[:2]):
        assert len(plans.queries_of(client, f"/tickets/{case.number}/")) <= MOST_QUERIES
    assert len(plans.queries_of(client, f"/customers/{sample.busy_customer().number}/")) <= MOST_QUERIES


@pytest.mark.parametrize("text", ["解約", "鮎梓", "存在しない言葉", "料金の確認をご希望", "解約 再起動"])
def test_words_are_found_by_the_index(loaded, text):
    walk = words._Walk([text], words.Filters(), Holding(10**9), 10**9, 31)
    for walk.below in (10**9, 80_000, 1):
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + walk._sql, walk.values([8, 7, 6, 5, 4, 3, 2, 1, 0]))
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "timeline_words" in plan
        # Reading all ids below an early entry, once a block, cost a second a search at a million cases.
        assert "BitmapAnd" not in plan


def test_the_load_sums_up_every_full_block(loaded):
    known, newest = holding(["解約"]), TimelineEntry.objects.order_by("-pk")[0].pk >> BLOCK_BITS
    assert set(known.below(newest + 1 << BLOCK_BITS)) >= {newest}
    assert sum(bits.bit_count() for bits in known.summed.values()) == newest
    assert [*holding(["在し"]).below(newest + 1 << BLOCK_BITS)] == [newest]
