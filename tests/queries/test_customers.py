"""A customer is found in one step, however they are named (F, A1)."""

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.models import Customer
from tickets.queries import customers

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A1")]


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def takahashi():
    return make.customer(
        name="髙橋 花子",
        kana="タカハシ ハナコ",
        phone="+815012345678",
        number="C00009001",
        address="東京都港区芝浦9-9",
    )


@pytest.mark.parametrize(
    "text",
    [
        "050-1234-5678", "０５０−１２３４−５６７８", "+81 50 1234 5678", "(050)12345678", "05012345678",
        "たかはし", "タカハシ", "ﾀｶﾊｼ", "ﾀｶﾊｼ ﾊﾅ", "髙橋", "高橋花", "高橋　花子", "c00009001", "Ｃ００００９００１", "港区芝浦",
    ],
)  # fmt: skip
def test_any_spelling_finds_the_customer(people, takahashi, text):
    make.customer(name="佐藤 次郎", kana="サトウ ジロウ", phone="+819011112222")
    assert customers.search(text=text, staff=people.operator).rows == [takahashi]


@pytest.mark.parametrize("text", ["", "   ", "・", "九九九", "090-0000-0000"])
def test_nothing_is_found_by_nothing(people, takahashi, text):
    assert customers.search(text=text, staff=people.operator).rows == []


def test_a_family_on_one_number_is_listed_and_paged_by_key(people):
    family = [make.customer(name=f"佐藤 {n}", kana=f"サトウ {n}", phone="+81312345678") for n in "アイウエオ"]
    found: list[Customer] = []
    after = ""
    while True:
        page = customers.search(text="03-1234-5678", staff=people.operator, after=after, size=2)
        found += page.rows
        after = page.next
        if not after:
            break
    assert found == family
    assert customers.by_phone(number="03-1234-5678", staff=people.operator) == family


def test_a_page_nobody_gave_out_is_the_first(people, takahashi):
    assert customers.search(text="タカハシ", staff=people.operator, after="x'; --").rows == [takahashi]


def test_partners_find_only_customers_shared_with_them(people, takahashi):
    assert customers.search(text="タカハシ", staff=people.partner_operator).rows == []
    make.ticket(customer=takahashi, desk=people.partner_desk)
    assert customers.search(text="タカハシ", staff=people.partner_operator).rows == [takahashi]


def test_the_floor_above_adds_its_own_numbers(people, takahashi, monkeypatch):
    hook = lambda text: Customer.objects.filter(number="C00009001", address=text).values_list("pk")  # noqa: E731
    monkeypatch.setattr(customers, "search_hooks", [hook])
    assert customers.search(text="東京都港区芝浦9-9", staff=people.operator).rows == [takahashi]


@pytest.mark.parametrize("text", ["03-1234-5678", "サトウ", "佐藤太郎"])
def test_two_queries_whatever_is_found(people, text, django_assert_num_queries):
    for n in range(15):
        make.customer(name="佐藤 太郎", kana=f"サトウ タロウ{n}", phone="+81312345678")
    with django_assert_num_queries(2):
        page = customers.search(text=text, staff=people.operator)
        assert len([phone for found in page.rows for phone in found.phones.all()]) == 15
