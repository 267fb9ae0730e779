"""`POST /api/cti/events`: the telephone system speaks (docs/cti.md)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config import clock, signing
from tickets.errors import DeskError
from tickets.services import cti

# Seconds between the signature's time and ours; a recorded request is worthless afterwards.
TOLERANCE = 300
LARGEST = 16_000  # bytes; an event is some hundred


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> JsonResponse:
    """Take one signed event: 200 `taken` or `repeated`; 400, 401 or 422 with what is wrong."""
    at = clock.now()
    heads = request.headers
    key, stamp = heads.get(signing.IDEMPOTENCY_KEY, ""), heads.get(signing.TIMESTAMP, "")
    signature = heads.get(signing.SIGNATURE, "")
    if not (key and stamp.isdecimal() and signature) or len(request.body) > LARGEST:
        return JsonResponse({"error": "sign the request as docs/cti.md says"}, status=400)
    genuine = bool(settings.CTI_SECRET) and signing.is_genuine(
        secret=settings.CTI_SECRET, key=key, stamp=stamp, body=request.body, signature=signature
    )
    if not genuine or abs(at.timestamp() - int(stamp)) > TOLERANCE:
        return JsonResponse({"error": "the signature is not ours, or too old"}, status=401)
    try:
        fresh = cti.receive(_event(key, json.loads(request.body), at), at=at)
    except (ValueError, KeyError, TypeError) as error:
        return JsonResponse({"error": f"not an event: {error}"}, status=422)
    except DeskError as error:
        return JsonResponse({"error": error.told}, status=422)
    return JsonResponse({"result": "taken" if fresh else "repeated"})


def _event(key: str, body: dict[str, Any], at: dt.datetime) -> cti.Event:
    kind, direction = str(body["event"]), str(body.get("direction", "in"))
    if kind not in cti.STEPS or direction not in {"in", "out"}:
        raise ValueError(f"{kind} {direction}")
    moment = dt.datetime.fromisoformat(body["at"]) if body.get("at") else at
    if moment.tzinfo is None:
        raise ValueError("`at` needs its offset from UTC")
    return cti.Event(
        event_id=key[:100],
        kind=kind,
        call_ref=str(body["call"])[:100],
        operator=str(body["operator"]),
        at=moment,
        number=str(body.get("number") or ""),
        direction=direction,
        body=body,
    )
