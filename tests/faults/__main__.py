"""`python -m tests.faults`: break everything, print one table.

`--dose ci` is what CI runs; `--only NAME …` some of it; `--seed N` repeats a run; `--runs N` that many runs of each stateful
machine; `--markdown` prints the table as docs/reliability.md has it. Without `--only` three houses stand side by side, each
with servers of its own: the storms, which mostly wait, go before; the machines of the stateful part take what the others leave.
"""

import argparse
import random
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.house import House, prepare_environment, remove

DOSES = {
    # The whole dose, and the one of CI.
    "kills": (
        {"actions": 20_000, "kills": 500, "crashes": 10, "seconds": 150},
        {"actions": 300, "kills": 8, "crashes": 1, "seconds": 5},
    ),
    "broker": (
        {"breakages": 20, "actions": 2_000, "seconds": 60},
        {"breakages": 3, "actions": 150, "seconds": 3, "pairs": 1},
    ),
    "ticks": ({"actions": 5_000, "ticks": 1_000}, {"actions": 300, "ticks": 60}),
    "clocks": ({"jumps": 10_000}, {"jumps": 200}),
    "stateful": ({"runs": 500, "steps": 50}, {"runs": 10, "steps": 30}),
    "races": ({"rounds": 200}, {"rounds": 2}),
    "month": ({"days": 31}, {"days": 3}),
    "mutants": ({"mutants": 10}, {"mutants": 3}),
    "restore": ({"actions": 1_000, "seconds": 10}, {"actions": 100, "seconds": 3, "pairs": 1}),
}
# Side by side, about as long each. The first waits most of the time, the second has one thing to do after another; the
# machines, which are several, take what these leave of the cores.
SIDES = (("kills", "broker", "restore", "ticks", "races"), ("clocks", "month", "mutants"), ("stateful",))
PATIENT = 10  # how nice the machines are


def main() -> int:
    """Run the faults asked for; 1 when anything was lost, twice or early."""
    asked = _asked()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    if asked.only is None:
        return _side_by_side(asked, seed)
    print(f"seed {seed} (repeat with --seed {seed})", flush=True)
    var = prepare_environment()
    import django

    django.setup()
    house = House(var, seed=seed)
    try:
        house.open()
        return _run_all(house, asked)
    finally:
        _keep_logs(house)
        house.close()
        remove(var)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dose", choices=("full", "ci"), default="full")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    parser.add_argument("--only", nargs="*", default=None, help="names of faults")
    parser.add_argument("--runs", type=int, default=None, help="of each stateful machine")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _side_by_side(asked: argparse.Namespace, seed: int) -> int:
    """A process and a house each, at the same time. One table of all."""
    began = time.monotonic()
    print(f"seed {seed} (repeat with --seed {seed})", flush=True)
    failed, rows = 0, []
    started = [_start(asked, seed, names, nice=PATIENT * (names == SIDES[-1])) for names in SIDES]
    for process in started:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(ROW):
                rows.append(line.removeprefix(ROW).rstrip("\n").split("\t"))
            elif not line.startswith("seed"):
                print(line, end="", flush=True)
        failed += process.wait() != 0
    print(_table(rows, markdown=asked.markdown))
    print(f"\n{time.monotonic() - began:.0f} s in all")
    return int(failed > 0)


def _start(
    asked: argparse.Namespace, seed: int, names: tuple[str, ...], nice: int
) -> "subprocess.Popen[str]":
    command = [
        "nice",
        f"-n{nice}",
        sys.executable,
        "-m",
        "tests.faults",
        "--dose",
        asked.dose,
        "--seed",
        str(seed),
        "--only",
        *names,
    ]
    if asked.runs:
        command += ["--runs", str(asked.runs)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


# Before a row of the table, in the output of a part.
ROW = "row\t"


def _run_all(house: House, asked: argparse.Namespace) -> int:
    from importlib import import_module

    results = []
    for name in asked.only or list(DOSES):
        print(f"== {name}", flush=True)
        began = time.monotonic()
        # A part is the same with any others before it.
        house.rng = random.Random(f"{house.seed} {name}")
        dose = dict(DOSES[name][asked.dose == "ci"])
        if name == "stateful" and asked.runs:
            dose["runs"] = asked.runs
        found = import_module(f"tests.faults.{name}").run(house, **dose)
        for result in found if isinstance(found, list) else [found]:
            print(f"   {result.fault}: {result.remarks}", flush=True)
            results.append(result)
        print(f"   {name}: {time.monotonic() - began:.0f} s", flush=True)
    rows = [
        [r.fault, r.dose, str(r.lost), str(r.twice), str(r.early), r.caught or r.recovered or "-"]
        for r in results
    ]
    for row in rows:
        print(ROW + "\t".join(row), flush=True)
    print(_table(rows, markdown=asked.markdown))
    return 0 if all(result.clean for result in results) else 1


def _table(rows: list[list[str]], *, markdown: bool) -> str:
    head = ["fault", "dose", "lost", "twice", "early", "recovered in"]
    if markdown:
        lines = [head, ["---"] * len(head), *rows]
        return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in lines)
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n" + "\n".join(lines)


def _keep_logs(house: House) -> None:
    import shutil

    kept = Path("var") / "faults" / house.var.name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(house.var / "log", kept)
    print(f"logs of the processes: {kept}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
