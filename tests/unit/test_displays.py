"""Choices in words: as Django says them, for every field of the house, in both languages."""

import pytest
from django.apps import apps
from django.utils.translation import override

from config.displays import HOUSE

FIELDS = [
    (model, field)
    for label in HOUSE
    for model in apps.get_app_config(label).get_models()
    for field in model._meta.concrete_fields
    if field.choices
]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_choice_is_said_as_django_says_it(language):
    assert len(FIELDS) > 50
    with override(language):
        for model, field in FIELDS:
            row = model()
            for value in (*(value for value, _label in field.flatchoices), "unknown", "", None, 12345):
                row.__dict__[field.attname] = value
                usual = row._get_FIELD_display(field)
                said = getattr(row, f"get_{field.name}_display")()
                assert (said, type(said)) == (usual, type(usual)), (model, field, value)
