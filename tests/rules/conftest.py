"""What the attempts at the database's rules share: a household, and one that is leaving."""

import pytest

from tests.factories import cancellation as make


@pytest.fixture
def home():
    """A customer with internet and telephone on one circuit."""
    return make.household()


@pytest.fixture
def waiting(home):
    """Both lines wait for the end of Saturday, 31 January 2026."""
    home.order = make.accepted(home)
    return home
