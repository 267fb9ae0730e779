"""One stateful machine at a dose, in a process and a database of its own: `python -m tests.faults.machine NAME RUNS STEPS SEED`."""

import gc
import sys
import time

MACHINES = {
    "demand": ("tests.property.test_escalation_demand", "DemandMachine"),
    "cancellation": ("tests.property.test_cancellation_machine", "CancellationMachine"),
}


def main(name: str, runs: int, steps: int, seed: int) -> int:
    """Print how many runs and steps there were; the machine's own failure, shrunk, goes to stderr."""
    import django

    django.setup()
    from importlib import import_module

    from django.utils.translation import activate
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import seed as seeded
    from hypothesis.stateful import run_state_machine_as_test

    activate("ja")
    module, machine = MACHINES[name]
    found = getattr(import_module(module), machine)
    found.prepare()
    # What stands by now stays; looking through it again and again was a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    began, counted = time.monotonic(), [0, 0]

    class Counted(found):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            counted[0] += 1

        def check_invariants(self, *arguments: object) -> None:
            """Asked after every step."""
            super().check_invariants(*arguments)
            counted[1] += 1

    dose = settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    run_state_machine_as_test(seeded(seed)(Counted), settings=dose)
    print(f"{counted[0]} {counted[1]} {time.monotonic() - began:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
