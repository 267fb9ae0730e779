"""A mail server and a gateway that misbehave by chance: they drop, delay, answer twice and answer 500."""

import asyncio
import random
from collections import Counter
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import UnthreadedController

from config.local.carrier_gateway import FAULTS, CarrierGateway


class UnrulyGateway(CarrierGateway):
    """Fails a share of its requests, in every way it knows."""

    def __init__(self, ledger: Path, *, secret: str, seed: int, share: float) -> None:
        super().__init__(ledger, secret=secret)
        self.rng = random.Random(seed)
        self.share = share
        self.faults: Counter[str] = Counter()

    def next_fault(self):
        super().next_fault()
        if self.rng.random() >= self.share:
            return "", 0.0
        kind = self.rng.choice(FAULTS)
        self.faults[kind] += 1
        # Sometimes longer than the caller is willing to wait.
        return kind, self.rng.choice((0.02, 0.2, 1.5)) if kind == "delay" else 0.0


class UnrulyMail:
    """Takes mail, and at a share of it says 451, hangs up before or after taking it, or dawdles."""

    def __init__(self, *, seed: int, share: float) -> None:
        self.rng = random.Random(seed)
        self.share = share
        self.taken: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        fault = (
            self.rng.choice(("451", "hang_up", "lost_answer", "delay"))
            if self.rng.random() < self.share
            else ""
        )
        self.faults[fault] += bool(fault)
        if fault == "451":
            return "451 try again later"
        if fault == "hang_up":
            server.transport.abort()
            return "451 gone"
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        if fault == "lost_answer":
            server.transport.abort()
        if fault == "delay":
            await asyncio.sleep(0.2)
        return "250 taken"


class MailServer:
    """`UnrulyMail` on a port of its own, in a thread."""

    def __init__(self, handler: UnrulyMail) -> None:
        from aiosmtpd.controller import Controller

        from config.local.mail_catcher import _free_port

        self.handler = handler
        self._controller: UnthreadedController | Controller = Controller(
            handler, hostname="127.0.0.1", port=_free_port("127.0.0.1")
        )

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
