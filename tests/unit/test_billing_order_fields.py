"""Form against register, field by field."""

import datetime as dt

import pytest

from billing.order_fields import compare_fields, differences

pytestmark = pytest.mark.requirement("C2", "C3")
DAY = dt.date(2011, 10, 3)


def pairs(form: dict[str, bool], register: set[str], *, register_day: dt.date = DAY):
    return compare_fields(
        form_options=form, form_ordered_on=DAY, register_options=register, register_ordered_on=register_day
    )


def test_the_wrong_option_differs_twice():
    found = differences(pairs({"display": True, "forwarding": False}, {"forwarding"}))
    assert [(pair.field, pair.form, pair.register) for pair in found] == [
        ("display", "yes", "no"),
        ("forwarding", "no", "yes"),
    ]


def test_what_the_form_does_not_show_is_not_ordered():
    assert [pair.field for pair in differences(pairs({"display": True}, {"display", "waiting"}))] == [
        "waiting"
    ]


def test_agreement_is_silent():
    assert not differences(pairs({"display": True, "forwarding": False}, {"display"}))


def test_another_day_of_order_differs():
    found = differences(pairs({"display": True}, {"display"}, register_day=dt.date(2011, 10, 4)))
    assert [pair.field for pair in found] == ["ordered_on"]
