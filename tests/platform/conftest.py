"""One person, for tests that only need somebody to be signed in."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tickets.models import Calendar, Company, Desk, Staff


@pytest.fixture
def staff_member(db: None) -> Staff:
    company = Company.objects.create(code="platform", name="会社", kind=Company.Kind.OWN)
    calendar = Calendar.objects.create(code="platform", name="平日")
    desk = Desk.objects.create(
        code="platform", name_ja="窓口", name_en="Desk", company=company, calendar=calendar
    )
    return Staff.objects.create_user("platform", "asagao-42-hosi", name="係", desk=desk)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A directory for embedded servers.

    Not pytest's `tmp_path`: each run of pytest closes the directory above it to other accounts,
    and PostgreSQL runs as another account where the suite runs as root.
    """
    path = Path(tempfile.mkdtemp(prefix="tsunagu-scratch-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
