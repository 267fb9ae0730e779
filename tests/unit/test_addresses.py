"""Addresses put together: what Django resolves, for every screen of the desk that takes something."""

import pytest
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from tickets.addresses import address

ODD = ("T00000012", "C1", "a b", "../x", "100%", "日本", "", "x/y", 7, 0, 2_000_000_011, -1, True, None, "7")


def names(urls=None, space=""):
    for entry in (urls or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name and entry.pattern.converters:
                yield f"{space}{entry.name}", len(entry.pattern.converters)
        elif entry.namespace in {"tickets", "escalation", "billing"}:
            yield from names(entry, f"{entry.namespace}:")


def asked(find, name, arguments):
    try:
        return find(name, arguments)
    except NoReverseMatch:
        return NoReverseMatch


@pytest.mark.parametrize("odd", ODD)
def test_every_address_is_the_one_that_django_resolves(odd):
    found = list(names())
    assert len(found) > 60
    for name, count in found:
        for arguments in ([odd] * count, [odd, *[3] * (count - 1)], [odd, *["x"] * (count - 1)]):
            usual = asked(lambda name, given: reverse(name, args=given), name, arguments)
            for _ in range(2):
                assert asked(lambda name, given: address(name, *given), name, arguments) == usual


def test_an_address_that_nobody_has_is_refused():
    with pytest.raises(NoReverseMatch):
        address("tickets:nowhere")
    with pytest.raises(NoReverseMatch):
        address("tickets:case")
