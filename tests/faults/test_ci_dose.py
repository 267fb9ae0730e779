"""The small dose of `make faults` that every run of the tests takes; the whole dose is in docs/reliability.md.

Here: 12 kills and a crash of PostgreSQL over 600 actions, Redis broken 3 times, 300 jumps of the clocks, 5 rounds of each race,
one restore. Not here: storms of ticks, mutants, the month (only `make faults`); any order of deeds has its own small dose in
tests/property.
"""

import os
import subprocess
import sys

import pytest
from django.conf import settings

FAULTS = ("kills", "broker", "clocks", "races", "restore")


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.requirement("D9")
def test_nothing_is_lost_twice_or_early():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--dose", "ci", "--only", *FAULTS],
        cwd=settings.BASE_DIR, env=dict(os.environ), capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    assert "database lost and restored" in done.stdout
