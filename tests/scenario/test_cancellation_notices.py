"""What the customer of a cancellation is told in writing: versions that an administrator keeps, in force from a day on (D1)."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from billing import letter_texts
from billing.models import CancellationOrder
from billing.services.notices import Texts
from tests.factories.cast import cast
from tickets import letter_kinds
from tickets.dates import jst
from tickets.models import Customer, LetterTemplate
from tickets.services import letter_masters, letters

pytestmark = pytest.mark.requirement("D1")
BEFORE, DAY = jst(2026, 1, 31, 23, 59), jst(2026, 2, 1)


def order(language: str = "ja") -> CancellationOrder:
    return CancellationOrder(pk=1, customer=Customer(name="佐藤 光", language=language))


@pytest.mark.django_db
def test_a_new_text_holds_from_its_day_and_is_never_missing(django_assert_num_queries):
    first = Texts("cancellation-closed", BEFORE).words(order())  # the masters hold none yet
    letters.install(letter_texts.TEXTS, since=dt.date(2025, 1, 1))
    assert Texts("cancellation-closed", BEFORE).words(order()) == first
    assert first[1].startswith("佐藤 光 様\n")
    admin = cast().administrator
    standing = LetterTemplate.objects.get(code="cancellation-closed", language="ja")
    page = reverse("tickets:letter", args=[standing.pk])
    client = Client()
    client.force_login(admin, backend="config.accounts.StaffBackend")
    assert "解約の手続きが完了しました(K00000123)" in client.get(page).content.decode()
    letter_masters.new_version(
        template_id=standing.pk, subject="完了 ${number}", body="${name}様、完了です。",
        from_on=DAY.date(), actor=admin, at=BEFORE,
    )  # fmt: skip
    assert Texts("cancellation-closed", BEFORE).words(order()) == first
    with django_assert_num_queries(1):
        texts = Texts("cancellation-closed", DAY)
        assert texts.words(order()) == (f"完了 {order().number}", "佐藤 光様、完了です。")
        assert texts.words(order("en"))[0] == f"Your cancellation is completed ({order().number})"


def test_every_first_text_names_only_facts_that_are_filled_in():
    written = {(text.code, text.language) for text in letter_texts.TEXTS}
    assert written == {(code, language) for code in letter_texts.LABELS for language in ("ja", "en")}
    for text in letter_texts.TEXTS:
        assert letter_kinds.kind(text.code).strangers(text.subject, text.body) == []
        assert not letters.says_final(text.subject + text.body)
