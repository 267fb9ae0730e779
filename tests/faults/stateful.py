"""Fault 6: anybody does anything in any order, to a demand and to a cancellation, with a plain model beside it."""

import os
import subprocess
import sys
import time
from typing import NamedTuple

from django.db import connections

from config.backup import Database
from config.environment import read
from tests.faults import tally
from tests.faults.house import ROOT, House
from tests.faults.machine import MACHINES

# Processes a machine: more than there are cores, so that none of these stands idle while a last one ends.
PARTS = 2


def run(house: House, *, runs: int, steps: int) -> list[tally.Result]:
    """Both machines side by side, `runs` each, in `PARTS` processes each, each on a copy of the empty database."""
    house.empty()
    connections.close_all()
    began = time.monotonic()
    parts = min(PARTS, runs)
    processes = {
        name: [_start(house, name, part, -(-runs // parts), steps) for part in range(parts)]
        for name in MACHINES
    }
    results = []
    for name, of_it in processes.items():
        found = [_end(process) for process in of_it]
        results.append(
            tally.Result(
                f"any order of deeds: {name}",
                f"{sum(end.runs for end in found):,} runs of up to {steps} steps, {sum(end.steps for end in found):,} in all",
                lost=sum(end.wrong for end in found), recovered="model agrees",
                remarks=f"{time.monotonic() - began:.0f} s",
            )
        )  # fmt: skip
    return results


class End(NamedTuple):
    """How many runs and steps a process made, and whether the machine found a fault."""

    runs: int
    steps: int
    wrong: bool


def _end(process: "subprocess.Popen[str]") -> End:
    out, trouble = process.communicate()
    wrong = process.returncode != 0
    if wrong:
        print("\n".join(line for line in trouble.splitlines() if "Error" in line)[-2000:], trouble[-2500:])
    runs, steps = (int(part) for part in out.split()[:2]) if out.strip() else (0, 0)
    return End(runs, steps, wrong)


def _start(house: House, name: str, part: int, runs: int, steps: int) -> "subprocess.Popen[str]":
    database, copy = Database(read()), f"machine_{name}_{part}"
    with database.server() as link:
        link.execute(f"DROP DATABASE IF EXISTS {copy}")
        link.execute(f"CREATE DATABASE {copy} TEMPLATE {database.name}")
    env = {
        **os.environ,
        "DATABASE_URL": database.url_of(copy),
        "LOG_LEVEL": "CRITICAL",
        "DATABASE_PREPARED": "yes",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.machine", name, str(runs), str(steps),
         str(house.seed + part)],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
