"""Runs the processes of the Procfile side by side and lets none outlive it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

_GRACE_SECONDS = 15
_MOST_RESTARTS = 5
_STEADY_SECONDS = 30


class ProcessFailed(OSError):
    """A process would not stay alive; the message is one line for a person."""


class Child:
    """One process, in a process group of its own, its lines printed under its name."""

    def __init__(self, name: str, command: list[str], env: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.env = env
        self.failures = 0
        self.started = 0.0
        self.last_line = ""
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[str]:
        self.started = time.monotonic()
        program = Path(sys.executable).parent / self.command[0]
        process = subprocess.Popen(
            [str(program) if program.exists() else self.command[0], *self.command[1:]],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Its own group: Ctrl-C reaches us alone, and we stop every group in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        assert process.stdout is not None
        threading.Thread(target=self._relay, args=(process.stdout,), daemon=True).start()
        return process

    def _relay(self, output: IO[str]) -> None:
        for line in output:
            self.last_line = line.strip() or self.last_line
            print(f"{self.name:>9} | {line.rstrip()}", flush=True)

    def revive(self) -> None:
        """Start it again after it ended by itself; give up when it keeps ending."""
        steady = time.monotonic() - self.started > _STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        self._signal(signal.SIGKILL)  # what its group left behind
        if self.failures > _MOST_RESTARTS:
            raise ProcessFailed(f"{self.name} does not stay up: {self.last_line}")
        print(f"{self.name:>9} | ended ({self.process.returncode}); starting it again", flush=True)
        self.process = self._spawn()

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader alone; it takes leave of its own children."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for it, then end whatever is left of its group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, sign)


class Supervisor:
    """Keeps the children, restarts what dies, stops all."""

    def __init__(self, *, with_parent: bool) -> None:
        self.children: list[Child] = []
        self.stopping = False
        self._parent = os.getppid() if with_parent else None

    def start(self, wanted: dict[str, list[str]], env: dict[str, str]) -> None:
        """Start every process."""
        for name, command in wanted.items():
            self.children.append(Child(name, command, env))

    def stop_soon(self) -> None:
        """From a signal handler: the loop notices."""
        self.stopping = True

    def check(self) -> None:
        """Restart what died; notice that our own starter is gone."""
        if self._parent is not None and os.getppid() != self._parent:
            self.stopping = True
        for child in self.children:
            if child.process.poll() is not None and not self.stopping:
                child.revive()

    def watch(self) -> None:
        """Stay until told to stop."""
        while not self.stopping:
            self.check()
            time.sleep(0.3)

    def stop(self) -> None:
        """Ask all, wait, end what is left."""
        self.stopping = True
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self.children:
            child.end(deadline)


def _die_with_parent() -> None:
    """Ask the kernel to end this child when we are killed (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)  # PR_SET_PDEATHSIG
