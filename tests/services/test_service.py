"""A service in a service: one savepoint for all of it, and nothing half done is kept."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tests.factories.cast import cast
from tickets.errors import Refused
from tickets.models import Desk, TimelineEntry
from tickets.service import service

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]


@service
def rename(desk: Desk, name: str) -> None:
    Desk.objects.filter(pk=desk.pk).update(name_ja=name)
    if name == "refused":
        raise Refused("F1", "no")


@service
def twice(desk: Desk, first: str, second: str) -> None:
    rename(desk, first)
    rename(desk, second)


def name_of(desk: Desk) -> str:
    return Desk.objects.values_list("name_ja", flat=True).get(pk=desk.pk)


def test_what_a_nested_service_refuses_undoes_the_whole_deed():
    desk = cast().desk
    before = name_of(desk)
    with pytest.raises(Refused):
        twice(desk, "first", "refused")
    assert name_of(desk) == before


def test_a_nested_service_needs_no_savepoint():
    desk = cast().desk
    with CaptureQueriesContext(
        connection,
    ) as asked:
        twice(desk, "first", "second")
    savepoints = [query for query in asked.captured_queries if query["sql"].startswith("SAVEPOINT")]
    assert len(savepoints) == 1
    assert name_of(desk) == "second"


def test_who_goes_on_after_a_refusal_without_a_savepoint_is_stopped():
    desk = cast().desk
    before = name_of(desk)

    @service
    def careless() -> None:
        try:
            rename(desk, "refused")
        except Refused:
            rename(desk, "second")

    with pytest.raises(TransactionManagementError):
        careless()
    assert name_of(desk) == before


def test_who_goes_on_after_a_refusal_with_a_savepoint_keeps_the_rest():
    desk = cast().desk

    @service
    def careful() -> None:
        rename(desk, "first")
        try:
            with transaction.atomic():
                rename(desk, "refused")
        except Refused:
            pass

    careful()
    assert name_of(desk) == "first"


def test_after_a_failure_the_next_service_is_the_outermost_again():
    desk = cast().desk
    with pytest.raises(Refused):
        rename(desk, "refused")
    with pytest.raises(Refused):
        rename(desk, "refused")
    rename(desk, "second")
    assert name_of(desk) == "second"


def test_what_the_database_refuses_in_a_nested_service_is_a_refusal_of_the_outer_one():
    @service
    def inner() -> None:
        TimelineEntry.objects.filter(pk=-1).update(summary="x")
        raise IntegrityError("F1: not so")

    @service
    def outer() -> None:
        inner()

    with pytest.raises(Refused) as refused:
        outer()
    assert refused.value.rule == "F1"
