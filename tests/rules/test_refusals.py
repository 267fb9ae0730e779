"""What the database refuses is said in the person's language, with the id of its rule."""

import pytest
from django.db import connection
from django.utils.translation import override

from tests.factories.cast import cast
from tickets.errors import Refused, refusals
from tickets.models import Staff
from tickets.requirements import HOLDS

pytestmark = pytest.mark.django_db

NAMED_AFTER_A_RULE = """
    SELECT DISTINCT upper(split_part(conname, '_', 1)) FROM pg_constraint WHERE conname ~ '^[a-f][0-9]{1,2}_'
    UNION
    SELECT DISTINCT upper(split_part(indexname, '_', 1)) FROM pg_indexes WHERE indexname ~ '^[a-f][0-9]{1,2}_'
"""


def test_every_rule_of_the_database_has_a_sentence():
    with connection.cursor() as cursor:
        cursor.execute(NAMED_AFTER_A_RULE)
        rules = {rule for (rule,) in cursor.fetchall()}
    assert len(rules) > 30
    assert rules - set(HOLDS) == set()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("ja", "どの階層にも常に当番が必要で、引き上げは上にしか進みません。（B3）"),
        ("en", "Someone is on duty at every tier at every minute, and passing goes upward only. (B3)"),
    ],
)
def test_a_constraint_speaks_the_persons_language(language, says):
    someone = cast().operator
    with override(language), pytest.raises(Refused) as refused, refusals():
        Staff.objects.filter(pk=someone.pk).update(tier=9)
    with override(language):
        assert refused.value.told == says
