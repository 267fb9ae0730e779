"""Pause and resume the jobs from a terminal, and say how they stand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import clock
from tickets.errors import DeskError
from tickets.models import Pause, Staff
from tickets.queries import jobs
from tickets.services.pauses import pause_jobs, resume_jobs


class Command(BaseCommand):
    """`jobs status`; `jobs pause|resume --as LOGIN --reason WHY` (an administrator's login, on the audit trail)."""

    help = "Show, pause or resume the jobs."

    def add_arguments(self, parser: Any) -> None:
        """What to do, by whom, why."""
        parser.add_argument("do", choices=("status", "pause", "resume"))
        parser.add_argument("--as", dest="login", default="")
        parser.add_argument("--reason", default="")
        parser.add_argument("--everything", action="store_true", help="pause: what is sent, too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, then say how things stand."""
        try:
            if options["do"] != "status":
                self._act(
                    options["do"], options["login"], options["reason"], everything=options["everything"]
                )
        except (DeskError, Staff.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        found = jobs.summary(clock.now())
        self.stdout.write(f"due {found.due}, late {found.late}, held {found.held}, given up {found.dead}")
        self.stdout.write(
            f"messages waiting {found.waiting}, unknown {found.unknown}, given up {found.undelivered}"
        )
        for pause in jobs.standing_pauses():
            self.stdout.write(f"PAUSED since {pause.since:%Y-%m-%d %H:%M %Z}: {pause.reason}")

    @staticmethod
    def _act(do: str, login: str, reason: str, *, everything: bool) -> None:
        actor, at = Staff.objects.get(login_id=login), clock.now()
        if do == "pause":
            scope = Pause.Scope.ALL if everything else Pause.Scope.DUE
            pause_jobs(actor=actor, at=at, reason=reason, scope=scope)
        else:
            for pause in jobs.standing_pauses():
                resume_jobs(pause_id=pause.pk, actor=actor, at=at, reason=reason)
