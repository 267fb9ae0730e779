"""Redis is away: people sign in and work; the live stream looks by itself (docs/operations.md, "When something is down")."""

import pytest
from django.conf import settings as real
from django.test import Client

from config.live_stream import LOOK_ANYWAY
from tests.factories import tickets as make
from tests.factories.cast import PASSWORD, cast
from tickets.models import LiveEvent, Ticket


@pytest.mark.django_db
def test_one_signs_in_and_works_without_redis(
    client: Client, settings, django_capture_on_commit_callbacks
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    people = cast()
    case = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)
    answer = client.post("/accounts/login/", {"login": people.operator.login_id, "password": PASSWORD})
    assert answer.status_code == 302
    for page in ("/", "/queue/", f"/tickets/{case.number}/", "/readyz"):
        assert client.get(page).status_code == 200, page
    before = LiveEvent.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/tickets/{case.number}/start/")
    assert answer.status_code < 400
    assert Ticket.objects.get(pk=case.pk).status == "in_progress"
    # The stream reads these rows by itself every few seconds when nobody wakes it.
    assert LiveEvent.objects.count() > before
    assert LOOK_ANYWAY <= 5


def test_nothing_of_signing_in_is_kept_in_redis() -> None:
    kept = (real.CACHES["default"]["BACKEND"], real.AXES_HANDLER, getattr(real, "SESSION_ENGINE", ""))
    assert not any("redis" in place.lower() for place in kept)
