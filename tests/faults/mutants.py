"""Fault 8: the tests themselves. Code broken in one way each must be caught by the tests that are there for it."""

import os
import subprocess
import sys
import time

from tests.faults import tally
from tests.faults.house import ROOT, House
from tests.faults.mutant import MUTANTS, no_unique_key

PASSED, FAILED = 0, 1


def run(house: House, *, mutants: int) -> tally.Result:
    """The first `mutants` of the list; first all their tests without one."""
    began = time.monotonic()
    chosen = list(MUTANTS.items())[:mutants]
    everything = sorted({test for _mutant, tests in chosen for test in tests})
    if _pytest(house, "", everything) != PASSED:
        raise RuntimeError("the tests fail without a mutant")
    survived = [
        mutant.__name__ for mutant, tests in chosen if _pytest(house, mutant.__name__, tests) != FAILED
    ]
    return tally.Result(
        "mutants of the code", f"{len(chosen)} mutants", lost=len(survived),
        recovered=f"{len(chosen) - len(survived)} caught",
        remarks=f"{time.monotonic() - began:.0f} s; survived: {', '.join(survived) or 'none'}",
    )  # fmt: skip


def _pytest(house: House, mutant: str, tests: list[str] | tuple[str, ...]) -> int:
    """Run them in a process of their own, on this house's servers; returns pytest's exit code."""
    # The tables are made once; the mutant that makes other tables comes last and makes them anew.
    keep = "--create-db" if mutant == no_unique_key.__name__ else "--reuse-db"
    env = {
        **os.environ,
        "FAULTS_MUTANT": mutant,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "CRITICAL",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.faults.mutant", "-p", "no:randomly", "-p", "no:cacheprovider", "-n0",
         "-q", "-x", "--ds=tests.settings", keep, *tests],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in {PASSED, FAILED} or (not mutant and done.returncode):
        print(done.stdout[-3000:], done.stderr[-1000:])
    return done.returncode
