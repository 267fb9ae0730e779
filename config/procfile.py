"""The Procfile, read: one place says which processes the application is."""

import shlex
from pathlib import Path

from config.environment import ROOT


def processes(path: Path = ROOT / "Procfile") -> dict[str, list[str]]:
    """Name and argument list of each process, in the file's order."""
    found = {}
    for line in path.read_text().splitlines():
        name, colon, command = line.partition(":")
        if colon and not name.startswith("#"):
            found[name.strip()] = shlex.split(command)
    return found
