"""Every address × every rank × own and foreign objects: what opens, what is refused, what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.rights.screens import PARTNER, ROLES, Screen
from tests.rights.world import World, build

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
FLOORS = ("tickets", "escalation", "billing")
OPENED = {200, 204, 302, 400, 409, 422}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and entry.name and namespace in FLOORS:
            yield f"{namespace}:{entry.name}"


def table() -> dict[str, Screen]:
    screens: dict[str, Screen] = {}
    for floor in FLOORS:
        screens.update(import_module(f"tests.rights.{floor}").SCREENS)
    return screens


def status(client: Client, name: str, screen: Screen, objects: dict[str, Any]) -> int:
    url = reverse(name, kwargs=screen.kwargs(objects))
    with transaction.atomic():
        send = client.post if screen.post else client.get
        response = send(url, screen.query(objects))
        transaction.set_rollback(True)
    return response.status_code


def expected(role: str, screen: Screen, *, foreign: bool) -> set[int]:
    if screen.public:
        return OPENED
    if role not in screen.allowed:
        # Whichever of the two the view asks first: it does not open.
        return {403, 404} if foreign else {403}
    if foreign and role == PARTNER and screen.about_a_case:
        return {404}
    return OPENED


@pytest.fixture
def world() -> World:
    return build()


def test_every_address_is_in_the_table():
    assert sorted(set(patterns(get_resolver())) ^ set(table())) == []


@pytest.mark.parametrize("role", ROLES)
def test_rank_opens_what_it_may_and_nothing_else(world: World, role: str):
    client = Client()
    client.force_login(world.staff[role], backend="config.accounts.StaffBackend")
    wrong = []
    for name, screen in sorted(table().items()):
        # Only partners see a difference between the two.
        worlds = ((False, world.own), (True, world.foreign))[: 2 if role == PARTNER else 1]
        for foreign, objects in worlds:
            got = status(client, name, screen, objects)
            want = expected(role, screen, foreign=foreign)
            if got not in want:
                wrong.append(f"{name} {'foreign' if foreign else 'own'}: {got}, not {sorted(want)}")
    assert wrong == []


def test_nobody_gets_in_without_signing_in(world: World):
    client = Client()
    wrong = [
        name
        for name, screen in sorted(table().items())
        if not screen.public and status(client, name, screen, world.own) not in {302, 401}
    ]
    assert wrong == []


def test_partner_desk_learns_nothing_of_a_foreign_case(world: World):
    """Not even from a list, a search or an export: the foreign customer's name is in no page they may open."""
    client = Client()
    client.force_login(world.staff[PARTNER], backend="config.accounts.StaffBackend")
    leaks = []
    for name, screen in sorted(table().items()):
        if PARTNER in screen.allowed and not screen.post and not screen.public:
            url = reverse(name, kwargs=screen.kwargs(world.own))
            body = client.get(url, screen.query(world.own)).content.decode(errors="replace")
            if world.foreign["customer"].name in body:
                leaks.append(name)
    assert leaks == []
