# ruff: noqa: INP001 - a script of its own, no part of the application
"""A telephone system in miniature: sends the events of docs/cti.md. Needs Python only.

python docs/examples/cti_client.py --secret-file var/cti_secret shift --operator operator --number 09012345678
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

# (event, seconds to wait before it) of each call of a shift.
SHIFT = (
    (("ringing", 0), ("answered", 4), ("held", 10), ("resumed", 8), ("hung_up", 20)),
    (("ringing", 5), ("hung_up", 15)),
    (("ringing", 5), ("answered", 3), ("hung_up", 30)),
)


class Telephone:
    """Sends signed events, each with an id of its own, and again until the desk has it."""

    def __init__(self, url: str, secret: str, tries: int = 5) -> None:
        self.url = url
        self.secret = secret
        self.tries = tries

    def send(
        self, event: str, *, call: str, operator: str, number: str = "", key: str = ""
    ) -> dict[str, str]:
        """One event; returns the desk's answer. SystemExit for what sending again will not help."""
        body = json.dumps({"event": event, "call": call, "operator": operator, "number": number}).encode()
        key = key or uuid.uuid4().hex
        for attempt in range(self.tries):
            try:
                with urllib.request.urlopen(self._request(key, body), timeout=5) as answer:  # noqa: S310 - the desk
                    told: dict[str, str] = json.load(answer)
                    return told
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise SystemExit(f"{event}: {error.code} {error.read().decode()}") from error
            except urllib.error.URLError:
                pass
            time.sleep(min(2**attempt, 10))
        raise SystemExit(f"{event}: the desk does not answer")

    def _request(self, key: str, body: bytes) -> urllib.request.Request:
        stamp = str(int(time.time()))  # noqa: TID251 - this is another system, with its own clock
        signed = hmac.new(self.secret.encode(), f"{stamp}.{key}.".encode() + body, hashlib.sha256).hexdigest()
        heads = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-Tsunagu-Timestamp": stamp,
            "X-Tsunagu-Signature": signed,
        }
        return urllib.request.Request(f"{self.url}/api/cti/events", body, heads)  # noqa: S310 - the desk


def play(telephone: Telephone, *, operator: str, number: str, pace: float) -> None:
    """A shift: a call with a hold, one that nobody takes, a short one. `pace` 0 waits for nothing."""
    for steps in SHIFT:
        call = uuid.uuid4().hex[:12]
        for event, wait in steps:
            time.sleep(wait * pace)
            told = telephone.send(event, call=call, operator=operator, number=number)
            sys.stdout.write(f"{call} {event}: {told['result']}\n")


def main() -> None:
    """Read what to do from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--secret-file", type=Path, required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("ring", "answer", "hold", "resume", "transfer", "hang_up", "shift"):
        command = commands.add_parser(name)
        command.add_argument("--operator", required=True)
        command.add_argument("--number", default="")
        command.add_argument("--call", default=uuid.uuid4().hex[:12])
        command.add_argument("--pace", type=float, default=1.0)
    asked = parser.parse_args()
    telephone = Telephone(asked.url, asked.secret_file.read_text().strip())
    if asked.command == "shift":
        play(telephone, operator=asked.operator, number=asked.number, pace=asked.pace)
        return
    names = {"ring": "ringing", "answer": "answered", "hold": "held", "resume": "resumed"}
    event = names.get(asked.command) or {"transfer": "transferred", "hang_up": "hung_up"}[asked.command]
    told = telephone.send(event, call=asked.call, operator=asked.operator, number=asked.number)
    sys.stdout.write(f"{asked.call} {event}: {told['result']}\n")


if __name__ == "__main__":
    main()
