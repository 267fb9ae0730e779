"""The signature that the carrier's gateway and we put on what we tell each other.

X-Tsunagu-Timestamp: 1774710000          seconds since 1970
X-Tsunagu-Signature: hex HMAC-SHA256 of "timestamp.idempotency_key.body"
"""

import datetime as dt
import hashlib
import hmac

TIMESTAMP = "X-Tsunagu-Timestamp"
SIGNATURE = "X-Tsunagu-Signature"
IDEMPOTENCY_KEY = "Idempotency-Key"


def headers(*, secret: str, key: str, body: bytes, at: dt.datetime) -> dict[str, str]:
    """The headers of a signed, idempotent request whose `body` is sent exactly as given."""
    stamp = str(int(at.timestamp()))
    return {
        IDEMPOTENCY_KEY: key,
        TIMESTAMP: stamp,
        SIGNATURE: _sign(secret, stamp, key, body),
        "Content-Type": "application/json",
    }


def is_genuine(*, secret: str, key: str, stamp: str, body: bytes, signature: str) -> bool:
    """True when `signature` was made with `secret` for exactly this key, time and body."""
    return hmac.compare_digest(_sign(secret, stamp, key, body), signature)


def _sign(secret: str, stamp: str, key: str, body: bytes) -> str:
    message = f"{stamp}.{key}.".encode() + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
