"""docker-compose.yml and the Dockerfile say the same as the Procfile and the settings."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import jobs, procfile
from config.environment import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "tsunagu"}


def test_the_compose_file_fits_the_compose_specification() -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            "docker-compose.yml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_of_the_procfile_is_a_service_word_for_word() -> None:
    wanted = procfile.processes()
    wanted["beat-1"] = wanted["beat-2"] = wanted.pop("beat")
    ran = {name: shlex.split(service["command"]) for name, service in OURS.items()}
    assert {name: ran.get(name) for name in wanted} == wanted
    assert set(ran) - set(wanted) == {"migrate", "mail", "worker"}


def test_more_workers_are_one_word_away_and_serve_every_queue() -> None:
    """`docker compose up -d --scale worker=N`."""
    worker = SERVICES["worker"]
    words = shlex.split(worker["command"])
    assert sorted(words[words.index("-Q") + 1].split(",")) == sorted(jobs.QUEUES)
    assert not worker.get("ports")
    assert "container_name" not in worker


def test_every_queue_has_exactly_one_kind_of_worker() -> None:
    served = []
    for command in procfile.processes().values():
        if "worker" in command:
            served += command[command.index("-Q") + 1].split(",")
    assert sorted(served) == sorted(jobs.QUEUES)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_reaps_its_children_and_is_asked_how_it_is(name: str) -> None:
    service = SERVICES[name]
    assert service["init"] is True
    assert name == "migrate" or service["healthcheck"]["test"]


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(\w*(?:SECRET|PASSWORD)\w*)([^}]*)\}", text)
    assert secrets
    # `:?` asks for it; `:-` with nothing behind leaves the feature off.
    assert all(rest.startswith(":?") or rest == ":-" for _, rest in secrets)
    assert not re.search(r"^ +\w*(?:PASSWORD|SECRET\w*): +[^$\s]", text, re.MULTILINE)  # one written out


def test_what_must_last_is_on_volumes_and_ports_are_this_machines_only() -> None:
    assert set(COMPOSE["volumes"]) == {"postgres", "redis", "files", "mail"}
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_variable_of_the_compose_file_is_one_that_the_application_reads() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "config" / "environment.py").read_text()))
    given = {name for service in OURS.values() for name in service["environment"]}
    assert given <= read


def test_the_image_installs_the_hashed_lock_and_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER tsunagu$", text, re.MULTILINE)
