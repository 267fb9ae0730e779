"""Telephone numbers in any spelling, and those at which nobody can be reached."""

import pytest

from tickets.search import dialable, to_e164


@pytest.mark.parametrize(
    "text",
    [
        "090-1234-5678",
        "０９０−１２３４−５６７８",
        "+81 90 1234 5678",
        "09012345678",
        "03-1234-5678",
        "0120-123-456",
        "0800-123-4567",
    ],
)
def test_any_spelling_is_a_number_to_call(text):
    assert dialable(text) == to_e164(text)
    assert dialable(text)


@pytest.mark.parametrize(
    "text", ["090-123-4567", "０５０−１２３−４５６７", "+81 80 123 4567", "070 1234 567"]
)
def test_a_digit_short_is_nobodys_number_but_a_caller_may_show_it(text):
    assert dialable(text) is None
    assert to_e164(text)
