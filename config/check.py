"""`make check`: everything that can be judged without running the application.

    python -m config.check [--fix]

Runs every step even when one fails, so that one run tells all.
"""

import subprocess
import sys
from pathlib import Path

from config.environment import ROOT

PYTHON = sys.executable
SOURCES = ("manage.py", "config", "billing", "escalation", "tickets", "tests")


def tool(name: str) -> str:
    """A program of this virtual environment."""
    return str(Path(PYTHON).parent / name)


def templates() -> list[str]:
    """Every template, for djade."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))


def manage(*arguments: str) -> list[str]:
    """A management command."""
    return [PYTHON, "manage.py", *arguments]


def fixes() -> dict[str, list[str]]:
    """What `make format` does."""
    return {
        "lint": [tool("ruff"), "check", "--fix", "--quiet", *SOURCES],
        "format": [tool("ruff"), "format", "--quiet", *SOURCES],
        "templates": [tool("djade"), "--target-version", "5.2", *templates()],
    }


def steps() -> dict[str, list[str]]:
    """What `make check` asks, in the order of how soon it answers."""
    return {
        "format": [tool("ruff"), "format", "--check", "--quiet", *SOURCES],
        "lint": [tool("ruff"), "check", "--quiet", *SOURCES],
        "templates": [tool("djade"), "--check", "--target-version", "5.2", *templates()],
        "floors and rooms": [tool("lint-imports"), "--no-logo"],
        "settings": manage("check", "--fail-level", "WARNING"),
        "migrations": manage("makemigrations", "--check", "--dry-run", "-v", "1"),
        "translations": [PYTHON, "-m", "pytest", "-q", "-p", "no:randomly", "tests/guards", "-k", "translat"],
        "types": [tool("mypy"), *SOURCES],
    }


def run(name: str, command: list[str]) -> bool:
    """Run one step; print what it says only when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}", flush=True)
    if done.returncode:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    """0 when every step holds."""
    if "--fix" in arguments:
        for name, command in fixes().items():
            # djade ends with 1 when it rewrote a file, which is what was asked.
            subprocess.run(command, cwd=ROOT, check=False)
            print(f"done   {name}")
        return 0
    held = [run(name, command) for name, command in steps().items()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
