"""`python -m tests.faults`: break everything, print one table. `--dose ci` is what CI runs; `--only`, `--seed`."""

import argparse
import secrets
import sys
import time
from pathlib import Path

from tests.faults.house import House, prepare_environment, remove

DOSES = {
    # The whole dose, and the one of CI.
    "kills": (
        {"actions": 20_000, "kills": 500, "crashes": 10, "seconds": 150},
        {"actions": 600, "kills": 12, "crashes": 1, "seconds": 8},
    ),
    "broker": (
        {"breakages": 20, "actions": 2_000, "seconds": 60},
        {"breakages": 3, "actions": 200, "seconds": 5},
    ),
    "ticks": ({"actions": 5_000, "ticks": 1_000}, {"actions": 300, "ticks": 60}),
    "clocks": ({"jumps": 10_000}, {"jumps": 300}),
    "stateful": ({"runs": 40, "steps": 50}, {"runs": 10, "steps": 30}),
    "races": ({"rounds": 200}, {"rounds": 5}),
    "mutants": ({"mutants": 10}, {"mutants": 3}),
    "restore": ({"actions": 1_000, "seconds": 10}, {"actions": 200, "seconds": 4}),
}


def main() -> int:
    """Run the faults asked for; 1 when anything was lost, twice or early."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dose", choices=("full", "ci"), default="full")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    parser.add_argument("--only", nargs="*", default=None, help="names of faults")
    asked = parser.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"seed {seed} (repeat with --seed {seed})", flush=True)
    var = prepare_environment()
    import django

    django.setup()
    house = House(var, seed=seed)
    try:
        house.open()
        return _run_all(house, asked.only or list(DOSES), ci=asked.dose == "ci")
    finally:
        _keep_logs(house)
        house.close()
        remove(var)


def _run_all(house: House, names: list[str], *, ci: bool) -> int:
    from importlib import import_module

    results = []
    for name in names:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        found = import_module(f"tests.faults.{name}").run(house, **DOSES[name][ci])
        for result in found if isinstance(found, list) else [found]:
            print(f"   {time.monotonic() - began:.0f} s  {result.remarks}", flush=True)
            results.append(result)
    print(_table(results))
    return 0 if all(result.clean for result in results) else 1


def _table(results) -> str:
    head = ("fault", "dose", "lost", "twice", "early", "recovered in")
    rows = [
        (r.fault, r.dose, str(r.lost), str(r.twice), str(r.early), r.caught or r.recovered or "-")
        for r in results
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n" + "\n".join(lines)


def _keep_logs(house: House) -> None:
    import shutil

    kept = Path("var") / "faults"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(house.var / "log", kept)
    print(f"logs of the processes: {kept}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
