"""A session is found while it lasts, by nobody else's key, and forgotten after that."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from config.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    store = SessionStore()
    store["who"] = "operator"
    store.create()
    return store


def test_what_was_kept_is_found(session):
    again = SessionStore(session.session_key)
    assert again["who"] == "operator"
    again["who"] = "sv"
    again.save()
    assert SessionStore(session.session_key)["who"] == "sv"


@pytest.mark.parametrize("left", [dt.timedelta(seconds=-1), dt.timedelta(days=-30)])
def test_what_has_run_out_is_nothing(session, left):
    Session.objects.filter(pk=session.session_key).update(expire_date=Now() + left)
    again = SessionStore(session.session_key)
    assert not again.get("who")
    assert again.session_key is None


@pytest.mark.parametrize("key", ["x" * 32, "' OR 1=1 --      ", None, ""])
def test_a_key_that_nobody_has_opens_nothing(session, key):
    assert not SessionStore(key).get("who")


def test_a_session_that_ended_opens_nothing(session):
    SessionStore(session.session_key).delete()
    assert not SessionStore(session.session_key).get("who")
