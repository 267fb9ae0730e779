"""One process that answers its own questions: `[address, form]` a line on standard input, what it took on standard output.

python -m tests.load.processor COOKIE SESSION; the settings come with the environment, so that the floor is asked the same way.
Seconds: the process's processor, the clock, and the processor of the PostgreSQL backend that served it (0 where the
system does not say).
"""

import gc
import json
import sys
import time
from pathlib import Path

import django
from django.conf import settings


def main(cookie: str, session: str) -> None:
    """Until standard input ends."""
    django.setup()
    settings.ALLOWED_HOSTS = ["*"]
    from django.db import connection
    from django.test import Client

    connection.settings_dict["OPTIONS"].pop("pool", None)  # one backend, so that its processor is known
    connection.settings_dict["CONN_MAX_AGE"] = None
    client = Client()
    client.cookies[cookie] = session
    for line in sys.stdin:
        path, form = json.loads(line)
        gc.collect()
        served, began, there = _served(), time.process_time(), time.perf_counter()
        answer = client.get(path) if form is None else client.post(path, form)
        took, waited = time.process_time() - began, time.perf_counter() - there
        print(
            json.dumps([took, waited, _served() - served, answer.status_code, len(answer.content)]),
            flush=True,
        )


def _served() -> float:
    """Seconds of processor that this process's backend has had."""
    from django.db import connection

    if connection.connection is None:
        return 0.0
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e9 if told.exists() else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:3])
