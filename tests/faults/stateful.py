"""Fault 6: anybody does anything in any order, to a demand and to a cancellation, with a plain model beside it."""

import os
import subprocess
import sys
import time

from django.db import connections

from config.backup import Database
from config.environment import read
from tests.faults import tally
from tests.faults.house import ROOT, House
from tests.faults.machine import MACHINES


def run(house: House, *, runs: int, steps: int) -> list[tally.Result]:
    """Both machines side by side, `runs` each, each on a copy of the empty database."""
    house.empty()
    connections.close_all()
    began = time.monotonic()
    processes = {name: _start(house, name, runs, steps) for name in MACHINES}
    results = []
    for name, process in processes.items():
        out, trouble = process.communicate()
        wrong = process.returncode != 0
        if wrong:
            print(
                "\n".join(line for line in trouble.splitlines() if "Error" in line)[-2000:], trouble[-2500:]
            )
        counted = out.split()[0] if out.strip() else "0"
        results.append(
            tally.Result(
                f"any order of deeds: {name}", f"{counted} runs × {steps} steps", lost=int(wrong), recovered="model agrees",
                remarks=f"{time.monotonic() - began:.0f} s",
            )
        )  # fmt: skip
    return results


def _start(house: House, name: str, runs: int, steps: int) -> "subprocess.Popen[str]":
    database, copy = Database(read()), f"machine_{name}"
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
        [sys.executable, "-m", "tests.faults.machine", name, str(runs), str(steps), str(house.seed)],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
