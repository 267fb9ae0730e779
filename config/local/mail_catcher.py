"""A mail server that delivers into a directory and shows it in a browser.

`python -m config.local.mail_catcher` takes SMTP at PORT + 25, writes each message to
var/mail as it came, and shows them at PORT + 26. It sends nothing on.
"""

import email
import email.policy
import html
import json
import signal
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import environment


class MailDirectory:
    """The messages that came, one file each, numbered in the order of arrival."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refuse_next = 0
        self._lock = threading.Lock()
        path.mkdir(parents=True, exist_ok=True)

    def add(self, content: bytes) -> None:
        """Keep a message; it is whole before its name appears."""
        with self._lock:
            number = max((int(name.stem) for name in self.path.glob("*.eml")), default=0) + 1
            part = self.path / f"{number:06}.part"
            part.write_bytes(content)
            part.rename(part.with_suffix(".eml"))

    def messages(self) -> list[EmailMessage]:
        """Every message, oldest first."""
        return [self._read(path) for path in sorted(self.path.glob("*.eml"))]

    def get(self, number: int) -> EmailMessage | None:
        """One message by its number."""
        path = self.path / f"{number:06}.eml"
        return self._read(path) if path.exists() else None

    @staticmethod
    def _read(path: Path) -> EmailMessage:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Number"] = path.stem
        return message

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd with each message."""
        if self.refuse_next > 0:
            self.refuse_next -= 1
            return "451 try again later"
        content = envelope.content or b""
        self.add(content if isinstance(content, bytes) else content.encode())
        return "250 kept"


def text_of(message: EmailMessage) -> str:
    """The plain text of a message."""
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body else ""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="ja"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<body><h1>{html.escape(title)}</h1>{body}</body></html>"
    )


def list_page(directory: MailDirectory) -> str:
    """The newest first: when, to whom, about what."""
    rows = "".join(
        f"<tr><td>{html.escape(str(message['Date'] or ''))}</td><td>{html.escape(str(message['To'] or ''))}</td>"
        f'<td><a href="/{message["X-Number"]}">{html.escape(str(message["Subject"] or "(件名なし)"))}</a></td></tr>'
        for message in reversed(directory.messages())
    )
    return _page(
        "送信されたメール / Mail that was sent",
        f"<table><thead><tr><th>日時</th><th>宛先</th><th>件名</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def message_page(message: EmailMessage) -> str:
    """One message as its reader saw it, links to be followed."""
    names = ("Date", "From", "To", "Subject", "Message-ID")
    heads = "".join(f"<dt>{name}</dt><dd>{html.escape(str(message[name] or ''))}</dd>" for name in names)
    lines = []
    for line in text_of(message).splitlines():
        safe = html.escape(line)
        words = [
            f'<a href="{word}">{word}</a>' if word.startswith("http") else word for word in safe.split(" ")
        ]
        lines.append(" ".join(words))
    return _page(
        str(message["Subject"] or ""), f'<dl>{heads}</dl><pre>{"<br>".join(lines)}</pre><a href="/">一覧</a>'
    )


def handler_for(directory: MailDirectory) -> type[BaseHTTPRequestHandler]:
    """The pages as an HTTP handler."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The list, one message, or the list for machines."""
            wanted = unquote(self.path).strip("/")
            if wanted == "":
                self._answer(list_page(directory))
            elif wanted == "messages.json":
                self._answer(json.dumps([as_row(m) for m in directory.messages()]), "application/json")
            elif wanted.isdecimal() and (message := directory.get(int(wanted))):
                self._answer(message_page(message))
            else:
                self.send_error(404)

        def _answer(self, text: str, kind: str = "text/html") -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'none'")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the terminal of `make run` is for what matters."""

    return Pages


def as_row(message: EmailMessage) -> dict[str, str]:
    """A message for machines."""
    heads = {name.lower(): str(message[name] or "") for name in ("From", "To", "Subject", "Message-ID")}
    return {**heads, "text": text_of(message)}


class MailCatcher:
    """Both servers. Port 0 takes a free one; `port` and `page_port` say which."""

    def __init__(self, path: Path, *, host: str = "127.0.0.1", port: int = 0, page_port: int = 0) -> None:
        self.directory = MailDirectory(path)
        self._smtp = Controller(self.directory, hostname=host, port=port or _free_port(host))
        self._pages = ThreadingHTTPServer((host, page_port), handler_for(self.directory))

    @property
    def port(self) -> int:
        """Where SMTP is taken."""
        return int(self._smtp.port)

    @property
    def page_port(self) -> int:
        """Where the messages are read."""
        return int(self._pages.server_address[1])

    def start(self) -> None:
        """Serve in threads."""
        self._smtp.start()
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop both."""
        self._smtp.stop()
        self._pages.shutdown()
        self._pages.server_close()


def _free_port(host: str) -> int:
    # aiosmtpd checks itself by connecting to the port it was given, so 0 will not do.
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Serve until a signal."""
    found = environment.read()
    catcher = MailCatcher(
        found.var / "mail", host=found.host, port=found.mail_port, page_port=found.mail_page_port
    )
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    catcher.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    catcher.stop()


if __name__ == "__main__":
    main()
