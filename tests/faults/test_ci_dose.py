"""The small dose of `make faults` that every run of the tests takes; the whole dose is in docs/reliability.md.

Here: 8 kills and a crash of PostgreSQL over 300 actions, Redis broken 3 times, 200 jumps of the clocks, 2 rounds of each race,
one restore, three days of the desk. Not here: storms of ticks, mutants (only `make faults`); any order of deeds has its own
small dose in tests/property. Each is a test of its own with servers of its own, so that the tests may run side by side.
"""

import os
import subprocess
import sys

import pytest
from django.conf import settings

# What is started together shares one house: opening it takes longer than the small parts.
PARTS = (("kills",), ("restore",), ("broker", "races", "clocks", "month"))


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.requirement("D9")
@pytest.mark.parametrize("names", PARTS, ids="-".join)
def test_nothing_is_lost_twice_or_early(names):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--dose", "ci", "--only", *names],
        cwd=settings.BASE_DIR, env=dict(os.environ), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    assert all(f"== {name}" in done.stdout for name in names)
