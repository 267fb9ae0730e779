"""The demonstration into an empty database, and out of it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from config import masters
from config.demo import (
    day_at_the_desk,
    duty,
    homes,
    people,
    shop,
    story_leaving,
    story_option,
    story_oversight,
    story_paid,
    story_stopped,
    story_superior,
    story_survey,
)
from config.demo.desk import Place
from config.demo.moments import Moments
from config.demo.replay import Story, replay
from tickets.models import Staff

KEPT = frozenset({"django_content_type", "auth_permission", "django_migrations"})


@transaction.atomic
def load(now: dt.datetime) -> bool:
    """Replay the week before `now`; False, and nothing done, when there are people in the database already."""
    if Staff.objects.exists():
        return False
    with translation.override("ja"), _no_gateway():
        masters.lay(now)
        when = Moments(now)
        everyone = people.create()
        duty.publish(everyone, when)
        wares = shop.create(everyone, when)
        place = Place(when, everyone, wares, homes.create(everyone, wares, when))
        replay(_stories(place), until=now, posted_until=when.ago(240))
    return True


@transaction.atomic
def empty() -> None:
    """Throw everything away; the triggers that keep history stand aside. Numbers go on where they were.

    So that no key is used a second time towards a mail server or carrier that remembers.
    """
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    there = set(connection.introspection.table_names())
    names = [connection.ops.quote_name(table) for table in tables if table in there and table not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # rules that wait for the commit would be in the way
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(names)} CONTINUE IDENTITY CASCADE")
        for name in names:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def _stories(place: Place) -> list[Story]:
    return [
        story_leaving.leaves(place),
        story_leaving.told_wrong(place, "中島 雪乃", 6),
        story_leaving.told_wrong(place, "古川 海斗", 5),
        story_leaving.found_wrong(place),
        story_stopped.stopped_early(place),
        story_superior.demanded(place),
        story_superior.not_reached(place),
        story_superior.answered(place),
        story_option.wrong_option(place),
        story_paid.two_leaders(place),
        story_paid.given_back(place),
        story_survey.resolved(place, "水野 航", 3, "メールの設定"),
        story_survey.resolved(place, "前田 樹", 1, "返金の時期"),
        *(story_survey.asked(place, *row) for row in story_survey.ANSWERED),
        story_survey.followed(place),
        *(story_oversight.waiver(place, *row) for row in story_oversight.WAIVERS),
        story_oversight.conflict(place),
        story_oversight.authority_asks(place),
        story_oversight.outside_the_manual(place),
        story_oversight.concern(place),
        *day_at_the_desk.stories(place),
    ]


@contextmanager
def _no_gateway() -> Iterator[None]:
    """The replayed week had no gateway: people telephoned the carrier. What happens from now on uses it."""
    url, settings.CARRIER_URL = settings.CARRIER_URL, ""
    try:
        yield
    finally:
        settings.CARRIER_URL = url
