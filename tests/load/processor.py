"""One process that answers its own questions: an address a line on standard input, seconds of its processor on standard output.

python -m tests.load.processor COOKIE SESSION; the settings come with the environment, so that the floor is asked the same way.
"""

import gc
import json
import sys
import time

import django
from django.conf import settings


def main(cookie: str, session: str) -> None:
    """Until standard input ends."""
    django.setup()
    settings.ALLOWED_HOSTS = ["*"]
    from django.test import Client

    client = Client()
    client.cookies[cookie] = session
    for line in sys.stdin:
        gc.collect()
        began, there = time.process_time(), time.perf_counter()
        answer = client.get(line.strip())
        took, waited = time.process_time() - began, time.perf_counter() - there
        print(json.dumps([took, waited, answer.status_code, len(answer.content)]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
