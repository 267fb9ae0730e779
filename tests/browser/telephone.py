"""The telephone system of the browser tests: signed events, as docs/cti.md describes them."""

from __future__ import annotations

import json

import httpx
from django.conf import settings

from config import clock, signing


def ring(
    url: str,
    event: str,
    *,
    call: str = "K1",
    number: str = "０９０−１２３４−５６７８",
    operator: str = "operator",
) -> None:
    """What a telephone system would send to the desk at `url`."""
    body = json.dumps({"event": event, "call": call, "operator": operator, "number": number}).encode()
    heads = signing.headers(secret=settings.CTI_SECRET, key=f"{call}-{event}", body=body, at=clock.now())
    answer = httpx.post(f"{url}/api/cti/events", content=body, headers=heads, timeout=10)
    assert answer.json() == {"result": "taken"}
