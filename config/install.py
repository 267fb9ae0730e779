"""Set up the virtual environment and what tests need; run by the Makefile with any Python 3.

    python3 -I config/install.py runtime|dev [--browser]

Standard library only, since nothing is installed yet. Installs exactly the hashed lock,
from wheels alone: no compiler is needed, and a package without a wheel for this machine
is one line, not a page of compiler output.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
OLDEST, NEWEST = (3, 11), (3, 13)
# What the PDF of an evidence print needs (tickets/sheets.py): the library by its name for the linker, its package.
PDF_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
PDF_TRIED = VENV / "pdf-packages.tried"
# Without a window it needs a fifth less of the machine; where a release has no such package, the whole Chromium does.
CHROMIUM = ("chromium-headless-shell", "chromium")
DEBIAN_PACKAGES = {"Chromium": CHROMIUM[0], "Japanese fonts": "fonts-noto-cjk"}


class SetupError(Exception):
    """One line for a person."""


def step(text: str) -> None:
    """Say what is being done."""
    print(f"==> {text}", flush=True)


def suitable_python() -> str:
    """This interpreter if it fits, else the newest fitting one that can be found."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}") or shutil.which(
            f"python3.{minor}", path="/usr/local/bin:/usr/bin"
        )
        if found:
            return found
    raise SetupError(
        f"needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}; "
        f"found only {sys.version.split()[0]} (set PYTHON=/path/to/python3)"
    )


def run(command: list[str], failure: str) -> None:
    """Run quietly; on failure the last telling line of its output is the reason."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise SetupError(f"{failure}: {_reason(done.stdout)}")


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for sign in ("No space left", "ensurepip is not", "No matching distribution", "ERROR", "error"):
        for line in lines:
            if sign in line:
                return line
    return lines[-1] if lines else "no reason given"


def make_venv() -> None:
    """Create .venv, or again when the one there does not run (moved, half made)."""
    python = VENV / "bin" / "python"
    if python.exists() and _quiet([str(python), "-m", "pip", "--version"]):
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    step("virtual environment .venv")
    chosen = suitable_python()
    if not _quiet([chosen, "-c", "import venv, ensurepip"]):
        raise SetupError("Python's venv module is missing; install it, e.g. apt-get install python3-venv")
    run([chosen, "-m", "venv", str(VENV)], "cannot make .venv")


def _quiet(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(kind: str) -> None:
    """Install the lock of `kind` unless its stamp says that it is installed."""
    wanted = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in LOCKS.items()}
    try:
        installed = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        installed = {}
    if installed.get(kind) == wanted[kind]:
        return
    step(f"packages from {LOCKS[kind].name} (a minute or two the first time)")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps"]
    run([*pip, "--only-binary", ":all:", "-r", str(LOCKS[kind])], "cannot install the packages")
    # The development lock holds the runtime lock, version for version.
    installed = wanted if kind == "dev" else {"runtime": wanted["runtime"]}
    STAMP.write_text(json.dumps(installed))


def browser() -> None:
    """Chromium and a Japanese font for the browser tests, from Debian when we may."""
    missing = [package for package in DEBIAN_PACKAGES.values() if not _present(package)]
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(f"the browser tests need {names}: sudo apt-get install {names}")
    step(f"{names} for the browser tests")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run(["apt-get", "update", "-qq"], "cannot refresh the package list")
    if CHROMIUM[0] in missing and not _offered(CHROMIUM[0]):
        missing[missing.index(CHROMIUM[0])] = CHROMIUM[1]
    run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        f"cannot install {names}",
    )


def chromium(names: tuple[str, ...] = CHROMIUM) -> str:
    """Where the browser of tests and pictures is, the first of these; empty where there is none."""
    return next((f"/usr/bin/{name}" for name in names if Path(f"/usr/bin/{name}").exists()), "")


def _offered(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def pdf_libraries() -> None:
    """Pango for the PDF of evidence prints, from Debian when we may; nothing fails over it.

    Without it everything runs and the print is a page. Tried once a virtual environment: a machine without a mirror
    does not wait at every start.
    """
    missing = [package for library, package in PDF_LIBRARIES.items() if not _loads(library)]
    if not missing or PDF_TRIED.exists():
        return
    PDF_TRIED.touch()
    if not _japanese_font():
        missing.append(DEBIAN_PACKAGES["Japanese fonts"])
    names = " ".join(missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"note: PDFs of evidence prints need {names}: sudo apt-get install {names}", flush=True)
        return
    step(f"{names} for PDFs")
    quick = [
        "-qq",
        "-o",
        "Acquire::Retries=0",
        "-o",
        "Acquire::http::Timeout=15",
        "-o",
        "DPkg::Lock::Timeout=30",
    ]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    try:
        run(["apt-get", "update", *quick], "cannot refresh the package list")
        run(["apt-get", "install", "-y", "--no-install-recommends", *quick, *missing], "cannot install them")
    except (SetupError, OSError) as error:
        print(f"note: no PDFs of evidence prints until {names} are installed ({error})", flush=True)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _japanese_font() -> bool:
    return _present(DEBIAN_PACKAGES["Japanese fonts"])


def _present(package: str) -> bool:
    if package in CHROMIUM:
        return bool(chromium())
    return bool(
        shutil.which("fc-list")
        and subprocess.run(["fc-list", ":lang=ja", "family"], capture_output=True, check=False).stdout.strip()
    )


def main(arguments: list[str]) -> int:
    """Do what the Makefile asks; two at the same time wait for each other."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    kind = "dev" if "dev" in arguments else "runtime"
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_venv()
            install(kind)
            if "--browser" in arguments:
                browser()
            if kind == "runtime":
                pdf_libraries()
    except (SetupError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
