"""The carrier's side of the line, for `make run` and the tests: a small real HTTP server.

    POST /instructions      one instruction (JSON); signed (config/signing.py), idempotent by
                            Idempotency-Key. 201 done, 200 the same answer again, 401 not
                            signed, 409 the key came with another body
    GET  /instructions      what was carried out, oldest first (JSON); / shows it as a page
    POST /faults            {"kind": ..., "times": 1, "seconds": 0}: how the next requests fail

Faults: `drop` (closes before doing), `lost_answer` (does, then closes), `error` (500
before doing), `busy` (503 with Retry-After), `delay` (does, answers `seconds` later),
`twice` (answers two times on one connection). What was carried out outlives a restart.
"""

import contextlib
import hashlib
import html
import json
import signal
import threading
import time
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config import environment, signing

FAULTS = ("drop", "lost_answer", "error", "busy", "delay", "twice")


@dataclass(frozen=True, slots=True)
class Carried:
    """One instruction that was carried out, and the answer that its key gets for ever."""

    key: str
    digest: str
    instruction: dict[str, Any]
    reference: str


class Ledger:
    """What was carried out, once a key, appended to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[str, Carried] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text().splitlines():
                row = Carried(**json.loads(line))
                self._rows[row.key] = row

    def carry_out(self, key: str, body: bytes) -> tuple[Carried, bool]:
        """The answer for `key`, and whether it was carried out just now.

        Raises `ValueError` when the key came before with another body.
        """
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            known = self._rows.get(key)
            if known:
                if known.digest != digest:
                    raise ValueError(key)
                return known, False
            row = Carried(key, digest, json.loads(body), f"KC-{len(self._rows) + 1:06}")
            with self._path.open("a") as file:
                file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            self._rows[key] = row
            return row, True

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows.clear()
            self._path.unlink(missing_ok=True)

    def rows(self) -> list[Carried]:
        """Oldest first."""
        with self._lock:
            return list(self._rows.values())


class CarrierGateway(ThreadingHTTPServer):
    """The server. Port 0 takes a free one. In tests call `fail_next` and read `ledger`."""

    daemon_threads = True

    def __init__(self, ledger: Path, *, secret: str, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.ledger = Ledger(ledger)
        self.secret = secret
        self.requests = 0
        self._faults: list[tuple[str, float]] = []
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Forget everything carried out and every fault that waits (between tests)."""
        with self._lock:
            self._faults.clear()
            self.requests = 0
        self.ledger.clear()

    @property
    def url(self) -> str:
        """For CARRIER_URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fail_next(self, kind: str, *, times: int = 1, seconds: float = 0.0) -> None:
        """Let the next `times` requests fail as `kind` says."""
        if kind not in FAULTS:
            raise ValueError(f"unknown fault {kind!r}; one of {', '.join(FAULTS)}")
        with self._lock:
            self._faults += [(kind, seconds)] * times

    def next_fault(self) -> tuple[str, float]:
        """Count a request and take the fault that waits for it, if any."""
        with self._lock:
            self.requests += 1
            return self._faults.pop(0) if self._faults else ("", 0.0)

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: CarrierGateway
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/instructions":
            self._answer(200, {"instructions": [asdict(row) for row in self.server.ledger.rows()]})
        elif self.path == "/":
            self._page()
        else:
            self._answer(404, {"error": "not found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/instructions":
            self._instruction(body)
        elif self.path == "/faults":
            self._fault(body)
        else:
            self._answer(404, {"error": "not found"})

    def _fault(self, body: bytes) -> None:
        try:
            asked = json.loads(body)
            self.server.fail_next(
                asked["kind"], times=int(asked.get("times", 1)), seconds=float(asked.get("seconds", 0))
            )
        except (ValueError, KeyError, TypeError) as error:
            self._answer(400, {"error": str(error)})
        else:
            self._answer(200, {"set": asked})

    def _instruction(self, body: bytes) -> None:
        fault, seconds = self.server.next_fault()
        if fault == "drop":
            self._hang_up()
        elif fault == "error":
            self._answer(500, {"error": "internal error"})
        elif fault == "busy":
            self._answer(503, {"error": "busy"}, {"Retry-After": str(int(seconds) or 1)})
        elif refused := self._refusal(body):
            self._answer(*refused)
        else:
            self._carry_out(body, fault, seconds)

    def _refusal(self, body: bytes) -> tuple[int, dict[str, str]] | None:
        key = self.headers.get(signing.IDEMPOTENCY_KEY, "")
        if not key:
            return 400, {"error": f"{signing.IDEMPOTENCY_KEY} is missing"}
        genuine = signing.is_genuine(
            secret=self.server.secret,
            key=key,
            stamp=self.headers.get(signing.TIMESTAMP, ""),
            body=body,
            signature=self.headers.get(signing.SIGNATURE, ""),
        )
        return None if genuine else (401, {"error": "the signature does not fit"})

    def _carry_out(self, body: bytes, fault: str, seconds: float) -> None:
        try:
            row, fresh = self.server.ledger.carry_out(self.headers[signing.IDEMPOTENCY_KEY], body)
        except json.JSONDecodeError:
            self._answer(400, {"error": "the body is not JSON"})
            return
        except ValueError:
            self._answer(409, {"error": "this key came with another body"})
            return
        if fault == "lost_answer":
            self._hang_up()
            return
        if fault == "delay":
            time.sleep(seconds)
        answer = {"reference": row.reference, "status": "accepted"}
        self._answer(201 if fresh else 200, answer)
        if fault == "twice":
            self._answer(200, answer)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(2)

    def _answer(self, status: int, content: dict[str, Any], more: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json", more or {})

    def _page(self) -> None:
        rows = "".join(
            f"<tr><td>{html.escape(row.reference)}</td><td>{html.escape(row.key)}</td>"
            f"<td><code>{html.escape(json.dumps(row.instruction, ensure_ascii=False))}</code></td></tr>"
            for row in reversed(self.server.ledger.rows())
        )
        page = (
            '<!doctype html><html lang="ja"><meta charset="utf-8"><title>回線事業者が受けた指示</title><h1>'
            f"回線事業者が受けた指示 / What the carrier was told</h1><table><tbody>{rows}</tbody></table></html>"
        )
        self._send(200, page.encode(), "text/html", {})

    def _send(self, status: int, body: bytes, kind: str, more: dict[str, str]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet: the terminal of `make run` is for what matters."""


def main() -> None:
    """Serve until a signal."""
    found = environment.read()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    gateway = CarrierGateway(
        found.var / "carrier" / "instructions.jsonl",
        secret=found.carrier_secret,
        host=found.host,
        port=found.carrier_port,
    )
    gateway.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    gateway.stop()


if __name__ == "__main__":
    main()
